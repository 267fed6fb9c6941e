/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PRelu: x for x > 0, slope·x otherwise (1502.01852), slope broadcast to x. */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
prelu_f (WhyReal x, WhyReal slope)
{
  return x > 0 ? x : slope * x;
}

static inline gint64
prelu_i (gint64 x, gint64 slope)
{
  return x > 0 ? x : (gint64)((guint64)slope * (guint64)x);
}

static inline WhyReal
prelu_da (WhyReal x, WhyReal slope)
{
  return x > 0 ? 1 : slope;
}

static inline WhyReal
prelu_db (WhyReal x, WhyReal slope)
{
  return x > 0 ? 0 : x;
}

WHY_DEFINE_BINARY_FORWARD (prelu)
WHY_DEFINE_BINARY_BACKWARD (prelu)
WHY_DEFINE_BINARY_RESCALE (prelu, FALSE, TRUE)

const WhyOp why_op_prelu = { .name = "PRelu",
                             .since = 1,
                             .min_inputs = 2,
                             .max_inputs = 2,
                             .infer = why_binary_infer,
                             .prepare = why_prepare_first,
                             .forward = prelu_forward,
                             .backward = prelu_backward,
                             .rescale = prelu_rescale,
                             .relevance_kind = WHY_RELEVANCE_OWN,
                             .relevance = why_relevance_signal,
                             .region_forward = why_region_same,
                             .region_backward = why_region_same };
