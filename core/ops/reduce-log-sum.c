/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceLogSum: ln Σx. Relevance: each element takes its share of the sum. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_log_sum_h (gdouble x)
{
  return x;
}

static inline gdouble
reduce_log_sum_g (gdouble sum, gdouble n)
{
  return log (sum);
}

static inline gdouble
reduce_log_sum_d (gdouble x, gdouble y, gdouble n)
{
  return exp (-y);
}

static inline gdouble
reduce_log_sum_m (gdouble x, gdouble x0, gdouble y, gdouble y0)
{
  return y == y0 ? exp (-y) : (y - y0) / (exp (y) - exp (y0));
}

WHY_DEFINE_REDUCE_FORWARD (reduce_log_sum)
WHY_DEFINE_REDUCE_BACKWARD (reduce_log_sum)
WHY_DEFINE_REDUCE_RESCALE (reduce_log_sum)
WHY_DEFINE_REDUCE_SHARE (reduce_log_sum)

const WhyOp why_op_reduce_log_sum = { .name = "ReduceLogSum",
                                      WHY_REDUCE_ROW,
                                      .infer = why_reduce_infer_floating,
                                      .forward = reduce_log_sum_forward,
                                      .backward = reduce_log_sum_backward,
                                      .rescale = reduce_log_sum_rescale,
                                      .relevance_kind = WHY_RELEVANCE_OWN,
                                      .relevance = reduce_log_sum_relevance };
