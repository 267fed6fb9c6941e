/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tanh. */
#include "ops/unary.h"

static inline WhyReal
tanh_f (WhyReal x, const WhyReal *p)
{
  return tanh (x);
}

static inline WhyReal
tanh_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return 1 - y * y;
}

WHY_DEFINE_UNARY (tanh, why_unary_no_parameters)

const WhyOp why_op_tanh = { .name = "Tanh", .since = 1, WHY_UNARY_ROW (tanh) };
