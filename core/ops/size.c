/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Size: the number of elements. Always a constant of the plan. */
#include "ops/op.h"

static gboolean
size_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape scalar = { 0 };

  infer->out[0]->dtype = WHY_DTYPE_INT64;
  infer->out[0]->shape = scalar;
  infer->out[0]->constant = why_tensor_new (WHY_DTYPE_INT64, &scalar);
  infer->out[0]->constant->i64[0] = why_shape_numel (&infer->in[0]->shape);
  return TRUE;
}

/* Never runs: infer has the answer. */
static void
size_forward (const WhyRun *run)
{
}

const WhyOp why_op_size = { .name = "Size",
                            .since = 1,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .infer = size_infer,
                            .forward = size_forward };
