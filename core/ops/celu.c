/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Celu: x for x > 0, alpha·(exp (x / alpha) − 1) otherwise (1704.07483). */
#include "ops/unary.h"

static void
celu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 1.0);
}

static inline WhyReal
celu_f (WhyReal x, const WhyReal *p)
{
  return x > 0 ? x : p[0] * expm1 (x / p[0]);
}

static inline WhyReal
celu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > 0 ? 1 : exp (x / p[0]);
}

WHY_DEFINE_UNARY (celu, celu_parameters)

const WhyOp why_op_celu = { .name = "Celu", .since = 1, WHY_UNARY_ROW (celu) };
