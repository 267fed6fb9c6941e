/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Split: into parts along one axis; sizes are an attribute up to opset 12 and an input from 13,
 * else equal parts (the last smaller).
 */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
split_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gint n = infer->node->n_outputs, axis;
  gint64 left, part;
  WhyInts sizes;

  if (!why_infer_axis (infer, 0, in->rank, &axis, error)
      || !why_infer_ints (infer, "split", 1, &sizes, error))
    return FALSE;
  left = in->dims[axis];
  part = (left + n - 1) / n;
  if (sizes.given && sizes.n != n)
    return why_node_error (infer->node, error, _ ("%d sizes for %d outputs"), sizes.n, n);
  for (gint i = 0; i < n; i++)
    {
      gint64 extent = sizes.given ? sizes.v[i] : MIN (part, left);

      if (extent < 0 || extent > left)
        return why_node_error (infer->node, error, _ ("its parts do not add up to %" PRId64),
                               in->dims[axis]);
      left -= extent;
      if (!infer->out[i])
        continue;
      infer->out[i]->dtype = infer->in[0]->dtype;
      infer->out[i]->shape = *in;
      infer->out[i]->shape.dims[axis] = extent;
    }
  return left == 0
         || why_node_error (infer->node, error, _ ("its parts do not add up to %" PRId64),
                            in->dims[axis]);
}

static gboolean
split_move (const WhyRun *run, gint i, WhyMove *move)
{
  const WhyShape *in = &run->in[0]->shape;
  gint axis = why_axis (why_node_int (run->node, "axis", 0), in->rank);
  gint64 stride[WHY_MAX_RANK], before = 0;

  if (i >= run->node->n_outputs)
    return FALSE;
  for (gint k = 0; k < i; k++)
    before += run->out[k]->shape.dims[axis];
  move->in = 0;
  move->out = i;
  why_shape_strides (in, stride);
  why_loop_init (&move->loop, &run->out[i]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  for (gint k = 0; k < in->rank; k++)
    move->loop.stride[WHY_MOVE_IN][k] = stride[k];
  move->loop.offset[WHY_MOVE_IN] = before * stride[axis];
  return TRUE;
}

WHY_DEFINE_MOVE (split, split_move)

const WhyOp why_op_split = { .name = "Split",
                             .since = 2,
                             .min_inputs = 1,
                             .max_inputs = 2,
                             .infer = split_infer,
                             .forward = split_forward,
                             .backward = split_backward,
                             .relevance_kind = WHY_RELEVANCE_MOVE };
