/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LayerNormalization: all axes from `axis` on (1607.06450). */
#include "ops/normalise.h"

static gboolean
layer_normalization_read (const WhyInfer *infer, WhyNormalise *plan, GError **error)
{
  return why_normalise_read_last (infer, TRUE, 2, plan, error);
}

WHY_DEFINE_NORMALISE (layer_normalization)

const WhyOp why_op_layer_normalization = { .name = "LayerNormalization",
                                           .since = 17,
                                           .min_inputs = 2,
                                           .max_inputs = 3,
                                           WHY_NORMALISE_ROW (layer_normalization) };
