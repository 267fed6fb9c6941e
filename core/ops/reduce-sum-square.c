/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceSumSquare: Σx². Relevance: each element takes its share x² / y. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_sum_square_h (gdouble x)
{
  return x * x;
}

static inline gdouble
reduce_sum_square_g (gdouble sum, gdouble n)
{
  return sum;
}

static inline gdouble
reduce_sum_square_d (gdouble x, gdouble y, gdouble n)
{
  return 2 * x;
}

static inline gdouble
reduce_sum_square_m (gdouble x, gdouble x0, gdouble y, gdouble y0)
{
  return x + x0;
}

WHY_DEFINE_REDUCE_FORWARD (reduce_sum_square)
WHY_DEFINE_REDUCE_BACKWARD (reduce_sum_square)
WHY_DEFINE_REDUCE_RESCALE (reduce_sum_square)
WHY_DEFINE_REDUCE_SHARE (reduce_sum_square)

const WhyOp why_op_reduce_sum_square = { .name = "ReduceSumSquare",
                                         WHY_REDUCE_ROW,
                                         .infer = why_reduce_infer_floating,
                                         .forward = reduce_sum_square_forward,
                                         .backward = reduce_sum_square_backward,
                                         .rescale = reduce_sum_square_rescale,
                                         .relevance_kind = WHY_RELEVANCE_OWN,
                                         .relevance = reduce_sum_square_relevance };
