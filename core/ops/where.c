/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where: input 1 where the condition (input 0) holds, else input 2, all broadcast. */
#include "ops/elementwise.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

enum
{
  WHERE_Y,
  WHERE_CONDITION,
  WHERE_A,
  WHERE_B
};

typedef struct
{
  const WhyReal *condition;
  gpointer y;         /* forward: output; backward: its gradient */
  const gchar *in[2]; /* forward */
  WhyReal *grad;      /* backward: of input 1 + branch */
  gsize size;
  gint branch;
} Where;

static gboolean
where_infer (const WhyInfer *infer, GError **error)
{
  if (infer->in[0]->dtype != WHY_DTYPE_BOOL || infer->in[1]->dtype != infer->in[2]->dtype)
    return why_node_error (infer->node, error,
                           _ ("a bool condition and two inputs of one type are meant"));
  if (!why_infer_broadcast (infer, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[1]->dtype;
  return TRUE;
}

static void
make_loop (const WhyRun *run, WhyLoop *loop)
{
  why_loop_init (loop, &run->out[0]->shape, 4);
  why_loop_dense (loop, WHERE_Y);
  for (gint i = 0; i < 3; i++)
    why_loop_broadcast (loop, WHERE_CONDITION + i, &run->in[i]->shape);
}

static void
forward_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Where *where = data;
  gint64 size = (gint64)where->size;

  for (gint64 i = 0; i < n; i++)
    {
      gint k = where->condition[offset[WHERE_CONDITION] + i * stride[WHERE_CONDITION]] != 0 ? 0 : 1;
      why_copy_row ((gchar *)where->y + (offset[WHERE_Y] + i * stride[WHERE_Y]) * size, 1,
                    where->in[k] + (offset[WHERE_A + k] + i * stride[WHERE_A + k]) * size, 1,
                    where->size, 1);
    }
}

static void
where_forward (const WhyRun *run)
{
  Where where = { .condition = run->in[0]->real,
                  .y = run->out[0]->data,
                  .in = { run->in[1]->data, run->in[2]->data },
                  .size = why_dtype_storage (run->out[0]->dtype) };
  WhyLoop loop;

  make_loop (run, &loop);
  why_loop_run (&loop, run->pool, WHERE_Y, forward_row, &where);
}

static void
backward_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Where *where = data;
  const WhyReal *dy = (const WhyReal *)where->y + offset[WHERE_Y];
  gint operand = WHERE_A + where->branch;

  for (gint64 i = 0; i < n; i++)
    {
      gboolean first = where->condition[offset[WHERE_CONDITION] + i * stride[WHERE_CONDITION]] != 0;
      if (first == (where->branch == 0))
        where->grad[offset[operand] + i * stride[operand]] += dy[i * stride[WHERE_Y]];
    }
}

static void
where_backward (const WhyRun *run)
{
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  make_loop (run, &loop);
  for (gint k = 0; k < 2; k++)
    if (run->grad_in[1 + k])
      {
        Where where = { .condition = run->in[0]->real,
                        .y = (gpointer)run->grad_out[0],
                        .grad = run->grad_in[1 + k],
                        .branch = k };
        why_loop_run (&loop, run->pool, WHERE_A + k, backward_row, &where);
      }
}

const WhyOp why_op_where = { .name = "Where",
                             .since = 9,
                             .min_inputs = 3,
                             .max_inputs = 3,
                             .infer = where_infer,
                             .forward = where_forward,
                             .backward = where_backward,
                             .relevance_kind = WHY_RELEVANCE_MOVE,
                             .region_forward = why_region_same,
                             .region_backward = why_region_same };
