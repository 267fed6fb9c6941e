/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IsNaN: exporters guard attention with it. */
#include "ops/unary.h"

static inline WhyReal
is_nan_f (WhyReal x, const WhyReal *p)
{
  return x != x ? 1 : 0;
}

WHY_DEFINE_UNARY_FORWARD (is_nan, why_unary_no_parameters)

static gboolean
is_nan_infer (const WhyInfer *infer, GError **error)
{
  if (!why_unary_infer (infer, error))
    return FALSE;
  infer->out[0]->dtype = WHY_DTYPE_BOOL;
  return TRUE;
}

const WhyOp why_op_is_nan = { .name = "IsNaN",
                              .since = 9,
                              .min_inputs = 1,
                              .max_inputs = 1,
                              .infer = is_nan_infer,
                              .forward = is_nan_forward,
                              .region_forward = why_region_same,
                              .region_backward = why_region_same };
