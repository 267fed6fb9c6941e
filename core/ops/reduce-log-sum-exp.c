/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceLogSumExp: ln Σeˣ, with the largest x taken out so that nothing overflows. The derivatives
 * are softmax weights, which add up to 1: relevance follows them.
 */
#include "ops/reduce-extremum.h"

#include <string.h>
#include <tgmath.h>

typedef struct
{
  const WhyReal *x, *largest;
  gdouble *sum;
} SumCall;

static void
sum_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const SumCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];
      WhyReal x = c->x[offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X]];
      c->sum[y] += exp ((gdouble)(x - c->largest[y]));
    }
}

static void
reduce_log_sum_exp_forward (const WhyRun *run)
{
  SumCall call = { run->in[0]->real, run->out[0]->real, run->scratch };
  gint64 numel = why_tensor_numel (run->out[0]);

  why_reduce_extremum_forward (run, 1);
  memset (call.sum, 0, (gsize)numel * sizeof (gdouble));
  why_reduce_run (run, WHY_REDUCE_Y, sum_row, &call);
  for (gint64 i = 0; i < numel; i++)
    if (isfinite (run->out[0]->real[i]))
      run->out[0]->real[i] += (WhyReal)log (call.sum[i]);
}

static inline gdouble
reduce_log_sum_exp_d (gdouble x, gdouble y, gdouble n)
{
  return exp (x - y);
}

static inline gdouble
reduce_log_sum_exp_m (gdouble x, gdouble x0, gdouble y, gdouble y0)
{
  gdouble c = MAX (y, y0);
  gdouble slope = y == y0 ? exp (c - y) : (y - y0) / (exp (y - c) - exp (y0 - c));

  return (exp (x - c) - exp (x0 - c)) / (x - x0) * slope;
}

WHY_DEFINE_REDUCE_BACKWARD (reduce_log_sum_exp)
WHY_DEFINE_REDUCE_RESCALE (reduce_log_sum_exp)

const WhyOp why_op_reduce_log_sum_exp = { .name = "ReduceLogSumExp",
                                          WHY_REDUCE_ROW,
                                          .infer = why_reduce_infer_floating,
                                          .forward = reduce_log_sum_exp_forward,
                                          .backward = reduce_log_sum_exp_backward,
                                          .rescale = reduce_log_sum_exp_rescale,
                                          .relevance_kind = WHY_RELEVANCE_MOVE };
