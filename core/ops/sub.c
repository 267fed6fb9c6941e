/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sub. Relevance: a and −b take their shares of the difference. */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
sub_f (WhyReal a, WhyReal b)
{
  return a - b;
}

static inline gint64
sub_i (gint64 a, gint64 b)
{
  return (gint64)((guint64)a - (guint64)b);
}

static inline WhyReal
sub_da (WhyReal a, WhyReal b)
{
  return 1;
}

static inline WhyReal
sub_db (WhyReal a, WhyReal b)
{
  return -1;
}

WHY_DEFINE_BINARY_FORWARD (sub)
WHY_DEFINE_BINARY_BACKWARD (sub)

static void
sub_relevance (const WhyRun *run)
{
  why_relevance_sum (run, 1, (const gdouble[]){ 1, -1 });
}

const WhyOp why_op_sub = { .name = "Sub",
                           .since = 1,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_binary_infer,
                           .prepare = why_prepare_constants,
                           .forward = sub_forward,
                           .backward = sub_backward,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = sub_relevance,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
