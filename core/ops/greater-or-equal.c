/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GreaterOrEqual. */
#include "ops/binary.h"

static inline WhyReal
greater_or_equal_f (WhyReal a, WhyReal b)
{
  return a >= b;
}

static inline WhyReal
greater_or_equal_i (gint64 a, gint64 b)
{
  return a >= b;
}

WHY_DEFINE_COMPARISON (greater_or_equal)

const WhyOp why_op_greater_or_equal
    = { .name = "GreaterOrEqual", .since = 1, WHY_COMPARISON_ROW (greater_or_equal) };
