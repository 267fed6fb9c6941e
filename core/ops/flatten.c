/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flatten: to two axes, split before `axis`. */
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
flatten_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gint64 axis = why_node_int (infer->node, "axis", 1);

  if (axis < -in->rank || axis > in->rank)
    return why_node_error (infer->node, error,
                           _ ("axis %" PRId64 " is not one of a tensor of rank %d"), axis,
                           in->rank);
  if (axis < 0)
    axis += in->rank;
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape
      = WHY_SHAPE (why_shape_span (in, 0, (gint)axis), why_shape_span (in, (gint)axis, in->rank));
  return TRUE;
}

const WhyOp why_op_flatten = { .name = "Flatten",
                               .since = 1,
                               .min_inputs = 1,
                               .max_inputs = 1,
                               .infer = flatten_infer,
                               .forward = why_move_all_forward,
                               .backward = why_move_all_backward,
                               .relevance_kind = WHY_RELEVANCE_MOVE };
