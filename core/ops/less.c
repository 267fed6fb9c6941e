/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Less. */
#include "ops/binary.h"

static inline WhyReal
less_f (WhyReal a, WhyReal b)
{
  return a < b;
}

static inline WhyReal
less_i (gint64 a, gint64 b)
{
  return a < b;
}

WHY_DEFINE_COMPARISON (less)

const WhyOp why_op_less = { .name = "Less", .since = 1, WHY_COMPARISON_ROW (less) };
