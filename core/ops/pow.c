/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pow: base to the exponent, in the base's type; the exponent may have another. */
#include "ops/binary.h"
#include "ops/signal.h"

static inline WhyReal
pow_f (WhyReal a, WhyReal b)
{
  return b == 2 ? a * a : pow (a, b);
}

static inline gint64
pow_i (gint64 a, WhyReal b)
{
  return (gint64)pow ((gdouble)a, (gdouble)b);
}

static inline WhyReal
pow_da (WhyReal a, WhyReal b)
{
  return b == 2 ? 2 * a : b == 0 ? 0 : b * pow (a, b - 1);
}

static inline WhyReal
pow_db (WhyReal a, WhyReal b)
{
  return a > 0 ? pow (a, b) * log (a) : 0;
}

WHY_BINARY_ROW (pow_row, pow_f, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (pow_row_int, pow_i, gint64, WhyReal, gint64)
WHY_BINARY_GRADIENT_ROW (pow_row_da, pow_da)
WHY_BINARY_GRADIENT_ROW (pow_row_db, pow_db)

static const WhyBinaryFormula pow_formula
    = { pow_f, { pow_da, pow_db }, { pow_row_da, pow_row_db }, { FALSE, FALSE } };

/* An int64 exponent as WhyReal, so that one formula does for all. */
static WhyTensor *
real_exponent (const WhyTensor *exponent)
{
  WhyTensor *real;

  if (exponent->dtype != WHY_DTYPE_INT64)
    return NULL;
  real = why_tensor_new (WHY_DTYPE_FLOAT, &exponent->shape);
  for (gint64 i = 0; i < why_tensor_numel (exponent); i++)
    real->real[i] = (WhyReal)exponent->i64[i];
  return real;
}

typedef void (*PowFunc) (const WhyRun *run);

static void
with_real_exponent (const WhyRun *run, PowFunc func)
{
  g_autoptr (WhyTensor) exponent = real_exponent (run->in[1]);
  const WhyTensor *in[] = { run->in[0], exponent ? exponent : run->in[1] };
  WhyRun real = *run;

  real.in = in;
  func (&real);
}

static void
forward_real (const WhyRun *run)
{
  why_binary_run (run, run->in[0]->dtype == WHY_DTYPE_INT64 ? pow_row_int : pow_row);
}

static void
backward_real (const WhyRun *run)
{
  why_binary_backward (run, pow_formula.row);
}

static void
rescale_real (const WhyRun *run)
{
  why_binary_rescale (run, &pow_formula);
}

static void
pow_forward (const WhyRun *run)
{
  with_real_exponent (run, forward_real);
}

static void
pow_backward (const WhyRun *run)
{
  with_real_exponent (run, backward_real);
}

static void
pow_rescale (const WhyRun *run)
{
  with_real_exponent (run, rescale_real);
}

const WhyOp why_op_pow = { .name = "Pow",
                           .since = 1,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_infer_broadcast,
                           .prepare = why_prepare_first,
                           .forward = pow_forward,
                           .backward = pow_backward,
                           .rescale = pow_rescale,
                           .relevance_kind = WHY_RELEVANCE_OWN,
                           .relevance = why_relevance_signal,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
