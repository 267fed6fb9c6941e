/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neg. */
#include "ops/unary.h"

static inline WhyReal
neg_f (WhyReal x, const WhyReal *p)
{
  return -x;
}

static inline WhyReal
neg_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return -1;
}

static gint64
neg_i (gint64 x)
{
  return (gint64)(0 - (guint64)x);
}

WHY_DEFINE_UNARY (neg, why_unary_no_parameters)
WHY_DEFINE_UNARY_ANY (neg)

const WhyOp why_op_neg = { .name = "Neg",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .infer = why_unary_infer_any,
                           .forward = neg_forward_any,
                           .backward = neg_backward,
                           .rescale = neg_rescale,
                           .relevance_kind = WHY_RELEVANCE_PASS,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
