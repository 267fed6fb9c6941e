/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sin. */
#include "ops/unary.h"

static inline WhyReal
sin_f (WhyReal x, const WhyReal *p)
{
  return sin (x);
}

static inline WhyReal
sin_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return cos (x);
}

WHY_DEFINE_UNARY (sin, why_unary_no_parameters)

const WhyOp why_op_sin = { .name = "Sin", .since = 1, WHY_UNARY_ROW (sin) };
