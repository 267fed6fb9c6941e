/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceL1: Σ|x|; the derivative at 0 is 0. Homogeneous of degree one, so relevance may pass as
 * through a linear operator. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_l1_h (gdouble x)
{
  return fabs (x);
}

static inline gdouble
reduce_l1_g (gdouble sum, gdouble n)
{
  return sum;
}

static inline gdouble
reduce_l1_d (gdouble x, gdouble y, gdouble n)
{
  return (gdouble)((x > 0) - (x < 0));
}

static inline gdouble
reduce_l1_m (gdouble x, gdouble x0, gdouble y, gdouble y0)
{
  return (fabs (x) - fabs (x0)) / (x - x0);
}

WHY_DEFINE_REDUCE_FORWARD (reduce_l1)
WHY_DEFINE_REDUCE_BACKWARD (reduce_l1)
WHY_DEFINE_REDUCE_RESCALE (reduce_l1)

const WhyOp why_op_reduce_l1 = { .name = "ReduceL1",
                                 WHY_REDUCE_ROW,
                                 .infer = why_reduce_infer_floating,
                                 .forward = reduce_l1_forward,
                                 .backward = reduce_l1_backward,
                                 .rescale = reduce_l1_rescale,
                                 .relevance_kind = WHY_RELEVANCE_LINEAR };
