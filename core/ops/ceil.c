/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ceil. */
#include "ops/unary.h"

static inline WhyReal
ceil_f (WhyReal x, const WhyReal *p)
{
  return ceil (x);
}

WHY_DEFINE_UNARY_FORWARD (ceil, why_unary_no_parameters)

const WhyOp why_op_ceil = { .name = "Ceil", .since = 1, WHY_UNARY_STEP_ROW (ceil) };
