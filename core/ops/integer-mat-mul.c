/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/integer-mat-mul.h"
#include "kernels/exact.h"
#include "ops/check.h"

gboolean
why_integer_mat_mul_read (const WhyInfer *infer, gint a, gint b, gint a_zero, gint b_zero,
                          WhyIntegerMatMul *plan, GError **error)
{
  const WhyShape *sa, *sb;

  *plan = (WhyIntegerMatMul){ .a = a, .b = b, .a_zero = a_zero, .b_zero = b_zero };
  if (!why_check_quantised (infer, a, "A", FALSE, error)
      || !why_check_quantised (infer, b, "B", FALSE, error)
      || !why_matmul_read (infer, a, b, &plan->product, &plan->y_shape, error))
    return FALSE;
  sa = &infer->in[a]->shape;
  sb = &infer->in[b]->shape;
  plan->a_shape = *sa;
  plan->b_shape = *sb;
  plan->rows = sa->rank > 1 ? sa->dims[sa->rank - 2] : 1;
  if (why_check_scalar_or_vector (infer, a_zero, "a_zero_point", plan->rows, error)
      && why_check_scalar_or_vector (infer, b_zero, "b_zero_point", plan->product.columns, error))
    return TRUE;
  why_matmul_clear (&plan->product);
  return FALSE;
}

static WhyExact
exact_of (const WhyMatMul *p)
{
  return (WhyExact){ p->batch, p->rows, p->columns, p->inner, p->a_at, p->b_at, p->y_at };
}

/* Elements, rounded up so that the next array starts at a cache line. */
static gint64
padded (const WhyShape *shape)
{
  return (why_shape_numel (shape) + 15) / 16 * 16;
}

gsize
why_integer_mat_mul_scratch (const WhyIntegerMatMul *plan, gint threads)
{
  WhyExact exact = exact_of (&plan->product);

  return (gsize)(padded (&plan->a_shape) + padded (&plan->b_shape) + 2 * padded (&plan->y_shape))
             * sizeof (WhyReal)
         + why_exact_scratch (&exact, threads);
}

static void
subtract (const WhyRun *run, gint input, gint zero, gint64 inner, WhyReal *out)
{
  const WhyTensor *x = run->in[input];
  const WhyReal *zeros = why_run_in (run, zero);

  why_subtract_zero (x->real, why_tensor_numel (x), zeros,
                     zeros != NULL ? why_tensor_numel (run->in[zero]) : 0, inner, out);
}

void
why_integer_mat_mul_inner (const WhyRun *run, WhyInnerMatMul *inner)
{
  const WhyIntegerMatMul *plan = run->plan;
  WhyReal *at = run->scratch;

  *inner = (WhyInnerMatMul){ .run = *run, .node = { .n_inputs = 2, .n_outputs = 1 } };
  inner->a = (WhyTensor){ .dtype = WHY_DTYPE_FLOAT, .shape = plan->a_shape, .real = at };
  at += padded (&plan->a_shape);
  inner->b = (WhyTensor){ .dtype = WHY_DTYPE_FLOAT, .shape = plan->b_shape, .real = at };
  at += padded (&plan->b_shape);
  inner->y = (WhyTensor){ .dtype = WHY_DTYPE_FLOAT, .shape = plan->y_shape, .real = at };
  at += padded (&plan->y_shape);
  inner->sums = (gint32 *)at;
  inner->kernel = at + padded (&plan->y_shape);
  inner->in[0] = &inner->a;
  inner->in[1] = &inner->b;
  inner->out[0] = &inner->y;
  if (run->grad_in != NULL)
    {
      inner->grad_in[0] = run->grad_in[plan->a];
      inner->grad_in[1] = run->grad_in[plan->b];
      inner->grad_out[0] = run->grad_out[0];
    }
  inner->run.node = &inner->node;
  inner->run.plan = (gpointer)&plan->product;
  inner->run.in = inner->in;
  inner->run.out = inner->out;
  inner->run.grad_in = inner->grad_in;
  inner->run.grad_out = inner->grad_out;
  subtract (run, plan->a, plan->a_zero, plan->product.inner, inner->a.real);
  subtract (run, plan->b, plan->b_zero, 1, inner->b.real);
}

void
why_integer_mat_mul_sums (WhyInnerMatMul *inner)
{
  WhyExact exact = exact_of (inner->run.plan);

  why_exact_run (&exact, inner->a.real, inner->b.real, inner->sums, inner->run.pool, inner->kernel);
  for (gint64 i = 0; i < why_tensor_numel (&inner->y); i++)
    inner->y.real[i] = (WhyReal)inner->sums[i];
}
