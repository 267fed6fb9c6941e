/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QLinearMatMul: product of quantised matrices to quantised numbers,
 * y = saturate (round (Σ a b · a_scale · b_scale / y_scale) + y_zero_point).
 */
#include "ops/check.h"
#include "ops/elementwise.h"
#include "ops/integer-mat-mul.h"

#include <glib/gi18n-lib.h>

enum
{
  A,
  A_SCALE,
  A_ZERO,
  B,
  B_SCALE,
  B_ZERO,
  Y_SCALE,
  Y_ZERO
};

typedef struct
{
  WhyIntegerMatMul integer; /* first: why_integer_mat_mul_inner() reads it */
  WhyRange range;
} Plan;

static gboolean
check_scales (const WhyInfer *infer, Plan *plan, GError **error)
{
  if (!why_check_scalar_or_vector (infer, A_SCALE, "a_scale", plan->integer.rows, error)
      || !why_check_scalar_or_vector (infer, B_SCALE, "b_scale", plan->integer.product.columns,
                                      error)
      || !why_check_scalar (infer, Y_SCALE, "y_scale", error)
      || !why_check_scalar (infer, Y_ZERO, "y_zero_point", error))
    return FALSE;
  if (!why_quantised_range (infer->in[Y_ZERO]->dtype, FALSE, &plan->range))
    return why_node_unsupported (infer->node, error, _ ("quantisation to %s"),
                                 why_dtype_name (infer->in[Y_ZERO]->dtype));
  return TRUE;
}

static gboolean
q_linear_mat_mul_read (const WhyInfer *infer, Plan *plan, GError **error)
{
  if (!why_integer_mat_mul_read (infer, A, B, A_ZERO, B_ZERO, &plan->integer, error))
    return FALSE;
  if (check_scales (infer, plan, error))
    return TRUE;
  why_matmul_clear (&plan->integer.product);
  return FALSE;
}

static gboolean
q_linear_mat_mul_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;

  if (!q_linear_mat_mul_read (infer, &plan, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[Y_ZERO]->dtype;
  infer->out[0]->shape = plan.integer.y_shape;
  why_matmul_clear (&plan.integer.product);
  return TRUE;
}

static gpointer
q_linear_mat_mul_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);

  q_linear_mat_mul_read (infer, plan, NULL);
  return plan;
}

static void
q_linear_mat_mul_unprepare (gpointer data)
{
  Plan *plan = data;

  why_matmul_clear (&plan->integer.product);
  g_free (plan);
}

static gsize
q_linear_mat_mul_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  Plan plan;
  gsize bytes;

  q_linear_mat_mul_read (infer, &plan, NULL);
  bytes = why_integer_mat_mul_scratch (&plan.integer, threads);
  why_matmul_clear (&plan.integer.product);
  return bytes;
}

static WhyReal
scale_at (const WhyTensor *scale, gint64 i)
{
  return scale->real[why_tensor_numel (scale) == 1 ? 0 : i];
}

/* From whole numbers to units of y: rows of A by their scale, columns of B by theirs and y's. */
static WhyReal
unit_a (const WhyRun *run, gint64 i)
{
  const WhyIntegerMatMul *p = run->plan;

  return scale_at (run->in[A_SCALE], i / p->product.inner % p->rows);
}

static WhyReal
unit_b (const WhyRun *run, gint64 i)
{
  const WhyIntegerMatMul *p = run->plan;

  return scale_at (run->in[B_SCALE], i % p->product.columns) / run->in[Y_SCALE]->real[0];
}

static void
scale_operands (const WhyRun *run, WhyInnerMatMul *inner)
{
  for (gint64 i = 0; i < why_tensor_numel (&inner->a); i++)
    inner->a.real[i] *= unit_a (run, i);
  for (gint64 i = 0; i < why_tensor_numel (&inner->b); i++)
    inner->b.real[i] *= unit_b (run, i);
}

/* The exact values in units of y, before rounding, in inner->y. */
static void
exact_values (const WhyRun *run, WhyInnerMatMul *inner)
{
  const WhyIntegerMatMul *p = run->plan;

  why_integer_mat_mul_inner (run, inner);
  why_integer_mat_mul_sums (inner);
  for (gint64 i = 0; i < why_tensor_numel (&inner->y); i++)
    inner->y.real[i] *= scale_at (run->in[A_SCALE], i / p->product.columns % p->rows)
                        * scale_at (run->in[B_SCALE], i % p->product.columns)
                        / run->in[Y_SCALE]->real[0];
  scale_operands (run, inner);
}

static void
q_linear_mat_mul_forward (const WhyRun *run)
{
  const Plan *plan = run->plan;
  WhyInnerMatMul inner;

  exact_values (run, &inner);
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    run->out[0]->real[i] = why_quantise (inner.y.real[i], run->in[Y_ZERO]->real[0], &plan->range);
}

/* Straight through the rounding, where it does not saturate. */
static WhyReal
passes (const WhyRun *run, WhyReal value)
{
  const Plan *plan = run->plan;

  return why_in_range (value, run->in[Y_ZERO]->real[0], &plan->range) ? 1 : 0;
}

/* Runs MatMul's callback on the operands in units of y and takes its gradients, of g, back to those
 * of whole numbers. */
static void
pull_back (const WhyRun *run, WhyInnerMatMul *inner, const WhyReal *g,
           void (*callback) (const WhyRun *run))
{
  gint64 n_a = why_tensor_numel (&inner->a), n_b = why_tensor_numel (&inner->b);
  g_autofree WhyReal *a = run->grad_in[A] != NULL ? g_new0 (WhyReal, n_a) : NULL;
  g_autofree WhyReal *b = run->grad_in[B] != NULL ? g_new0 (WhyReal, n_b) : NULL;

  inner->grad_out[0] = g;
  inner->grad_in[0] = a;
  inner->grad_in[1] = b;
  callback (&inner->run);
  for (gint64 i = 0; a != NULL && i < n_a; i++)
    run->grad_in[A][i] += a[i] * unit_a (run, i);
  for (gint64 i = 0; b != NULL && i < n_b; i++)
    run->grad_in[B][i] += b[i] * unit_b (run, i);
}

static void
q_linear_mat_mul_backward (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->out[0]);
  g_autofree WhyReal *g = g_new (WhyReal, n);
  WhyInnerMatMul inner;

  exact_values (run, &inner);
  for (gint64 i = 0; i < n; i++)
    g[i] = run->grad_out[0][i] * passes (run, inner.y.real[i]);
  pull_back (run, &inner, g, why_matmul_backward);
}

static void
q_linear_mat_mul_rescale (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->out[0]), half = n / 2;
  g_autofree WhyReal *g = g_new0 (WhyReal, n);
  WhyInnerMatMul inner;

  exact_values (run, &inner);
  for (gint64 i = 0; i < half; i++)
    {
      WhyReal z = inner.y.real[i], dz = z - inner.y.real[i + half];
      WhyReal dy = run->out[0]->real[i] - run->out[0]->real[i + half];
      g[i] = run->grad_out[0][i] * (fabs (dz) < WHY_RESCALE_TINY ? passes (run, z) : dy / dz);
    }
  pull_back (run, &inner, g, why_matmul_rescale);
}

static void
q_linear_mat_mul_relevance (const WhyRun *run)
{
  WhyInnerMatMul inner;

  exact_values (run, &inner);
  why_matmul_relevance (&inner.run);
}

static guint64
q_linear_mat_mul_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_matmul_macs (infer, A);
}

const WhyOp why_op_q_linear_mat_mul = {
  .name = "QLinearMatMul",
  .since = 10,
  .min_inputs = 8,
  .max_inputs = 8,
  .infer = q_linear_mat_mul_infer,
  .prepare = q_linear_mat_mul_prepare,
  .unprepare = q_linear_mat_mul_unprepare,
  .scratch = q_linear_mat_mul_scratch,
  .forward = q_linear_mat_mul_forward,
  .backward = q_linear_mat_mul_backward,
  .rescale = q_linear_mat_mul_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = q_linear_mat_mul_relevance,
  .macs = q_linear_mat_mul_macs,
};
