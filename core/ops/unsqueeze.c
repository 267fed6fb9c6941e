/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unsqueeze: inserts axes of extent 1 (an attribute up to opset 12, an input from 13). */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gboolean
unsqueeze_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  WhyInts axes;
  gint next = 0;

  if (!why_infer_ints (infer, "axes", 1, &axes, error))
    return FALSE;
  if (!axes.given || in->rank + axes.n > WHY_MAX_RANK)
    return why_node_error (infer->node, error, _ ("its axes are missing or too many"));
  if (!why_infer_axes (infer, "axes", 1, in->rank + axes.n, &axes, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[0]->dtype;
  *out = (WhyShape){ .rank = in->rank + axes.n };
  for (gint i = 0; i < out->rank; i++)
    out->dims[i] = why_ints_contain (&axes, i) ? 1 : in->dims[next++];
  return TRUE;
}

const WhyOp why_op_unsqueeze = { .name = "Unsqueeze",
                                 .since = 1,
                                 .min_inputs = 1,
                                 .max_inputs = 2,
                                 .infer = unsqueeze_infer,
                                 .forward = why_move_all_forward,
                                 .backward = why_move_all_backward,
                                 .relevance_kind = WHY_RELEVANCE_MOVE };
