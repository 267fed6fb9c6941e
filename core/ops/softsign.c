/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softsign: x / (1 + |x|). */
#include "ops/unary.h"

static inline WhyReal
softsign_f (WhyReal x, const WhyReal *p)
{
  return x / (1 + fabs (x));
}

static inline WhyReal
softsign_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  WhyReal q = 1 + fabs (x);

  return 1 / (q * q);
}

WHY_DEFINE_UNARY (softsign, why_unary_no_parameters)

const WhyOp why_op_softsign = { .name = "Softsign", .since = 1, WHY_UNARY_ROW (softsign) };
