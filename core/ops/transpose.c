/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transpose: output axis i is input axis perm[i]; without perm the axes are reversed. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gint
source_axis (const WhyNode *node, gint i, gint rank)
{
  gint n;
  const gint64 *perm = why_node_ints (node, "perm", &n);

  return n > 0 ? (gint)perm[i] : rank - 1 - i;
}

static gboolean
transpose_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyInts perm;

  if (!why_infer_axes (infer, "perm", -1, in->rank, &perm, error))
    return FALSE;
  if (perm.given && perm.n != in->rank)
    return why_node_error (infer->node, error, _ ("perm has %d axes for a tensor of rank %d"),
                           perm.n, in->rank);
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape.rank = in->rank;
  for (gint i = 0; i < in->rank; i++)
    infer->out[0]->shape.dims[i] = in->dims[perm.given ? (gint)perm.v[i] : in->rank - 1 - i];
  return TRUE;
}

static gboolean
transpose_move (const WhyRun *run, gint i, WhyMove *move)
{
  gint64 stride[WHY_MAX_RANK];
  gint rank = run->in[0]->shape.rank;

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  why_shape_strides (&run->in[0]->shape, stride);
  why_loop_init (&move->loop, &run->out[0]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  for (gint axis = 0; axis < rank; axis++)
    move->loop.stride[WHY_MOVE_IN][axis]
        = stride[why_axis (source_axis (run->node, axis, rank), rank)];
  return TRUE;
}

WHY_DEFINE_MOVE (transpose, transpose_move)

const WhyOp why_op_transpose = { .name = "Transpose",
                                 .since = 1,
                                 .min_inputs = 1,
                                 .max_inputs = 1,
                                 .infer = transpose_infer,
                                 .forward = transpose_forward,
                                 .backward = transpose_backward,
                                 .relevance_kind = WHY_RELEVANCE_MOVE };
