/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Max: the largest of any number of inputs; the first that is takes gradient and relevance. */
#include "ops/variadic.h"

static inline WhyReal
max_f (WhyReal a, WhyReal b)
{
  return b > a ? b : a;
}

static inline gint64
max_i (gint64 a, gint64 b)
{
  return b > a ? b : a;
}

WHY_BINARY_ROW (max_row, max_f, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (max_row_int, max_i, gint64, gint64, gint64)

static void
max_forward (const WhyRun *run)
{
  why_variadic_forward (run, max_row, max_row_int);
}

static void
max_rescale (const WhyRun *run)
{
  why_extremum_rescale (run, 1);
}

const WhyOp why_op_max = { .name = "Max",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = -1,
                           .infer = why_variadic_infer,
                           .scratch = why_extremum_scratch,
                           .forward = max_forward,
                           .backward = why_extremum_backward,
                           .rescale = max_rescale,
                           .relevance_kind = WHY_RELEVANCE_MOVE,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
