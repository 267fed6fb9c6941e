/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elu: x for x > 0, alpha·(eˣ − 1) otherwise (1511.07289). */
#include "ops/unary.h"

static void
elu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 1.0);
}

static inline WhyReal
elu_f (WhyReal x, const WhyReal *p)
{
  return x > 0 ? x : p[0] * expm1 (x);
}

static inline WhyReal
elu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > 0 ? 1 : y + p[0];
}

WHY_DEFINE_UNARY (elu, elu_parameters)

const WhyOp why_op_elu = { .name = "Elu", .since = 1, WHY_UNARY_ROW (elu) };
