/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mish: x·tanh (ln (1 + eˣ)) (1908.08681). */
#include "ops/unary.h"

static inline WhyReal
mish_f (WhyReal x, const WhyReal *p)
{
  return x * tanh ((x > 0 ? x : 0) + log1p (exp (-fabs (x))));
}

static inline WhyReal
mish_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  WhyReal t = tanh ((x > 0 ? x : 0) + log1p (exp (-fabs (x))));

  return t + x * (1 - t * t) / (1 + exp (-x));
}

WHY_DEFINE_UNARY (mish, why_unary_no_parameters)

const WhyOp why_op_mish = { .name = "Mish", .since = 1, WHY_UNARY_ROW (mish) };
