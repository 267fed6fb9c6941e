/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceSum. */
#include "ops/reduce.h"

#include <tgmath.h>

static inline gdouble
reduce_sum_h (gdouble x)
{
  return x;
}

static inline gdouble
reduce_sum_g (gdouble sum, gdouble n)
{
  return sum;
}

static inline gdouble
reduce_sum_d (gdouble x, gdouble y, gdouble n)
{
  return 1;
}

WHY_DEFINE_REDUCE_FORWARD (reduce_sum)
WHY_DEFINE_REDUCE_BACKWARD (reduce_sum)

static gint64
reduce_sum_i (gint64 y, gint64 x)
{
  return (gint64)((guint64)y + (guint64)x);
}

static void
reduce_sum_forward_any (const WhyRun *run)
{
  if (run->in[0]->dtype == WHY_DTYPE_INT64)
    why_reduce_forward_int (run, 0, reduce_sum_i);
  else
    reduce_sum_forward (run);
}

const WhyOp why_op_reduce_sum = { .name = "ReduceSum",
                                  WHY_REDUCE_ROW,
                                  .infer = why_reduce_infer,
                                  .forward = reduce_sum_forward_any,
                                  .backward = reduce_sum_backward,
                                  .relevance_kind = WHY_RELEVANCE_LINEAR };
