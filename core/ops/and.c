/* SPDX-License-Identifier: GPL-3.0-or-later */
/* And: of bool. */
#include "ops/binary.h"

static inline WhyReal
and_f (WhyReal a, WhyReal b)
{
  return a != 0 && b != 0;
}

static inline WhyReal
and_i (gint64 a, gint64 b)
{
  return a != 0 && b != 0;
}

WHY_DEFINE_COMPARISON (and)

const WhyOp why_op_and = { .name = "And", .since = 1, WHY_COMPARISON_ROW (and) };
