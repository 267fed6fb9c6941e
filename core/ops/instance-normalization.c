/* SPDX-License-Identifier: GPL-3.0-or-later */
/* InstanceNormalization: every plane of every picture by itself (1607.08022). */
#include "ops/check.h"
#include "ops/normalise.h"

static gboolean
instance_normalization_read (const WhyInfer *infer, WhyNormalise *plan, GError **error)
{
  const WhyShape *x;

  if (!why_check_input (infer, 0, "input", 3, WHY_MAX_RANK, error))
    return FALSE;
  x = &infer->in[0]->shape;
  if (!why_check_vector (infer, 1, "scale", x->dims[1], error)
      || !why_check_vector (infer, 2, "B", x->dims[1], error))
    return FALSE;
  *plan = (WhyNormalise){ .groups = x->dims[0] * x->dims[1],
                          .n = why_shape_span (x, 2, x->rank),
                          .segment = why_shape_span (x, 2, x->rank),
                          .count = x->dims[1],
                          .epsilon = why_node_float (infer->node, "epsilon", 1e-5),
                          .centred = TRUE,
                          .scale = 1,
                          .bias = 2,
                          .axis = 2 };
  return TRUE;
}

WHY_DEFINE_NORMALISE (instance_normalization)

const WhyOp why_op_instance_normalization = { .name = "InstanceNormalization",
                                              .since = 6,
                                              .min_inputs = 3,
                                              .max_inputs = 3,
                                              .picture = TRUE,
                                              WHY_NORMALISE_ROW (instance_normalization) };
