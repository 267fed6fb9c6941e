/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/mat-mul-common.h"
#include "ops/check.h"
#include "ops/linear.h"
#include "ops/midpoint.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Splits a shape into its batch axes and its matrix; vectors become a row (A) or a column (B). */
static void
split (const WhyShape *shape, gboolean is_a, WhyShape *batch, gint64 *rows, gint64 *columns)
{
  gint rank = shape->rank;

  *batch = *shape;
  batch->rank = MAX (rank - 2, 0);
  *rows = rank >= 2 ? shape->dims[rank - 2] : is_a ? 1 : shape->dims[0];
  *columns = rank >= 2 || is_a ? shape->dims[rank - 1] : 1;
}

/* Offsets of an operand's matrices for each item of the broadcast batch. */
static gint64 *
offsets (const WhyShape *operand, const WhyShape *batch, gint64 matrix)
{
  gint64 n = why_shape_numel (batch), *at = g_new (gint64, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    {
      gint64 rest = i, step = matrix;
      at[i] = 0;
      for (gint axis = batch->rank - 1, own = operand->rank - 1; axis >= 0; axis--, own--)
        {
          gint64 index = rest % batch->dims[axis];
          rest /= batch->dims[axis];
          if (own < 0)
            continue;
          if (operand->dims[own] > 1)
            at[i] += index * step;
          step *= operand->dims[own];
        }
    }
  return at;
}

/* One B for every matrix of a densely stored A is a single tall product. */
static void
collapse (WhyMatMul *plan)
{
  for (gint64 i = 0; i < plan->batch; i++)
    if (plan->b_at[i] != 0 || plan->a_at[i] != i * plan->rows * plan->inner)
      return;
  plan->rows *= plan->batch;
  plan->batch = 1;
  plan->b_repeats = FALSE;
}

gboolean
why_matmul_read (const WhyInfer *infer, gint a, gint b, WhyMatMul *plan, WhyShape *shape,
                 GError **error)
{
  const WhyShape *sa, *sb;
  WhyShape batch_a, batch_b, batch;
  gint64 b_rows;

  if (!why_check_input (infer, a, "A", 1, WHY_MAX_RANK, error)
      || !why_check_input (infer, b, "B", 1, WHY_MAX_RANK, error))
    return FALSE;
  sa = &infer->in[a]->shape;
  sb = &infer->in[b]->shape;
  split (sa, TRUE, &batch_a, &plan->rows, &plan->inner);
  split (sb, FALSE, &batch_b, &b_rows, &plan->columns);
  if (b_rows != plan->inner || !why_broadcast_shapes (&batch_a, &batch_b, &batch))
    {
      g_autofree gchar *ta = why_shape_to_string (sa), *tb = why_shape_to_string (sb);
      return why_node_error (infer->node, error, _ ("shapes %s and %s do not multiply"), ta, tb);
    }
  *shape = batch;
  if (sa->rank > 1)
    shape->dims[shape->rank++] = plan->rows;
  if (sb->rank > 1)
    shape->dims[shape->rank++] = plan->columns;

  plan->dense = plan->dense_gradient = NULL;
  plan->batch = why_shape_numel (&batch);
  plan->a_at = offsets (&batch_a, &batch, plan->rows * plan->inner);
  plan->b_at = offsets (&batch_b, &batch, plan->inner * plan->columns);
  plan->y_at = offsets (&batch, &batch, plan->rows * plan->columns);
  plan->a_repeats = why_shape_numel (&batch_a) < plan->batch;
  plan->b_repeats = why_shape_numel (&batch_b) < plan->batch;
  plan->a_constant = infer->in[a]->constant != NULL;
  plan->b_constant = infer->in[b]->constant != NULL;
  if (plan->batch > 1)
    collapse (plan);
  return TRUE;
}

void
why_matmul_clear (WhyMatMul *plan)
{
  g_clear_pointer (&plan->a_at, g_free);
  g_clear_pointer (&plan->b_at, g_free);
  g_clear_pointer (&plan->y_at, g_free);
  g_clear_pointer (&plan->dense, why_dense_free);
  g_clear_pointer (&plan->dense_gradient, why_dense_free);
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

static gboolean
is_dense (const WhyMatMul *plan)
{
  return plan->b_constant && plan->batch == 1 && why_dense_pays (plan->rows);
}

/* What a product is added to. */
static void
fill_rows (WhyReal *y, gint64 rows, gint64 columns, const WhyReal *bias)
{
  for (gint64 i = 0; i < rows; i++)
    if (bias)
      memcpy (y + i * columns, bias, (gsize)columns * sizeof *y);
    else
      memset (y + i * columns, 0, (gsize)columns * sizeof *y);
}

void
why_matmul_forward_biased (const WhyRun *run, const WhyReal *bias)
{
  WhyMatMul *plan = run->plan;
  WhyReal *y = run->out[0]->real;

  if (is_dense (plan))
    {
      if (!plan->dense)
        plan->dense = why_dense_new (
            &(WhyMatrix){ run->in[1]->real, plan->inner, plan->columns, FALSE, 1, run->rough });
      why_dense_run (plan->dense, plan->rows, run->in[0]->real, bias, FALSE, y, run->pool);
      return;
    }
  fill_rows (y, plan->batch * plan->rows, plan->columns, bias);
  add_product (run->plan, run->in[0]->real, run->in[1]->real, y, run->pool);
}

void
why_matmul_forward (const WhyRun *run)
{
  why_matmul_forward_biased (run, NULL);
}

/* A gradient that products are added to. */
static WhyReal *
open_gradient (const WhyRun *run, gint input)
{
  WhyReal *gradient = run->grad_in[input];

  if (why_run_is_fresh (run, input))
    memset (gradient, 0, (gsize)why_tensor_numel (run->in[input]) * sizeof *gradient);
  return gradient;
}

void
why_matmul_backward (const WhyRun *run)
{
  WhyMatMul *plan = run->plan;
  const WhyReal *gy = run->grad_out[0];

  if (run->grad_in[0] != NULL && is_dense (plan))
    {
      if (!plan->dense_gradient)
        plan->dense_gradient = why_dense_new (
            &(WhyMatrix){ run->in[1]->real, plan->columns, plan->inner, TRUE, 1, TRUE });
      why_dense_run (plan->dense_gradient, plan->rows, gy, NULL, !why_run_is_fresh (run, 0),
                     run->grad_in[0], run->pool);
    }
  else if (run->grad_in[0] != NULL)
    add_gradient_a (plan, gy, run->in[1]->real, open_gradient (run, 0), run->pool);
  if (run->grad_in[1] != NULL)
    add_gradient_b (plan, run->in[0]->real, gy, open_gradient (run, 1), run->pool);
}

void
why_matmul_rescale (const WhyRun *run)
{
  const WhyMatMul *plan = run->plan;

  if (plan->a_constant || plan->b_constant)
    why_matmul_backward (run);
  else
    why_midpoint_backward (run, why_matmul_backward);
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

void
why_matmul_relevance (const WhyRun *run)
{
  const WhyMatMul *plan = run->plan;

  if (plan->b_constant)
    constant_relevance (run, 0);
  else if (plan->a_constant)
    constant_relevance (run, 1);
  else
    why_product_relevance (run, 2, why_matmul_backward);
}

guint64
why_matmul_macs (const WhyInfer *infer, gint a)
{
  const WhyShape *shape = &infer->in[a]->shape;

  return (guint64)(why_shape_numel (&infer->out[0]->shape) * shape->dims[shape->rank - 1]);
}
