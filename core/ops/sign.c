/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sign: −1, 0 or 1. */
#include "ops/unary.h"

static inline WhyReal
sign_f (WhyReal x, const WhyReal *p)
{
  return (WhyReal)((x > 0) - (x < 0));
}

static gint64
sign_i (gint64 x)
{
  return (x > 0) - (x < 0);
}

WHY_DEFINE_UNARY_FORWARD (sign, why_unary_no_parameters)
WHY_DEFINE_UNARY_ANY (sign)

const WhyOp why_op_sign = { .name = "Sign",
                            .since = 1,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .infer = why_unary_infer_any,
                            .forward = sign_forward_any,
                            .relevance_kind = WHY_RELEVANCE_PASS,
                            .region_forward = why_region_same,
                            .region_backward = why_region_same };
