/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemm: Y = alpha · op (A) · op (B) + beta · C, C broadcast. */
#include "kernels/dense.h"
#include "kernels/gemm.h"
#include "ops/check.h"
#include "ops/linear.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

typedef struct
{
  gboolean transpose_a, transpose_b;
  gint64 rows, columns, inner;
  WhyReal alpha, beta;
  gint64 c_row, c_column; /* steps in C for a row and a column of Y: 0 where it broadcasts */
  gboolean is_dense;      /* a constant B and enough rows for packing it */
  WhyDense *dense, *dense_gradient; /* alpha · op (B) and its transpose, packed at first use */
} Plan;

static gboolean
gemm_read (const WhyInfer *infer, Plan *plan, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *a, *b, *c;
  gint64 b_inner;

  if (!why_check_input (infer, 0, "A", 2, 2, error) || !why_check_input (infer, 1, "B", 2, 2, error)
      || !why_check_int (node, "transA", 0, 1, error)
      || !why_check_int (node, "transB", 0, 1, error))
    return FALSE;
  a = &infer->in[0]->shape;
  b = &infer->in[1]->shape;
  *plan = (Plan){ .transpose_a = why_node_int (node, "transA", 0) != 0,
                  .transpose_b = why_node_int (node, "transB", 0) != 0,
                  .alpha = (WhyReal)why_node_float (node, "alpha", 1),
                  .beta = (WhyReal)why_node_float (node, "beta", 1) };
  plan->rows = a->dims[plan->transpose_a];
  plan->inner = a->dims[!plan->transpose_a];
  plan->columns = b->dims[!plan->transpose_b];
  b_inner = b->dims[plan->transpose_b];
  if (b_inner != plan->inner)
    return why_node_error (node, error, _ ("A has %" PRId64 " columns but B has %" PRId64 " rows"),
                           plan->inner, b_inner);
  if (!why_check_broadcasts (infer, 2, "C", &WHY_SHAPE (plan->rows, plan->columns), error))
    return FALSE;
  if (why_has_input (infer, 2))
    {
      c = &infer->in[2]->shape;
      plan->c_column = c->rank >= 1 && c->dims[c->rank - 1] > 1 ? 1 : 0;
      plan->c_row = c->rank == 2 && c->dims[0] > 1 ? c->dims[1] : 0;
    }
  return TRUE;
}

static gboolean
gemm_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;

  if (!gemm_read (infer, &plan, error))
    return FALSE;
  why_set_output (infer, &WHY_SHAPE (plan.rows, plan.columns));
  return TRUE;
}

static gpointer
gemm_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);

  gemm_read (infer, plan, NULL);
  plan->is_dense
      = infer->in[1]->constant != NULL && !plan->transpose_a && why_dense_pays (plan->rows);
  return plan;
}

static void
gemm_unprepare (gpointer data)
{
  Plan *plan = data;

  why_dense_free (plan->dense);
  why_dense_free (plan->dense_gradient);
  g_free (plan);
}

/* y += op (a) · op (b) · alpha */
static void
add_product (const Plan *p, const WhyReal *a, const WhyReal *b, WhyReal *y, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_a = p->transpose_a,
                   .transpose_b = p->transpose_b,
                   .rows = p->rows,
                   .columns = p->columns,
                   .inner = p->inner,
                   .lda = p->transpose_a ? p->rows : p->inner,
                   .ldb = p->transpose_b ? p->inner : p->columns,
                   .ldc = p->columns,
                   .alpha = p->alpha,
                   .batch = 1 };
  why_gemm_run (&gemm, a, b, y, pool);
}

/* ga += the gradient; A may be stored transposed: then it is op (B) · gy'. */
static void
add_gradient_a (const Plan *p, const WhyReal *gy, const WhyReal *b, WhyReal *ga, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_a = FALSE,
                   .transpose_b = !p->transpose_b,
                   .rows = p->rows,
                   .columns = p->inner,
                   .inner = p->columns,
                   .lda = p->columns,
                   .ldb = p->transpose_b ? p->inner : p->columns,
                   .ldc = p->inner,
                   .alpha = p->alpha,
                   .batch = 1 };
  if (!p->transpose_a)
    {
      why_gemm_run (&gemm, gy, b, ga, pool);
      return;
    }
  gemm.transpose_a = p->transpose_b;
  gemm.transpose_b = TRUE;
  gemm.rows = p->inner;
  gemm.columns = gemm.ldc = p->rows;
  gemm.lda = p->transpose_b ? p->inner : p->columns;
  gemm.ldb = p->columns;
  why_gemm_run (&gemm, b, gy, ga, pool);
}

/* gb += the gradient: B' = alpha · gy' · op (A) is the same task with the roles turned round. */
static void
add_gradient_b (const Plan *p, const WhyReal *a, const WhyReal *gy, WhyReal *gb, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_a = !p->transpose_a,
                   .transpose_b = FALSE,
                   .rows = p->inner,
                   .columns = p->columns,
                   .inner = p->rows,
                   .lda = p->transpose_a ? p->rows : p->inner,
                   .ldb = p->columns,
                   .ldc = p->columns,
                   .alpha = p->alpha,
                   .batch = 1 };
  if (!p->transpose_b)
    {
      why_gemm_run (&gemm, a, gy, gb, pool);
      return;
    }
  gemm.transpose_a = TRUE;
  gemm.transpose_b = p->transpose_a;
  gemm.rows = p->columns;
  gemm.columns = gemm.ldc = p->inner;
  gemm.lda = p->columns;
  gemm.ldb = p->transpose_a ? p->rows : p->inner;
  why_gemm_run (&gemm, gy, a, gb, pool);
}

static void
fill_bias (const WhyRun *run, WhyReal *y)
{
  const Plan *p = run->plan;
  const WhyReal *c = why_run_in (run, 2);

  for (gint64 i = 0; i < p->rows; i++)
    for (gint64 j = 0; j < p->columns; j++)
      y[i * p->columns + j] = c != NULL ? p->beta * c[i * p->c_row + j * p->c_column] : 0;
}

static void
gemm_forward (const WhyRun *run)
{
  Plan *p = run->plan;
  WhyReal *y = run->out[0]->real;
  gboolean is_row = p->is_dense && p->beta == 1 && p->c_row == 0 && p->c_column == 1;

  if (!is_row)
    fill_bias (run, y);
  if (!p->is_dense)
    {
      add_product (p, run->in[0]->real, run->in[1]->real, y, run->pool);
      return;
    }
  if (!p->dense)
    p->dense = why_dense_new (&(WhyMatrix){ run->in[1]->real, p->inner, p->columns, p->transpose_b,
                                            p->alpha, run->rough });
  why_dense_run (p->dense, p->rows, run->in[0]->real, is_row ? why_run_in (run, 2) : NULL, !is_row,
                 y, run->pool);
}

/* ga += gy · (alpha · op (B))' */
static void
add_dense_gradient (const WhyRun *run)
{
  Plan *p = run->plan;

  if (!p->dense_gradient)
    p->dense_gradient = why_dense_new (
        &(WhyMatrix){ run->in[1]->real, p->columns, p->inner, !p->transpose_b, p->alpha, TRUE });
  why_dense_run (p->dense_gradient, p->rows, run->grad_out[0], NULL, TRUE, run->grad_in[0],
                 run->pool);
}

static void
gemm_backward (const WhyRun *run)
{
  const Plan *p = run->plan;
  const WhyReal *gy = run->grad_out[0];
  WhyReal *gc = why_run_grad (run, 2);

  if (why_run_grad (run, 0) != NULL && p->is_dense)
    add_dense_gradient (run);
  else if (why_run_grad (run, 0) != NULL)
    add_gradient_a (p, gy, run->in[1]->real, run->grad_in[0], run->pool);
  if (why_run_grad (run, 1) != NULL)
    add_gradient_b (p, run->in[0]->real, gy, run->grad_in[1], run->pool);
  for (gint64 i = 0; gc != NULL && i < p->rows; i++)
    for (gint64 j = 0; j < p->columns; j++)
      gc[i * p->c_row + j * p->c_column] += p->beta * gy[i * p->columns + j];
}

/* Relevance works on alpha · B, so that the rules see the signs of the weights in effect. */
static void
linear_forward (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  Plan plan = *(const Plan *)run->plan;

  plan.alpha = 1;
  memset (y, 0, (gsize)(plan.rows * plan.columns) * sizeof (WhyReal));
  add_product (&plan, x, w, y, run->pool);
}

static void
linear_transposed (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  Plan plan = *(const Plan *)run->plan;

  plan.alpha = 1;
  add_gradient_a (&plan, y, w, x, run->pool);
}

static void
gemm_relevance (const WhyRun *run)
{
  const Plan *plan = run->plan;
  gint64 n_w = why_tensor_numel (run->in[1]);
  g_autofree WhyReal *scaled = NULL;
  WhyLinear linear = { .run = run,
                       .n_x = why_tensor_numel (run->in[0]),
                       .n_w = n_w,
                       .n_y = why_tensor_numel (run->out[0]),
                       .forward = linear_forward,
                       .transposed = linear_transposed,
                       .bias = why_run_in (run, 2) != NULL ? fill_bias : NULL };

  if (why_run_grad (run, 0) == NULL)
    return;
  if (plan->alpha != 1)
    {
      scaled = g_new (WhyReal, n_w);
      for (gint64 i = 0; i < n_w; i++)
        scaled[i] = plan->alpha * run->in[1]->real[i];
    }
  why_linear_relevance (&linear, run->in[0]->real, scaled != NULL ? scaled : run->in[1]->real,
                        run->grad_out[0], run->grad_in[0]);
}

static guint64
gemm_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan plan = { 0 };

  gemm_read (infer, &plan, NULL);
  return (guint64)(plan.rows * plan.columns * plan.inner);
}

const WhyOp why_op_gemm = {
  .name = "Gemm",
  .since = 6,
  .min_inputs = 2,
  .max_inputs = 3,
  .infer = gemm_infer,
  .prepare = gemm_prepare,
  .unprepare = gemm_unprepare,
  .forward = gemm_forward,
  .backward = gemm_backward,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = gemm_relevance,
  .macs = gemm_macs,
};
