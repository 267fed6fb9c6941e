/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Min: the smallest of any number of inputs; the first that is takes gradient and relevance. */
#include "ops/variadic.h"

static inline WhyReal
min_f (WhyReal a, WhyReal b)
{
  return b < a ? b : a;
}

static inline gint64
min_i (gint64 a, gint64 b)
{
  return b < a ? b : a;
}

WHY_BINARY_ROW (min_row, min_f, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (min_row_int, min_i, gint64, gint64, gint64)

static void
min_forward (const WhyRun *run)
{
  why_variadic_forward (run, min_row, min_row_int);
}

static void
min_rescale (const WhyRun *run)
{
  why_extremum_rescale (run, -1);
}

const WhyOp why_op_min = { .name = "Min",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = -1,
                           .infer = why_variadic_infer,
                           .scratch = why_extremum_scratch,
                           .forward = min_forward,
                           .backward = why_extremum_backward,
                           .rescale = min_rescale,
                           .relevance_kind = WHY_RELEVANCE_MOVE,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
