/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cos. */
#include "ops/unary.h"

static inline WhyReal
cos_f (WhyReal x, const WhyReal *p)
{
  return cos (x);
}

static inline WhyReal
cos_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return -sin (x);
}

WHY_DEFINE_UNARY (cos, why_unary_no_parameters)

const WhyOp why_op_cos = { .name = "Cos", .since = 1, WHY_UNARY_ROW (cos) };
