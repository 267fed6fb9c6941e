/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LeakyRelu: x for x > 0, alpha·x otherwise (Maas 2013). */
#include "ops/unary.h"

static void
leaky_relu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 0.01);
}

static inline WhyReal
leaky_relu_f (WhyReal x, const WhyReal *p)
{
  return x > 0 ? x : p[0] * x;
}

static inline WhyReal
leaky_relu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > 0 ? 1 : p[0];
}

WHY_DEFINE_UNARY (leaky_relu, leaky_relu_parameters)

const WhyOp why_op_leaky_relu = { .name = "LeakyRelu", .since = 1, WHY_UNARY_ROW (leaky_relu) };
