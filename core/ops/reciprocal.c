/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reciprocal: 1 / x. */
#include "ops/unary.h"

static inline WhyReal
reciprocal_f (WhyReal x, const WhyReal *p)
{
  return 1 / x;
}

static inline WhyReal
reciprocal_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return -y * y;
}

WHY_DEFINE_UNARY (reciprocal, why_unary_no_parameters)

const WhyOp why_op_reciprocal = { .name = "Reciprocal", .since = 1, WHY_UNARY_ROW (reciprocal) };
