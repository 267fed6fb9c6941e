/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erf: the error function, 2/√π ∫₀ˣ exp (-t²) dt. */
#include "ops/unary.h"

static inline WhyReal
erf_f (WhyReal x, const WhyReal *p)
{
  return erf (x);
}

static inline WhyReal
erf_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return (WhyReal)M_2_SQRTPI * exp (-x * x);
}

WHY_DEFINE_UNARY (erf, why_unary_no_parameters)

const WhyOp why_op_erf = { .name = "Erf", .since = 9, WHY_UNARY_ROW (erf) };
