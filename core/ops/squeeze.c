/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Squeeze: removes axes of extent 1 (an attribute up to opset 12, an input from 13). */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
squeeze_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  WhyInts axes;

  if (!why_infer_axes (infer, "axes", 1, in->rank, &axes, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[0]->dtype;
  *out = (WhyShape){ 0 };
  for (gint i = 0; i < in->rank; i++)
    {
      gboolean removed = axes.given ? why_ints_contain (&axes, i) : in->dims[i] == 1;

      if (removed && in->dims[i] != 1)
        return why_node_error (infer->node, error, _ ("axis %d has extent %" PRId64 "; 1 is meant"),
                               i, in->dims[i]);
      if (!removed)
        out->dims[out->rank++] = in->dims[i];
    }
  return TRUE;
}

const WhyOp why_op_squeeze = { .name = "Squeeze",
                               .since = 1,
                               .min_inputs = 1,
                               .max_inputs = 2,
                               .infer = squeeze_infer,
                               .forward = why_move_all_forward,
                               .backward = why_move_all_backward,
                               .relevance_kind = WHY_RELEVANCE_MOVE };
