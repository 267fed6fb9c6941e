/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tile: the tensor repeated along every axis. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
tile_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  WhyInts repeats;

  if (!why_infer_ints (infer, NULL, 1, &repeats, error))
    return FALSE;
  if (repeats.n != in->rank)
    return why_node_error (infer->node, error, _ ("%d repeats for a tensor of rank %d"), repeats.n,
                           in->rank);
  infer->out[0]->dtype = infer->in[0]->dtype;
  *out = *in;
  for (gint i = 0; i < in->rank; i++)
    if (repeats.v[i] < 0 || __builtin_mul_overflow (in->dims[i], repeats.v[i], &out->dims[i]))
      return why_node_error (infer->node, error, _ ("%" PRId64 " repeats; 0 or more are meant"),
                             repeats.v[i]);
  return TRUE;
}

/* Every axis is two: the repeat and the place inside the tile. */
static gboolean
tile_move (const WhyRun *run, gint i, WhyMove *move)
{
  const WhyShape *in = &run->in[0]->shape, *out = &run->out[0]->shape;
  gint64 from[WHY_MAX_RANK], to[WHY_MAX_RANK];

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  move->loop = (WhyLoop){ .n = 2, .rank = 2 * in->rank };
  why_shape_strides (in, from);
  why_shape_strides (out, to);
  for (gint axis = 0; axis < in->rank; axis++)
    {
      WhyLoop *loop = &move->loop;

      loop->extent[2 * axis] = in->dims[axis] > 0 ? out->dims[axis] / in->dims[axis] : 0;
      loop->stride[WHY_MOVE_OUT][2 * axis] = in->dims[axis] * to[axis];
      loop->extent[2 * axis + 1] = in->dims[axis];
      loop->stride[WHY_MOVE_OUT][2 * axis + 1] = to[axis];
      loop->stride[WHY_MOVE_IN][2 * axis + 1] = from[axis];
    }
  return TRUE;
}

WHY_DEFINE_MOVE (tile, tile_move)

const WhyOp why_op_tile = { .name = "Tile",
                            .since = 6,
                            .min_inputs = 2,
                            .max_inputs = 2,
                            .infer = tile_infer,
                            .forward = tile_forward,
                            .backward = tile_backward,
                            .relevance_kind = WHY_RELEVANCE_MOVE };
