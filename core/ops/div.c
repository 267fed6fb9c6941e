/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Div; integers are divided towards zero. Relevance goes to the numerator. */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
div_f (WhyReal a, WhyReal b)
{
  return a / b;
}

static inline gint64
div_i (gint64 a, gint64 b)
{
  return b == 0 ? 0 : b == -1 ? (gint64)(0 - (guint64)a) : a / b;
}

static inline WhyReal
div_da (WhyReal a, WhyReal b)
{
  return 1 / b;
}

static inline WhyReal
div_db (WhyReal a, WhyReal b)
{
  return -a / (b * b);
}

WHY_DEFINE_BINARY_FORWARD (div)
WHY_DEFINE_BINARY_BACKWARD (div)
WHY_DEFINE_BINARY_RESCALE (div, TRUE, FALSE)

const WhyOp why_op_div = { .name = "Div",
                           .since = 1,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_binary_infer,
                           .prepare = why_prepare_first,
                           .forward = div_forward,
                           .backward = div_backward,
                           .rescale = div_rescale,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = why_relevance_signal,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
