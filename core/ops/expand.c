/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expand: broadcasting written out. Relevance of the copies adds up. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gboolean
expand_infer (const WhyInfer *infer, GError **error)
{
  WhyShape wanted = { 0 };
  WhyInts target;

  if (!why_infer_ints (infer, NULL, 1, &target, error))
    return FALSE;
  wanted.rank = MIN (target.n, WHY_MAX_RANK);
  for (gint i = 0; i < wanted.rank; i++)
    wanted.dims[i] = target.v[i];
  infer->out[0]->dtype = infer->in[0]->dtype;
  if (target.n > WHY_MAX_RANK || why_shape_numel (&wanted) < 0
      || !why_broadcast_shapes (&infer->in[0]->shape, &wanted, &infer->out[0]->shape))
    {
      g_autofree gchar *from = why_shape_to_string (&infer->in[0]->shape);
      g_autofree gchar *to = why_shape_to_string (&wanted);
      return why_node_error (infer->node, error,
                             _ ("a tensor of shape %s does not broadcast to %s"), from, to);
    }
  return TRUE;
}

static gboolean
expand_move (const WhyRun *run, gint i, WhyMove *move)
{
  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  why_loop_init (&move->loop, &run->out[0]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  why_loop_broadcast (&move->loop, WHY_MOVE_IN, &run->in[0]->shape);
  return TRUE;
}

WHY_DEFINE_MOVE (expand, expand_move)

const WhyOp why_op_expand = { .name = "Expand",
                              .since = 8,
                              .min_inputs = 2,
                              .max_inputs = 2,
                              .infer = expand_infer,
                              .forward = expand_forward,
                              .backward = expand_backward,
                              .relevance_kind = WHY_RELEVANCE_MOVE };
