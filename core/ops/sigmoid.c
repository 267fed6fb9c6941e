/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sigmoid: 1 / (1 + e⁻ˣ). */
#include "ops/unary.h"

static inline WhyReal
sigmoid_f (WhyReal x, const WhyReal *p)
{
  return 1 / (1 + exp (-x));
}

static inline WhyReal
sigmoid_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return y * (1 - y);
}

WHY_DEFINE_UNARY (sigmoid, why_unary_no_parameters)

const WhyOp why_op_sigmoid = { .name = "Sigmoid", .since = 1, WHY_UNARY_ROW (sigmoid) };
