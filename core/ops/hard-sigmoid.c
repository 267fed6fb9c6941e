/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HardSigmoid: alpha·x + beta, kept between 0 and 1. */
#include "ops/unary.h"

static void
hard_sigmoid_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 0.2);
  p[1] = (WhyReal)why_node_float (run->node, "beta", 0.5);
}

static inline WhyReal
hard_sigmoid_f (WhyReal x, const WhyReal *p)
{
  WhyReal y = p[0] * x + p[1];

  return y < 0 ? 0 : y > 1 ? 1 : y;
}

static inline WhyReal
hard_sigmoid_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return y > 0 && y < 1 ? p[0] : 0;
}

WHY_DEFINE_UNARY (hard_sigmoid, hard_sigmoid_parameters)

const WhyOp why_op_hard_sigmoid
    = { .name = "HardSigmoid", .since = 1, WHY_UNARY_ROW (hard_sigmoid) };
