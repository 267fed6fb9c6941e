/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softplus: ln (1 + eˣ), written so that it cannot overflow. */
#include "ops/unary.h"

static inline WhyReal
softplus_f (WhyReal x, const WhyReal *p)
{
  return (x > 0 ? x : 0) + log1p (exp (-fabs (x)));
}

static inline WhyReal
softplus_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return 1 / (1 + exp (-x));
}

WHY_DEFINE_UNARY (softplus, why_unary_no_parameters)

const WhyOp why_op_softplus = { .name = "Softplus", .since = 1, WHY_UNARY_ROW (softplus) };
