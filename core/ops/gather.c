/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gather: whole slices of input 0 along one axis, chosen by index. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
gather_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape, *index = &infer->in[1]->shape;
  WhyShape *out = &infer->out[0]->shape;
  const WhyTensor *constant = infer->in[1]->constant;
  gint axis, next = 0;

  if (!why_infer_axis (infer, 0, in->rank, &axis, error))
    return FALSE;
  if (in->rank - 1 + index->rank > WHY_MAX_RANK)
    return why_node_error (infer->node, error, _ ("a tensor of rank %d; at most %d is meant"),
                           in->rank - 1 + index->rank, WHY_MAX_RANK);
  if (in->dims[axis] == 0 && why_shape_numel (index) > 0)
    return why_node_error (infer->node, error, _ ("axis %d is empty"), axis);
  infer->out[0]->dtype = infer->in[0]->dtype;
  for (gint i = 0; i < axis; i++)
    out->dims[next++] = in->dims[i];
  for (gint i = 0; i < index->rank; i++)
    out->dims[next++] = index->dims[i];
  for (gint i = axis + 1; i < in->rank; i++)
    out->dims[next++] = in->dims[i];
  out->rank = next;
  for (gint64 i = 0; constant && i < why_tensor_numel (constant); i++)
    if (why_tensor_get_int (constant, i) < -in->dims[axis]
        || why_tensor_get_int (constant, i) >= in->dims[axis])
      return why_node_error (infer->node, error, _ ("index %" PRId64 " is not below %" PRId64),
                             why_tensor_get_int (constant, i), in->dims[axis]);
  return TRUE;
}

/* One move per index: before × after elements. */
static gboolean
gather_move (const WhyRun *run, gint i, WhyMove *move)
{
  const WhyShape *in = &run->in[0]->shape;
  gint axis = why_axis (why_node_int (run->node, "axis", 0), in->rank);
  gint64 n = why_tensor_numel (run->in[1]), extent = in->dims[axis], index;
  gint64 before = why_shape_span (in, 0, axis), after = why_shape_span (in, axis + 1, in->rank);
  WhyShape block = WHY_SHAPE (before, after);

  if (i >= n)
    return FALSE;
  index = why_tensor_get_int (run->in[1], i);
  if (index < 0)
    index += extent;
  index = CLAMP (index, 0, MAX (extent - 1, 0)); /* one that the picture decides is not trusted */
  move->in = move->out = 0;
  why_loop_init (&move->loop, &block, 2);
  move->loop.stride[WHY_MOVE_OUT][0] = n * after;
  move->loop.stride[WHY_MOVE_IN][0] = extent * after;
  move->loop.stride[WHY_MOVE_OUT][1] = move->loop.stride[WHY_MOVE_IN][1] = 1;
  move->loop.offset[WHY_MOVE_OUT] = i * after;
  move->loop.offset[WHY_MOVE_IN] = index * after;
  return TRUE;
}

WHY_DEFINE_MOVE (gather, gather_move)

const WhyOp why_op_gather = { .name = "Gather",
                              .since = 1,
                              .min_inputs = 2,
                              .max_inputs = 2,
                              .infer = gather_infer,
                              .forward = gather_forward,
                              .backward = gather_backward,
                              .relevance_kind = WHY_RELEVANCE_MOVE };
