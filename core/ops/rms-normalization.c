/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RMSNormalization: as LayerNormalization, around 0 and without bias (1910.07467). */
#include "ops/normalise.h"

static gboolean
rms_normalization_read (const WhyInfer *infer, WhyNormalise *plan, GError **error)
{
  return why_normalise_read_last (infer, FALSE, -1, plan, error);
}

WHY_DEFINE_NORMALISE (rms_normalization)

const WhyOp why_op_rms_normalization = { .name = "RMSNormalization",
                                         .since = 23,
                                         .min_inputs = 2,
                                         .max_inputs = 2,
                                         WHY_NORMALISE_ROW (rms_normalization) };
