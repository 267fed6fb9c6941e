/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erf: the error function, 2/√π ∫₀ˣ exp (-t²) dt. */
#include "kernels/kernels.h"
#include "ops/unary.h"

static void
erf_forward_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyUnaryCall *c = data;

  (why_kernels ()->erf) (c->x + begin, c->out + begin, end - begin); /* not tgmath's macro */
}

static void
erf_forward (const WhyRun *run)
{
  why_unary_forward (run, why_unary_no_parameters, erf_forward_range);
}

static inline WhyReal
erf_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return (WhyReal)M_2_SQRTPI * exp (-x * x);
}

WHY_DEFINE_UNARY_BACKWARD (erf, why_unary_no_parameters)
WHY_DEFINE_UNARY_RESCALE (erf, why_unary_no_parameters)

const WhyOp why_op_erf = { .name = "Erf", .since = 9, WHY_UNARY_ROW (erf) };
