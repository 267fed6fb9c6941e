/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MatMulInteger: product of quantised matrices to int32. */
#include "ops/integer-mat-mul.h"

#include <string.h>

static gboolean
mat_mul_integer_infer (const WhyInfer *infer, GError **error)
{
  WhyIntegerMatMul plan;

  if (!why_integer_mat_mul_read (infer, 0, 1, 2, 3, &plan, error))
    return FALSE;
  infer->out[0]->dtype = WHY_DTYPE_INT32;
  infer->out[0]->shape = plan.y_shape;
  why_matmul_clear (&plan.product);
  return TRUE;
}

static gpointer
mat_mul_integer_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyIntegerMatMul *plan = g_new (WhyIntegerMatMul, 1);

  why_integer_mat_mul_read (infer, 0, 1, 2, 3, plan, NULL);
  return plan;
}

static void
mat_mul_integer_unprepare (gpointer data)
{
  WhyIntegerMatMul *plan = data;

  why_matmul_clear (&plan->product);
  g_free (plan);
}

static gsize
mat_mul_integer_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyIntegerMatMul plan;
  gsize bytes;

  why_integer_mat_mul_read (infer, 0, 1, 2, 3, &plan, NULL);
  bytes = why_integer_mat_mul_scratch (&plan, threads);
  why_matmul_clear (&plan.product);
  return bytes;
}

static void
mat_mul_integer_forward (const WhyRun *run)
{
  WhyInnerMatMul inner;

  why_integer_mat_mul_inner (run, &inner);
  why_integer_mat_mul_sums (&inner);
  memcpy (run->out[0]->real, inner.y.real,
          (gsize)why_tensor_numel (run->out[0]) * sizeof (WhyReal));
}

static void
mat_mul_integer_backward (const WhyRun *run)
{
  WhyInnerMatMul inner;

  why_integer_mat_mul_inner (run, &inner);
  why_matmul_backward (&inner.run);
}

static void
mat_mul_integer_rescale (const WhyRun *run)
{
  WhyInnerMatMul inner;

  why_integer_mat_mul_inner (run, &inner);
  why_matmul_rescale (&inner.run);
}

static void
mat_mul_integer_relevance (const WhyRun *run)
{
  WhyInnerMatMul inner;

  why_integer_mat_mul_inner (run, &inner);
  inner.out[0] = run->out[0];
  why_matmul_relevance (&inner.run);
}

static guint64
mat_mul_integer_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_matmul_macs (infer, 0);
}

const WhyOp why_op_mat_mul_integer = {
  .name = "MatMulInteger",
  .since = 10,
  .min_inputs = 2,
  .max_inputs = 4,
  .infer = mat_mul_integer_infer,
  .prepare = mat_mul_integer_prepare,
  .unprepare = mat_mul_integer_unprepare,
  .scratch = mat_mul_integer_scratch,
  .forward = mat_mul_integer_forward,
  .backward = mat_mul_integer_backward,
  .rescale = mat_mul_integer_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = mat_mul_integer_relevance,
  .macs = mat_mul_integer_macs,
};
