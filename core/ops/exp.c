/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exp: eˣ. */
#include "ops/unary.h"

static inline WhyReal
exp_f (WhyReal x, const WhyReal *p)
{
  return exp (x);
}

static inline WhyReal
exp_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return y;
}

WHY_DEFINE_UNARY (exp, why_unary_no_parameters)

const WhyOp why_op_exp = { .name = "Exp", .since = 1, WHY_UNARY_ROW (exp) };
