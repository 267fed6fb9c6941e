/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Xor: of bool. */
#include "ops/binary.h"

static inline WhyReal
xor_f (WhyReal a, WhyReal b)
{
  return (a != 0) != (b != 0);
}

static inline WhyReal
xor_i (gint64 a, gint64 b)
{
  return (a != 0) != (b != 0);
}

WHY_DEFINE_COMPARISON (xor)

const WhyOp why_op_xor = { .name = "Xor", .since = 1, WHY_COMPARISON_ROW (xor) };
