/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceL2: √Σx²; the derivative at 0 is 0. Homogeneous of degree one, so relevance may pass as
 * through a linear operator. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_l2_h (gdouble x)
{
  return x * x;
}

static inline gdouble
reduce_l2_g (gdouble sum, gdouble n)
{
  return sqrt (sum);
}

static inline gdouble
reduce_l2_d (gdouble x, gdouble y, gdouble n)
{
  return y > 0 ? x / y : 0;
}

static inline gdouble
reduce_l2_m (gdouble x, gdouble x0, gdouble y, gdouble y0)
{
  return y + y0 > 0 ? (x + x0) / (y + y0) : 0;
}

WHY_DEFINE_REDUCE_FORWARD (reduce_l2)
WHY_DEFINE_REDUCE_BACKWARD (reduce_l2)
WHY_DEFINE_REDUCE_RESCALE (reduce_l2)

const WhyOp why_op_reduce_l2 = { .name = "ReduceL2",
                                 WHY_REDUCE_ROW,
                                 .infer = why_reduce_infer_floating,
                                 .forward = reduce_l2_forward,
                                 .backward = reduce_l2_backward,
                                 .rescale = reduce_l2_rescale,
                                 .relevance_kind = WHY_RELEVANCE_LINEAR };
