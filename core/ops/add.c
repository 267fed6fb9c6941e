/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Add. Relevance: each term takes its share of the sum. */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
add_f (WhyReal a, WhyReal b)
{
  return a + b;
}

static inline gint64
add_i (gint64 a, gint64 b)
{
  return (gint64)((guint64)a + (guint64)b);
}

static inline WhyReal
add_da (WhyReal a, WhyReal b)
{
  return 1;
}

static inline WhyReal
add_db (WhyReal a, WhyReal b)
{
  return 1;
}

WHY_DEFINE_BINARY_FORWARD (add)
WHY_DEFINE_BINARY_BACKWARD (add)

static void
add_relevance (const WhyRun *run)
{
  why_relevance_sum (run, 1, NULL);
}

const WhyOp why_op_add = { .name = "Add",
                           .since = 1,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_binary_infer,
                           .prepare = why_prepare_constants,
                           .forward = add_forward,
                           .backward = add_backward,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = add_relevance,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
