/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Or: of bool. */
#include "ops/binary.h"

static inline WhyReal
or_f (WhyReal a, WhyReal b)
{
  return a != 0 || b != 0;
}

static inline WhyReal
or_i (gint64 a, gint64 b)
{
  return a != 0 || b != 0;
}

WHY_DEFINE_COMPARISON (or)

const WhyOp why_op_or = { .name = "Or", .since = 1, WHY_COMPARISON_ROW (or) };
