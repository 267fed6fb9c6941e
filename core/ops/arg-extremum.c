/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/arg-extremum.h"

#include "ops/arguments.h"

#include <glib/gi18n-lib.h>

gboolean
why_arg_extremum_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  WhyShape *out = &infer->out[0]->shape;
  gboolean keep = why_node_int (infer->node, "keepdims", 1) != 0;
  gint axis;

  if (!why_infer_axis (infer, 0, in->rank, &axis, error))
    return FALSE;
  if (in->dims[axis] == 0)
    return why_node_error (infer->node, error, _ ("axis %d is empty"), axis);
  infer->out[0]->dtype = WHY_DTYPE_INT64;
  *out = (WhyShape){ 0 };
  for (gint i = 0; i < in->rank; i++)
    if (i != axis)
      out->dims[out->rank++] = in->dims[i];
    else if (keep)
      out->dims[out->rank++] = 1;
  return TRUE;
}

/* Whether element i of a tensor beats element j. */
static gboolean
beats (const WhyTensor *in, gint64 i, gint64 j, gint sign, gboolean last)
{
  gint order = in->dtype == WHY_DTYPE_INT64
                   ? (in->i64[i] > in->i64[j]) - (in->i64[i] < in->i64[j])
                   : (in->real[i] > in->real[j]) - (in->real[i] < in->real[j]);

  return order * sign > 0 || (order == 0 && last);
}

void
why_arg_extremum_forward (const WhyRun *run, gint sign)
{
  const WhyTensor *in = run->in[0];
  gint axis = why_axis (why_node_int (run->node, "axis", 0), in->shape.rank);
  gboolean last = why_node_int (run->node, "select_last_index", 0) != 0;
  gint64 extent = in->shape.dims[axis];
  gint64 inner = why_shape_span (&in->shape, axis + 1, in->shape.rank);

  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    {
      gint64 base = i / inner * extent * inner + i % inner, best = 0;
      for (gint64 k = 1; k < extent; k++)
        if (beats (in, base + k * inner, base + best * inner, sign, last))
          best = k;
      run->out[0]->i64[i] = best;
    }
}
