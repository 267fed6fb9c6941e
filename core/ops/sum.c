/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sum of any number of inputs. Relevance: each takes its share. */
#include "ops/signal.h"
#include "ops/variadic.h"

static inline WhyReal
sum_f (WhyReal a, WhyReal b)
{
  return a + b;
}

static inline gint64
sum_i (gint64 a, gint64 b)
{
  return (gint64)((guint64)a + (guint64)b);
}

WHY_BINARY_ROW (sum_row, sum_f, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (sum_row_int, sum_i, gint64, gint64, gint64)

static void
sum_forward (const WhyRun *run)
{
  why_variadic_forward (run, sum_row, sum_row_int);
}

static void
sum_backward (const WhyRun *run)
{
  why_variadic_backward_linear (run, 1);
}

static void
sum_relevance (const WhyRun *run)
{
  why_relevance_sum (run, 1, NULL);
}

const WhyOp why_op_sum = { .name = "Sum",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = -1,
                           .infer = why_variadic_infer,
                           .prepare = why_prepare_constants,
                           .forward = sum_forward,
                           .backward = sum_backward,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = sum_relevance,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
