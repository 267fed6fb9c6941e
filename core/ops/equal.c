/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Equal. */
#include "ops/binary.h"

static inline WhyReal
equal_f (WhyReal a, WhyReal b)
{
  return a == b;
}

static inline WhyReal
equal_i (gint64 a, gint64 b)
{
  return a == b;
}

WHY_DEFINE_COMPARISON (equal)

const WhyOp why_op_equal = { .name = "Equal", .since = 1, WHY_COMPARISON_ROW (equal) };
