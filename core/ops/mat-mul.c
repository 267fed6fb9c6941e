/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MatMul: numpy.matmul, with gradients for both operands. */
#include "ops/check.h"
#include "ops/mat-mul-common.h"

static gboolean
mat_mul_infer (const WhyInfer *infer, GError **error)
{
  WhyMatMul plan;
  WhyShape shape;

  if (!why_matmul_read (infer, 0, 1, &plan, &shape, error))
    return FALSE;
  why_matmul_clear (&plan);
  why_set_output (infer, &shape);
  return TRUE;
}

static gpointer
mat_mul_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyMatMul *plan = g_new0 (WhyMatMul, 1);
  WhyShape shape;

  why_matmul_read (infer, 0, 1, plan, &shape, NULL);
  return plan;
}

static void
mat_mul_unprepare (gpointer plan)
{
  why_matmul_clear (plan);
  g_free (plan);
}

static guint64
mat_mul_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_matmul_macs (infer, 0);
}

const WhyOp why_op_mat_mul = {
  .name = "MatMul",
  .since = 1,
  .min_inputs = 2,
  .max_inputs = 2,
  .infer = mat_mul_infer,
  .prepare = mat_mul_prepare,
  .unprepare = mat_mul_unprepare,
  .forward = why_matmul_forward,
  .backward = why_matmul_backward,
  .overwrites = TRUE,
  .rescale = why_matmul_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = why_matmul_relevance,
  .macs = mat_mul_macs,
};

static void
biased_mat_mul_forward (const WhyRun *run)
{
  why_matmul_forward_biased (run, run->in[2]->real);
}

const WhyOp why_op_biased_mat_mul = {
  .name = "MatMul + Add",
  .min_inputs = 3,
  .max_inputs = 3,
  .prepare = mat_mul_prepare,
  .unprepare = mat_mul_unprepare,
  .forward = biased_mat_mul_forward,
  .backward = why_matmul_backward,
  .overwrites = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .macs = mat_mul_macs,
};
