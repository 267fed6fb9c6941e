/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reshape: 0 keeps an extent (unless allowzero), −1 takes what is left. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gboolean
reshape_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  gboolean zero = why_node_int (infer->node, "allowzero", 0) != 0;
  gint rest = -1;
  WhyInts target;

  if (!why_infer_ints (infer, NULL, 1, &target, error))
    return FALSE;
  if (target.n > WHY_MAX_RANK)
    return why_node_error (infer->node, error, _ ("a tensor of rank %d; at most %d is meant"),
                           target.n, WHY_MAX_RANK);
  infer->out[0]->dtype = infer->in[0]->dtype;
  *out = (WhyShape){ .rank = target.n };
  for (gint i = 0; i < target.n; i++)
    {
      gint64 extent = target.v[i];

      if (extent == 0 && !zero && i < in->rank)
        extent = in->dims[i];
      if (extent < -1 || (extent == -1 && rest >= 0))
        return why_node_error (infer->node, error,
                               _ ("its shape has more than one unknown extent"));
      if (extent == -1)
        rest = i;
      out->dims[i] = extent == -1 ? 1 : extent;
    }
  if (rest >= 0)
    {
      gint64 known = why_shape_numel (out);
      out->dims[rest] = known > 0 ? why_shape_numel (in) / known : 0;
    }
  if (why_shape_numel (out) != why_shape_numel (in))
    {
      g_autofree gchar *from = why_shape_to_string (in);
      g_autofree gchar *to = why_shape_to_string (out);
      return why_node_error (infer->node, error, _ ("a tensor of shape %s cannot become %s"), from,
                             to);
    }
  return TRUE;
}

const WhyOp why_op_reshape = { .name = "Reshape",
                               .since = 5,
                               .min_inputs = 2,
                               .max_inputs = 2,
                               .infer = reshape_infer,
                               .forward = why_move_all_forward,
                               .backward = why_move_all_backward,
                               .relevance_kind = WHY_RELEVANCE_MOVE };
