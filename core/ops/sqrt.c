/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sqrt. */
#include "ops/unary.h"

static inline WhyReal
sqrt_f (WhyReal x, const WhyReal *p)
{
  return sqrt (x);
}

static inline WhyReal
sqrt_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return WHY_REAL (0.5) / y;
}

WHY_DEFINE_UNARY (sqrt, why_unary_no_parameters)

const WhyOp why_op_sqrt = { .name = "Sqrt", .since = 1, WHY_UNARY_ROW (sqrt) };
