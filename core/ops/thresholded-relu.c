/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ThresholdedRelu: x for x > alpha, 0 otherwise. */
#include "ops/unary.h"

static void
thresholded_relu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = (WhyReal)why_node_float (run->node, "alpha", 1.0);
}

static inline WhyReal
thresholded_relu_f (WhyReal x, const WhyReal *p)
{
  return x > p[0] ? x : 0;
}

static inline WhyReal
thresholded_relu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > p[0] ? 1 : 0;
}

WHY_DEFINE_UNARY (thresholded_relu, thresholded_relu_parameters)

const WhyOp why_op_thresholded_relu
    = { .name = "ThresholdedRelu", .since = 1, WHY_UNARY_ROW (thresholded_relu) };
