/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceProd: mostly shape arithmetic, exact in int64. The derivative is the product of the others,
 * also where elements are 0. */
#include "ops/reduce.h"

typedef struct
{
  const WhyReal *x, *dy;
  WhyReal *dx;
  gdouble *product; /* of the elements that are not 0 */
  gint64 *zeros;    /* how many are */
} ProdCall;

static void
product_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const ProdCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];
      WhyReal x = c->x[offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X]];
      if (x == 0)
        c->zeros[y]++;
      else
        c->product[y] *= (gdouble)x;
    }
}

static void
run_products (const WhyRun *run, ProdCall *call)
{
  gint64 numel = why_tensor_numel (run->out[0]);

  call->x = run->in[0]->real;
  call->product = run->scratch;
  call->zeros = (gint64 *)(call->product + numel);
  for (gint64 i = 0; i < numel; i++)
    {
      call->product[i] = 1;
      call->zeros[i] = 0;
    }
  why_reduce_run (run, WHY_REDUCE_Y, product_row, call);
}

static gint64
multiply (gint64 y, gint64 x)
{
  return (gint64)((guint64)y * (guint64)x);
}

static void
reduce_prod_forward (const WhyRun *run)
{
  ProdCall call = { 0 };

  if (run->in[0]->dtype == WHY_DTYPE_INT64)
    {
      why_reduce_forward_int (run, 1, multiply);
      return;
    }
  run_products (run, &call);
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    run->out[0]->real[i] = call.zeros[i] > 0 ? 0 : (WhyReal)call.product[i];
}

static void
gradient_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const ProdCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 x = offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X];
      gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];
      gdouble others = c->zeros[y] == 0                   ? c->product[y] / (gdouble)c->x[x]
                       : c->zeros[y] == 1 && c->x[x] == 0 ? c->product[y]
                                                          : 0;
      c->dx[x] += (WhyReal)((gdouble)c->dy[y] * others);
    }
}

static void
reduce_prod_backward (const WhyRun *run)
{
  ProdCall call = { .dy = run->grad_out[0], .dx = run->grad_in[0] };

  if (!call.dy || !call.dx)
    return;
  run_products (run, &call);
  why_reduce_run (run, WHY_REDUCE_X, gradient_row, &call);
}

static gsize
reduce_prod_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  return 2 * why_reduce_scratch (node, infer, threads);
}

const WhyOp why_op_reduce_prod = { .name = "ReduceProd",
                                   .since = 1,
                                   .min_inputs = 1,
                                   .max_inputs = 2,
                                   .prepare = why_reduce_prepare,
                                   .unprepare = g_free,
                                   .scratch = reduce_prod_scratch,
                                   .infer = why_reduce_infer,
                                   .forward = reduce_prod_forward,
                                   .backward = reduce_prod_backward,
                                   .relevance_kind = WHY_RELEVANCE_MOVE };
