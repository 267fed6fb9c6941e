/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selu: gamma·Elu with the constants that keep mean 0 and variance 1 (1706.02515). */
#include "ops/unary.h"

static void
selu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 1.67326319217681884765625);
  p[1] = (WhyReal)why_node_float (run->node, "gamma", 1.05070102214813232421875);
}

static inline WhyReal
selu_f (WhyReal x, const WhyReal *p)
{
  return p[1] * (x > 0 ? x : p[0] * expm1 (x));
}

static inline WhyReal
selu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > 0 ? p[1] : y + p[0] * p[1];
}

WHY_DEFINE_UNARY (selu, selu_parameters)

const WhyOp why_op_selu = { .name = "Selu", .since = 6, WHY_UNARY_ROW (selu) };
