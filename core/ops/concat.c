/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Concat: along one axis. */
#include "ops/arguments.h"
#include "ops/elementwise.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gboolean
concat_infer (const WhyInfer *infer, GError **error)
{
  WhyShape shape = infer->in[0]->shape;
  gint axis;

  if (!why_infer_axis (infer, 1, shape.rank, &axis, error))
    return FALSE;
  for (gint i = 1; i < infer->node->n_inputs; i++)
    {
      const WhyValue *in = infer->in[i];
      WhyShape rest = shape;

      if (in && in->shape.rank == rest.rank)
        rest.dims[axis] = in->shape.dims[axis];
      if (!in || in->dtype != infer->in[0]->dtype || !why_shape_equal (&rest, &in->shape))
        return why_node_error (infer->node, error,
                               _ ("input %d differs from the first in type or in an extent other "
                                  "than axis %d"),
                               i + 1, axis);
      if (__builtin_add_overflow (shape.dims[axis], in->shape.dims[axis], &shape.dims[axis]))
        return why_node_error (infer->node, error, _ ("axis %d is too long"), axis);
    }
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = shape;
  return TRUE;
}

static gboolean
concat_move (const WhyRun *run, gint i, WhyMove *move)
{
  gint axis = why_axis (why_node_int (run->node, "axis", 1), run->out[0]->shape.rank);
  gint64 stride[WHY_MAX_RANK], before = 0;

  if (i >= run->node->n_inputs)
    return FALSE;
  for (gint k = 0; k < i; k++)
    before += run->in[k]->shape.dims[axis];
  move->in = i;
  move->out = 0;
  why_shape_strides (&run->out[0]->shape, stride);
  why_loop_init (&move->loop, &run->in[i]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_IN);
  for (gint k = 0; k < run->out[0]->shape.rank; k++)
    move->loop.stride[WHY_MOVE_OUT][k] = stride[k];
  move->loop.offset[WHY_MOVE_OUT] = before * stride[axis];
  return TRUE;
}

WHY_DEFINE_MOVE (concat, concat_move)

const WhyOp why_op_concat = { .name = "Concat",
                              .since = 4,
                              .min_inputs = 1,
                              .max_inputs = -1,
                              .infer = concat_infer,
                              .forward = concat_forward,
                              .backward = concat_backward,
                              .overwrites = TRUE,
                              .relevance_kind = WHY_RELEVANCE_MOVE,
                              .region_forward = why_region_same,
                              .region_backward = why_region_same };
