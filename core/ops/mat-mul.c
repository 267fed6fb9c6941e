/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MatMul: numpy.matmul, with gradients for both operands. */
#include "ops/check.h"
#include "ops/linear.h"
#include "ops/mat-mul-common.h"
#include "ops/midpoint.h"

#include <string.h>

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

static void
add_product (const WhyMatMul *p, const WhyReal *a, const WhyReal *b, WhyReal *y, WhyPool *pool)
{
  WhyGemm gemm = { .rows = p->rows,
                   .columns = p->columns,
                   .inner = p->inner,
                   .lda = p->inner,
                   .ldb = p->columns,
                   .ldc = p->columns,
                   .alpha = 1,
                   .batch = p->batch,
                   .a_at = p->a_at,
                   .b_at = p->b_at,
                   .c_at = p->y_at };
  why_gemm_run (&gemm, a, b, y, pool);
}

/* ga += gy · B' */
static void
add_gradient_a (const WhyMatMul *p, const WhyReal *gy, const WhyReal *b, WhyReal *ga, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_b = TRUE,
                   .rows = p->rows,
                   .columns = p->inner,
                   .inner = p->columns,
                   .lda = p->columns,
                   .ldb = p->columns,
                   .ldc = p->inner,
                   .alpha = 1,
                   .batch = p->batch,
                   .a_at = p->y_at,
                   .b_at = p->b_at,
                   .c_at = p->a_at,
                   .shared_c = p->a_repeats };
  why_gemm_run (&gemm, gy, b, ga, pool);
}

/* gb += A' · gy */
static void
add_gradient_b (const WhyMatMul *p, const WhyReal *a, const WhyReal *gy, WhyReal *gb, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_a = TRUE,
                   .rows = p->inner,
                   .columns = p->columns,
                   .inner = p->rows,
                   .lda = p->inner,
                   .ldb = p->columns,
                   .ldc = p->columns,
                   .alpha = 1,
                   .batch = p->batch,
                   .a_at = p->a_at,
                   .b_at = p->y_at,
                   .c_at = p->b_at,
                   .shared_c = p->b_repeats };
  why_gemm_run (&gemm, a, gy, gb, pool);
}

static void
mat_mul_forward (const WhyRun *run)
{
  WhyReal *y = run->out[0]->real;

  memset (y, 0, (gsize)why_tensor_numel (run->out[0]) * sizeof (WhyReal));
  add_product (run->plan, run->in[0]->real, run->in[1]->real, y, run->pool);
}

static void
mat_mul_backward (const WhyRun *run)
{
  const WhyReal *gy = run->grad_out[0];

  if (run->grad_in[0] != NULL)
    add_gradient_a (run->plan, gy, run->in[1]->real, run->grad_in[0], run->pool);
  if (run->grad_in[1] != NULL)
    add_gradient_b (run->plan, run->in[0]->real, gy, run->grad_in[1], run->pool);
}

static void
mat_mul_rescale (const WhyRun *run)
{
  const WhyMatMul *plan = run->plan;

  if (plan->a_constant || plan->b_constant)
    mat_mul_backward (run);
  else
    why_midpoint_backward (run, mat_mul_backward);
}

/* Callbacks for a constant B, and for a constant A: whichever it is, it comes as w. */
static void
forward_b (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  memset (y, 0, (gsize)why_tensor_numel (run->out[0]) * sizeof (WhyReal));
  add_product (run->plan, x, w, y, run->pool);
}

static void
forward_a (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  forward_b (run, w, x, y);
}

static void
transposed_b (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  add_gradient_a (run->plan, y, w, x, run->pool);
}

static void
transposed_a (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  add_gradient_b (run->plan, w, y, x, run->pool);
}

static void
constant_relevance (const WhyRun *run, gint data)
{
  WhyLinear linear = { .run = run,
                       .n_x = why_tensor_numel (run->in[data]),
                       .n_w = why_tensor_numel (run->in[1 - data]),
                       .n_y = why_tensor_numel (run->out[0]),
                       .forward = data == 0 ? forward_b : forward_a,
                       .transposed = data == 0 ? transposed_b : transposed_a };

  if (run->grad_in[data] != NULL)
    why_linear_relevance (&linear, run->in[data]->real, run->in[1 - data]->real, run->grad_out[0],
                          run->grad_in[data]);
}

static void
mat_mul_relevance (const WhyRun *run)
{
  const WhyMatMul *plan = run->plan;

  if (plan->b_constant)
    constant_relevance (run, 0);
  else if (plan->a_constant)
    constant_relevance (run, 1);
  else
    why_bilinear_relevance (run, mat_mul_backward);
}

static guint64
mat_mul_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  const WhyShape *a = &infer->in[0]->shape;

  return (guint64)(why_shape_numel (&infer->out[0]->shape) * a->dims[a->rank - 1]);
}

const WhyOp why_op_mat_mul = {
  .name = "MatMul",
  .since = 1,
  .min_inputs = 2,
  .max_inputs = 2,
  .infer = mat_mul_infer,
  .prepare = mat_mul_prepare,
  .unprepare = mat_mul_unprepare,
  .forward = mat_mul_forward,
  .backward = mat_mul_backward,
  .rescale = mat_mul_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = mat_mul_relevance,
  .macs = mat_mul_macs,
};
