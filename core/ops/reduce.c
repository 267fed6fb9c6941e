/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/reduce.h"

#include "ops/arguments.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  gboolean reduced[WHY_MAX_RANK];
} Reduce;

static gboolean
resolve (const WhyInfer *infer, Reduce *reduce, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gboolean nothing = why_node_int (infer->node, "noop_with_empty_axes", 0) != 0;
  WhyInts axes;

  if (!why_infer_axes (infer, "axes", 1, in->rank, &axes, error))
    return FALSE;
  *reduce = (Reduce){ 0 };
  for (gint i = 0; i < in->rank; i++)
    reduce->reduced[i] = axes.n > 0 ? why_ints_contain (&axes, i) : !nothing;
  return TRUE;
}

gboolean
why_reduce_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  gboolean keep = why_node_int (infer->node, "keepdims", 1) != 0;
  Reduce reduce;

  if (!resolve (infer, &reduce, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[0]->dtype;
  *out = (WhyShape){ 0 };
  for (gint i = 0; i < in->rank; i++)
    if (!reduce.reduced[i])
      out->dims[out->rank++] = in->dims[i];
    else if (keep)
      out->dims[out->rank++] = 1;
  return TRUE;
}

gboolean
why_reduce_infer_floating (const WhyInfer *infer, GError **error)
{
  return why_infer_floating (infer, 0, error) && why_reduce_infer (infer, error);
}

gpointer
why_reduce_prepare (const WhyNode *node, const WhyInfer *infer)
{
  Reduce *reduce = g_new (Reduce, 1);

  resolve (infer, reduce, NULL);
  return reduce;
}

gsize
why_reduce_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  return (gsize)why_shape_numel (&infer->out[0]->shape) * sizeof (gdouble);
}

gint64
why_reduce_count (const WhyRun *run)
{
  const Reduce *reduce = run->plan;
  const WhyShape *in = &run->in[0]->shape;
  gint64 n = 1;

  for (gint i = 0; i < in->rank; i++)
    if (reduce->reduced[i])
      n *= in->dims[i];
  return n;
}

void
why_reduce_run (const WhyRun *run, gint written, WhyLoopFunc row, gpointer data)
{
  const Reduce *reduce = run->plan;
  const WhyShape *in = &run->in[0]->shape;
  gint64 step = 1;
  WhyLoop loop;

  why_loop_init (&loop, in, 2);
  why_loop_dense (&loop, WHY_REDUCE_X);
  for (gint i = in->rank - 1; i >= 0; i--)
    if (!reduce->reduced[i])
      {
        loop.stride[WHY_REDUCE_Y][i] = in->dims[i] == 1 ? 0 : step;
        step *= in->dims[i];
      }
  why_loop_run (&loop, run->pool, written, row, data);
}

void
why_reduce_forward (const WhyRun *run, WhyLoopFunc row, WhyReduceFinish finish)
{
  WhyReduceCall call = { .x = run->in[0]->real, .sum = run->scratch };
  gint64 numel = why_tensor_numel (run->out[0]);
  gdouble n = (gdouble)why_reduce_count (run);

  memset (call.sum, 0, (gsize)numel * sizeof (gdouble));
  why_reduce_run (run, WHY_REDUCE_Y, row, &call);
  for (gint64 i = 0; i < numel; i++)
    run->out[0]->real[i] = (WhyReal)finish (call.sum[i], n);
}

void
why_reduce_backward (const WhyRun *run, WhyLoopFunc row)
{
  WhyReduceCall call = { .x = run->in[0]->real,
                         .y = run->out[0]->real,
                         .dy = run->grad_out[0],
                         .dx = run->grad_in[0],
                         .n = (gdouble)why_reduce_count (run) };

  if (call.dy && call.dx)
    why_reduce_run (run, WHY_REDUCE_X, row, &call);
}

/* The loop runs over the first half of the batch: the outermost axis, which is never reduced. */
void
why_reduce_rescale (const WhyRun *run, WhyLoopFunc row)
{
  WhyTensor half = *run->in[0];
  const WhyTensor *in[] = { &half };
  WhyRun first = *run;
  WhyReduceCall call = { .x = run->in[0]->real,
                         .y = run->out[0]->real,
                         .dy = run->grad_out[0],
                         .dx = run->grad_in[0],
                         .n = (gdouble)why_reduce_count (run),
                         .half_x = why_rescale_half (run->in[0]),
                         .half_y = why_rescale_half (run->out[0]) };

  if (!call.dy || !call.dx)
    return;
  half.shape.dims[0] /= 2;
  first.in = in;
  why_reduce_run (&first, WHY_REDUCE_X, row, &call);
}

typedef struct
{
  WhyReduceCall call;
  gdouble (*h) (gdouble x);
  gdouble epsilon, given;
} Share;

static void
share_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  Share *share = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 x = offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X];
      gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];
      gdouble sum = share->call.sum[y];
      gdouble part = share->h ((gdouble)share->call.x[x]) * (gdouble)share->call.dy[y]
                     / (sum + (sum < 0 ? -share->epsilon : share->epsilon));

      share->call.dx[x] += (WhyReal)part;
      share->given += part;
    }
}

void
why_reduce_share (const WhyRun *run, gdouble (*h) (gdouble x), WhyLoopFunc sum_row)
{
  Share share = {
    .call
    = { .x = run->in[0]->real, .dy = run->grad_out[0], .dx = run->grad_in[0], .sum = run->scratch },
    .h = h,
    .epsilon = run->lrp->epsilon
  };
  gint64 numel = why_tensor_numel (run->out[0]);
  WhyRun alone = *run;

  if (!share.call.dy || !share.call.dx)
    return;
  alone.pool = NULL; /* one thread adds up what was given */
  memset (share.call.sum, 0, (gsize)numel * sizeof (gdouble));
  why_reduce_run (&alone, WHY_REDUCE_Y, sum_row, &share.call);
  why_reduce_run (&alone, WHY_REDUCE_X, share_row, &share);
  for (gint64 i = 0; i < numel; i++)
    run->lrp->leak += (gdouble)share.call.dy[i];
  run->lrp->leak -= share.given;
}

typedef struct
{
  const gint64 *x;
  gint64 *y;
  gint64 (*f) (gint64 y, gint64 x);
} IntCall;

static void
int_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const IntCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 *y = &c->y[offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y]];
      *y = c->f (*y, c->x[offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X]]);
    }
}

void
why_reduce_forward_int (const WhyRun *run, gint64 start, gint64 (*f) (gint64 y, gint64 x))
{
  IntCall call = { run->in[0]->i64, run->out[0]->i64, f };

  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    call.y[i] = start;
  why_reduce_run (run, WHY_REDUCE_Y, int_row, &call);
}
