/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LessOrEqual. */
#include "ops/binary.h"

static inline WhyReal
less_or_equal_f (WhyReal a, WhyReal b)
{
  return a <= b;
}

static inline WhyReal
less_or_equal_i (gint64 a, gint64 b)
{
  return a <= b;
}

WHY_DEFINE_COMPARISON (less_or_equal)

const WhyOp why_op_less_or_equal
    = { .name = "LessOrEqual", .since = 1, WHY_COMPARISON_ROW (less_or_equal) };
