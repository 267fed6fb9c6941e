/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mul. Relevance: the signal takes all, its gate none (signal.h). */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
mul_f (WhyReal a, WhyReal b)
{
  return a * b;
}

static inline gint64
mul_i (gint64 a, gint64 b)
{
  return (gint64)((guint64)a * (guint64)b);
}

static inline WhyReal
mul_da (WhyReal a, WhyReal b)
{
  return b;
}

static inline WhyReal
mul_db (WhyReal a, WhyReal b)
{
  return a;
}

WHY_DEFINE_BINARY_FORWARD (mul)
WHY_DEFINE_BINARY_BACKWARD (mul)
WHY_DEFINE_BINARY_RESCALE (mul, TRUE, TRUE)

const WhyOp why_op_mul = { .name = "Mul",
                           .since = 1,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_binary_infer,
                           .prepare = why_prepare_signal,
                           .forward = mul_forward,
                           .backward = mul_backward,
                           .rescale = mul_rescale,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = why_relevance_signal,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
