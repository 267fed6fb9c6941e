/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floor. */
#include "ops/unary.h"

static inline WhyReal
floor_f (WhyReal x, const WhyReal *p)
{
  return floor (x);
}

WHY_DEFINE_UNARY_FORWARD (floor, why_unary_no_parameters)

const WhyOp why_op_floor = { .name = "Floor", .since = 1, WHY_UNARY_STEP_ROW (floor) };
