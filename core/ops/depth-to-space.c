/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DepthToSpace and its inverse SpaceToDepth: blocks of b×b pixels are channels. In mode DCR the
 * block's place is the outer part of the channel index, in CRD the inner (pixel shuffle).
 */
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

static gboolean
infer_blocks (const WhyInfer *infer, gboolean to_space, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gint64 b = why_node_int (infer->node, "blocksize", 0);

  if (in->rank != 4 || b < 1 || b > G_MAXINT16
      || (to_space ? in->dims[1] % (b * b) != 0 : in->dims[2] % b != 0 || in->dims[3] % b != 0))
    {
      g_autofree gchar *text = why_shape_to_string (in);
      return why_node_error (infer->node, error,
                             _ ("blocks of %" PRId64 " do not fit a tensor of shape %s"), b, text);
    }
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape
      = to_space ? WHY_SHAPE (in->dims[0], in->dims[1] / (b * b), in->dims[2] * b, in->dims[3] * b)
                 : WHY_SHAPE (in->dims[0], in->dims[1] * b * b, in->dims[2] / b, in->dims[3] / b);
  return TRUE;
}

/* Six axes: picture, channel, row, row in block, column, column in block. */
static void
set_strides (WhyLoop *loop, gint deep, gint flat, const WhyShape *space, gint64 b, gboolean crd)
{
  gint64 c = space->dims[1], h = space->dims[2] / b, w = space->dims[3] / b;
  const gint64 extent[] = { space->dims[0], c, h, b, w, b };
  const gint64 in_space[] = { c * h * w * b * b, h * w * b * b, b * w * b, w * b, b, 1 };
  const gint64 in_depth[]
      = { c * h * w * b * b,    h * w * (crd ? b * b : 1), w, h * w * b * (crd ? 1 : c), 1,
          h * w * (crd ? 1 : c) };

  *loop = (WhyLoop){ .n = 2, .rank = 6 };
  memcpy (loop->extent, extent, sizeof extent);
  memcpy (loop->stride[flat], in_space, sizeof in_space);
  memcpy (loop->stride[deep], in_depth, sizeof in_depth);
}

static gboolean
depth_to_space_infer (const WhyInfer *infer, GError **error)
{
  return infer_blocks (infer, TRUE, error);
}

static gboolean
depth_to_space_move (const WhyRun *run, gint i, WhyMove *move)
{
  gboolean crd = strcmp (why_node_string (run->node, "mode", "DCR"), "CRD") == 0;

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  set_strides (&move->loop, WHY_MOVE_IN, WHY_MOVE_OUT, &run->out[0]->shape,
               why_node_int (run->node, "blocksize", 1), crd);
  return TRUE;
}

static gboolean
space_to_depth_infer (const WhyInfer *infer, GError **error)
{
  return infer_blocks (infer, FALSE, error);
}

static gboolean
space_to_depth_move (const WhyRun *run, gint i, WhyMove *move)
{
  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  set_strides (&move->loop, WHY_MOVE_OUT, WHY_MOVE_IN, &run->in[0]->shape,
               why_node_int (run->node, "blocksize", 1), FALSE);
  return TRUE;
}

WHY_DEFINE_MOVE (depth_to_space, depth_to_space_move)
WHY_DEFINE_MOVE (space_to_depth, space_to_depth_move)

const WhyOp why_op_depth_to_space = { .name = "DepthToSpace",
                                      .since = 1,
                                      .min_inputs = 1,
                                      .max_inputs = 1,
                                      .infer = depth_to_space_infer,
                                      .forward = depth_to_space_forward,
                                      .backward = depth_to_space_backward,
                                      .picture = TRUE,
                                      .relevance_kind = WHY_RELEVANCE_MOVE };

const WhyOp why_op_space_to_depth = { .name = "SpaceToDepth",
                                      .since = 1,
                                      .min_inputs = 1,
                                      .max_inputs = 1,
                                      .infer = space_to_depth_infer,
                                      .forward = space_to_depth_forward,
                                      .backward = space_to_depth_backward,
                                      .picture = TRUE,
                                      .relevance_kind = WHY_RELEVANCE_MOVE };
