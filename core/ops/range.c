/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Range: start, start + delta, … below limit. */
#include "ops/arguments.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static gboolean
range_infer (const WhyInfer *infer, GError **error)
{
  const WhyTensor *v[3];
  gdouble n;

  for (gint i = 0; i < 3; i++)
    {
      if (!why_infer_constant (infer, i, &v[i], error))
        return FALSE;
      if (v[i]->dtype != v[0]->dtype || why_tensor_numel (v[i]) != 1)
        return why_node_error (infer->node, error, _ ("three numbers of one type are meant"));
    }
  n = ceil ((why_tensor_get (v[1], 0) - why_tensor_get (v[0], 0)) / why_tensor_get (v[2], 0));
  if (!(n < G_MAXINT32))
    return why_node_error (infer->node, error, _ ("its range has no end"));
  infer->out[0]->dtype = v[0]->dtype;
  infer->out[0]->shape = WHY_SHAPE (MAX ((gint64)n, 0));
  return TRUE;
}

static void
range_forward (const WhyRun *run)
{
  WhyTensor *out = run->out[0];
  gint64 n = why_tensor_numel (out);

  for (gint64 i = 0; i < n; i++)
    if (out->dtype == WHY_DTYPE_INT64)
      out->i64[i] = run->in[0]->i64[0] + i * run->in[2]->i64[0];
    else
      out->real[i] = run->in[0]->real[0] + (WhyReal)i * run->in[2]->real[0];
}

const WhyOp why_op_range = { .name = "Range",
                             .since = 11,
                             .min_inputs = 3,
                             .max_inputs = 3,
                             .infer = range_infer,
                             .forward = range_forward };
