/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Abs; its derivative at 0 is 0. */
#include "ops/unary.h"

static inline WhyReal
abs_f (WhyReal x, const WhyReal *p)
{
  return fabs (x);
}

static inline WhyReal
abs_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return (WhyReal)((x > 0) - (x < 0));
}

static gint64
abs_i (gint64 x)
{
  return x < 0 ? (gint64)(0 - (guint64)x) : x;
}

WHY_DEFINE_UNARY (abs, why_unary_no_parameters)
WHY_DEFINE_UNARY_ANY (abs)

const WhyOp why_op_abs = { .name = "Abs",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .infer = why_unary_infer_any,
                           .forward = abs_forward_any,
                           .backward = abs_backward,
                           .rescale = abs_rescale,
                           .relevance_kind = WHY_RELEVANCE_PASS,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
