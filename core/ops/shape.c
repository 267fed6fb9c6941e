/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shape: the extents of a tensor, from start to end (opset 15). Always a constant of the plan. */
#include "ops/op.h"

static gboolean
shape_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gint64 start = why_node_int (infer->node, "start", 0);
  gint64 end = why_node_int (infer->node, "end", in->rank);
  WhyTensor *tensor;

  start = CLAMP (start < 0 ? start + in->rank : start, 0, in->rank);
  end = CLAMP (end < 0 ? end + in->rank : end, start, in->rank);
  infer->out[0]->dtype = WHY_DTYPE_INT64;
  infer->out[0]->shape = WHY_SHAPE (end - start);
  tensor = why_tensor_new (WHY_DTYPE_INT64, &infer->out[0]->shape);
  for (gint64 i = start; i < end; i++)
    tensor->i64[i - start] = in->dims[i];
  infer->out[0]->constant = tensor;
  return TRUE;
}

/* Never runs: infer has the answer. */
static void
shape_forward (const WhyRun *run)
{
}

const WhyOp why_op_shape = { .name = "Shape",
                             .since = 1,
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .infer = shape_infer,
                             .forward = shape_forward };
