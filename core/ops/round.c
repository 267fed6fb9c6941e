/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Round: to the nearest, halves to even. */
#include "ops/unary.h"

static inline WhyReal
round_f (WhyReal x, const WhyReal *p)
{
  return rint (x);
}

WHY_DEFINE_UNARY_FORWARD (round, why_unary_no_parameters)

const WhyOp why_op_round = { .name = "Round", .since = 1, WHY_UNARY_STEP_ROW (round) };
