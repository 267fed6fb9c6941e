/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greater. */
#include "ops/binary.h"

static inline WhyReal
greater_f (WhyReal a, WhyReal b)
{
  return a > b;
}

static inline WhyReal
greater_i (gint64 a, gint64 b)
{
  return a > b;
}

WHY_DEFINE_COMPARISON (greater)

const WhyOp why_op_greater = { .name = "Greater", .since = 1, WHY_COMPARISON_ROW (greater) };
