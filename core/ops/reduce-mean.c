/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceMean. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_mean_h (gdouble x)
{
  return x;
}

static inline gdouble
reduce_mean_g (gdouble sum, gdouble n)
{
  return sum / n;
}

static inline gdouble
reduce_mean_d (gdouble x, gdouble y, gdouble n)
{
  return 1 / n;
}

WHY_DEFINE_REDUCE_FORWARD (reduce_mean)
WHY_DEFINE_REDUCE_BACKWARD (reduce_mean)

const WhyOp why_op_reduce_mean = { .name = "ReduceMean",
                                   WHY_REDUCE_ROW,
                                   .infer = why_reduce_infer_floating,
                                   .forward = reduce_mean_forward,
                                   .backward = reduce_mean_backward,
                                   .relevance_kind = WHY_RELEVANCE_LINEAR };
