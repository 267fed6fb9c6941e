/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HardSwish: x·HardSigmoid (x) with alpha 1/6 and beta 1/2 (1905.02244). */
#include "ops/unary.h"

static inline WhyReal
hard_swish_f (WhyReal x, const WhyReal *p)
{
  return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static inline WhyReal
hard_swish_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
}

WHY_DEFINE_UNARY (hard_swish, why_unary_no_parameters)

const WhyOp why_op_hard_swish = { .name = "HardSwish", .since = 1, WHY_UNARY_ROW (hard_swish) };
