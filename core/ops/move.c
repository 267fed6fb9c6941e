/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/move.h"

#include <string.h>

typedef struct
{
  gconstpointer from;
  gpointer to;
  gsize size;
} Copy;

void
why_copy_row (gpointer to, gint64 to_stride, gconstpointer from, gint64 from_stride, gsize size,
              gint64 n)
{
  if (to_stride == 1 && from_stride == 1)
    memcpy (to, from, (gsize)n * size);
  else if (size == sizeof (guint32))
    for (gint64 i = 0; i < n; i++)
      ((guint32 *)to)[i * to_stride] = ((const guint32 *)from)[i * from_stride];
  else
    for (gint64 i = 0; i < n; i++)
      ((guint64 *)to)[i * to_stride] = ((const guint64 *)from)[i * from_stride];
}

static void
copy_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Copy *copy = data;

  why_copy_row ((gchar *)copy->to + offset[WHY_MOVE_OUT] * (gint64)copy->size, stride[WHY_MOVE_OUT],
                (const gchar *)copy->from + offset[WHY_MOVE_IN] * (gint64)copy->size,
                stride[WHY_MOVE_IN], copy->size, n);
}

static void
add_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Copy *copy = data;
  const WhyReal *from = (const WhyReal *)copy->from + offset[WHY_MOVE_OUT];
  WhyReal *to = (WhyReal *)copy->to + offset[WHY_MOVE_IN];
  gint64 sf = stride[WHY_MOVE_OUT], st = stride[WHY_MOVE_IN];

  if (sf == 1 && st == 1)
    for (gint64 i = 0; i < n; i++)
      to[i] += from[i];
  else if (st == 0) /* one element copied n times */
    {
      gdouble sum = 0;
      for (gint64 i = 0; i < n; i++)
        sum += from[i * sf];
      *to += (WhyReal)sum;
    }
  else
    for (gint64 i = 0; i < n; i++)
      to[i * st] += from[i * sf];
}

/* The first to tell an input's gradient. */
static void
set_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Copy *copy = data;

  why_copy_row ((WhyReal *)copy->to + offset[WHY_MOVE_IN], stride[WHY_MOVE_IN],
                (const WhyReal *)copy->from + offset[WHY_MOVE_OUT], stride[WHY_MOVE_OUT],
                sizeof (WhyReal), n);
}

void
why_move_forward (const WhyRun *run, WhyMoveFunc func)
{
  WhyMove move;

  for (gint i = 0; func (run, i, &move); i++)
    {
      const WhyTensor *in = run->in[move.in];
      Copy copy = { in->data, run->out[move.out]->data, why_dtype_storage (in->dtype) };
      why_loop_run (&move.loop, run->pool, WHY_MOVE_OUT, copy_row, &copy);
    }
}

void
why_move_backward (const WhyRun *run, WhyMoveFunc func)
{
  WhyMove move;

  for (gint i = 0; func (run, i, &move); i++)
    if (run->grad_out[move.out] && run->grad_in[move.in])
      {
        Copy copy = { run->grad_out[move.out], run->grad_in[move.in], sizeof (WhyReal) };
        gboolean fresh = why_run_is_fresh (run, move.in);
        why_loop_run (&move.loop, run->pool, WHY_MOVE_IN, fresh ? set_row : add_row, &copy);
      }
}

gboolean
why_move_all (const WhyRun *run, gint i, WhyMove *move)
{
  WhyShape flat = WHY_SHAPE (why_tensor_numel (run->out[0]));

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  why_loop_init (&move->loop, &flat, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  why_loop_dense (&move->loop, WHY_MOVE_IN);
  return TRUE;
}

void
why_move_all_forward (const WhyRun *run)
{
  why_move_forward (run, why_move_all);
}

void
why_move_all_backward (const WhyRun *run)
{
  why_move_backward (run, why_move_all);
}
