/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConstantOfShape: a tensor of the shape in input 0, filled with one value (0 by default). */
#include "ops/arguments.h"

#include <glib/gi18n-lib.h>

static gboolean
constant_of_shape_infer (const WhyInfer *infer, GError **error)
{
  const WhyAttr *value = why_node_attr (infer->node, "value");
  WhyShape *out = &infer->out[0]->shape;
  WhyInts extents;

  if (!why_infer_ints (infer, NULL, 0, &extents, error))
    return FALSE;
  if (extents.n > WHY_MAX_RANK || (value && (!value->t || why_tensor_numel (value->t) != 1)))
    return why_node_error (infer->node, error,
                           _ ("a rank over %d, or a value that is not one number"), WHY_MAX_RANK);
  infer->out[0]->dtype = value ? value->t->dtype : WHY_DTYPE_FLOAT;
  *out = (WhyShape){ .rank = extents.n };
  for (gint i = 0; i < extents.n; i++)
    out->dims[i] = extents.v[i];
  return TRUE;
}

static void
constant_of_shape_forward (const WhyRun *run)
{
  const WhyAttr *value = why_node_attr (run->node, "value");
  gint64 n = why_tensor_numel (run->out[0]);

  for (gint64 i = 0; i < n; i++)
    if (run->out[0]->dtype == WHY_DTYPE_INT64)
      run->out[0]->i64[i] = value ? value->t->i64[0] : 0;
    else
      run->out[0]->real[i] = value ? value->t->real[0] : 0;
}

const WhyOp why_op_constant_of_shape = { .name = "ConstantOfShape",
                                         .since = 9,
                                         .min_inputs = 1,
                                         .max_inputs = 1,
                                         .infer = constant_of_shape_infer,
                                         .forward = constant_of_shape_forward };
