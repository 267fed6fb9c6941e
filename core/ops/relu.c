/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relu: max (x, 0); its derivative at 0 is 0. */
#include "ops/rectifier.h"

static inline WhyReal
relu_f (WhyReal x, const WhyReal *p)
{
  return x > 0 ? x : 0;
}

static inline WhyReal
relu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > 0 ? 1 : 0;
}

static gint64
relu_i (gint64 x)
{
  return MAX (x, 0);
}

WHY_DEFINE_UNARY (relu, why_unary_no_parameters)
WHY_DEFINE_UNARY_ANY (relu)
WHY_DEFINE_RECTIFY (relu, why_unary_no_parameters)

const WhyOp why_op_relu = { .name = "Relu",
                            .since = 1,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .infer = why_unary_infer_any,
                            .forward = relu_forward_any,
                            .backward = relu_rectify,
                            .rescale = relu_rescale,
                            .relevance_kind = WHY_RELEVANCE_PASS,
                            .region_forward = why_region_same,
                            .region_backward = why_region_same };
