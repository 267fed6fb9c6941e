/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log: natural logarithm. */
#include "ops/unary.h"

static inline WhyReal
log_f (WhyReal x, const WhyReal *p)
{
  return log (x);
}

static inline WhyReal
log_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return 1 / x;
}

WHY_DEFINE_UNARY (log, why_unary_no_parameters)

const WhyOp why_op_log = { .name = "Log", .since = 1, WHY_UNARY_ROW (log) };
