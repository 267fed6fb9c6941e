/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/softmax-common.h"

#include <tgmath.h>

#include "kernels/kernels.h"

typedef struct
{
  const WhyVectors *vectors;
  gboolean logarithm;
  const WhyReal *x, *y, *gy;
  WhyReal *result;
} Job;

/* Index of the first element of vector v; the next ones follow in steps of inner. */
static gint64
start (const WhyVectors *vectors, gint64 v)
{
  return v / vectors->inner * vectors->n * vectors->inner + v % vectors->inner;
}

/* 0 for a vector of nothing but -inf, so that a row that is masked as a whole gets zeros. */
static WhyReal
maximum (const WhyReal *x, gint64 n, gint64 step)
{
  WhyReal top = x[0];

  for (gint64 k = 1; k < n; k++)
    top = MAX (top, x[k * step]);
  return top == (WhyReal)-INFINITY ? 0 : top;
}

static gdouble
log_sum_exp (const WhyReal *x, gint64 n, gint64 step)
{
  gdouble top = maximum (x, n, step), sum = 0;

  for (gint64 k = 0; k < n; k++)
    sum += exp (x[k * step] - top);
  return top + log (sum);
}

static void
forward_one (const Job *job, const WhyReal *x, WhyReal *y)
{
  gint64 n = job->vectors->n, step = job->vectors->inner;
  WhyReal top = maximum (x, n, step), scale;
  gdouble sum = 0;

  if (step == 1)
    sum = why_kernels ()->exp_sum (x, top, y, n);
  else
    for (gint64 k = 0; k < n * step; k += step)
      sum += y[k] = exp (x[k] - top);
  if (job->logarithm)
    for (gint64 k = 0; k < n * step; k += step)
      y[k] = (x[k] - top) - (WhyReal)log (sum);
  else
    {
      scale = sum > 0 ? (WhyReal)(1 / sum) : 0;
      for (gint64 k = 0; k < n * step; k += step)
        y[k] *= scale;
    }
}

static void
forward_vectors (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;

  for (gint64 v = begin; v < end; v++)
    forward_one (job, job->x + start (job->vectors, v), job->result + start (job->vectors, v));
}

static void
backward_one (const Job *job, const WhyReal *y, const WhyReal *gy, WhyReal *gx)
{
  gint64 n = job->vectors->n, step = job->vectors->inner;
  gdouble sum = 0;

  for (gint64 k = 0; k < n * step; k += step)
    sum += job->logarithm ? gy[k] : gy[k] * y[k];
  for (gint64 k = 0; k < n * step; k += step)
    gx[k] += (WhyReal)(job->logarithm ? gy[k] - exp (y[k]) * sum : y[k] * (gy[k] - sum));
}

static void
backward_vectors (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;

  for (gint64 v = begin; v < end; v++)
    {
      gint64 at = start (job->vectors, v);
      backward_one (job, job->y + at, job->gy + at, job->result + at);
    }
}

static void
run (Job *job, const WhyVectors *vectors, WhyPoolFunc func, WhyPool *pool)
{
  job->vectors = vectors;
  if (vectors->n > 0)
    why_pool_run (pool, vectors->outer * vectors->inner, 1024 / vectors->n + 1, func, job);
}

void
why_softmax_forward (const WhyVectors *vectors, gboolean logarithm, const WhyReal *x, WhyReal *y,
                     WhyPool *pool)
{
  Job job = { .logarithm = logarithm, .x = x, .result = y };
  run (&job, vectors, forward_vectors, pool);
}

void
why_softmax_backward (const WhyVectors *vectors, gboolean logarithm, const WhyReal *y,
                      const WhyReal *gy, WhyReal *gx, WhyPool *pool)
{
  Job job = { .logarithm = logarithm, .y = y, .gy = gy, .result = gx };
  run (&job, vectors, backward_vectors, pool);
}

/* (exp (a) - exp (b)) / (a - b), also for a = b and for -inf. */
static gdouble
exp_slope (gdouble a, gdouble b)
{
  if (a == b)
    return exp (a);
  return isinf (a - b) ? 0 : exp (b) * expm1 (a - b) / (a - b);
}

/* log (r) / (r - 1) for the logarithm of r ≤ 1. */
static gdouble
log_slope (gdouble log_ratio)
{
  return log_ratio < 0 ? log_ratio / expm1 (log_ratio) : 1;
}

static void
rescale_one (const Job *job, const WhyReal *x, const WhyReal *x0, const WhyReal *gy, WhyReal *gx)
{
  gint64 n = job->vectors->n, step = job->vectors->inner;
  gdouble total = log_sum_exp (x, n, step), total0 = log_sum_exp (x0, n, step);
  /* ΔL/Δs with s = Σ exp (x), in units of the larger sum: the sums themselves might overflow. */
  gdouble larger = MAX (total, total0), slope = log_slope (-fabs (total - total0)), sum = 0;

  for (gint64 k = 0; k < n * step; k += step)
    sum += gy[k] * (job->logarithm ? 1 : exp_slope (x[k] - total, x0[k] - total0));
  for (gint64 k = 0; k < n * step; k += step)
    {
      gdouble own = gy[k] * (job->logarithm ? 1 : exp_slope (x[k] - total, x0[k] - total0));
      gx[k] += (WhyReal)(own - sum * slope * exp_slope (x[k] - larger, x0[k] - larger));
    }
}

void
why_softmax_rescale (const WhyVectors *vectors, gboolean logarithm, const WhyReal *x,
                     const WhyReal *gy, WhyReal *gx)
{
  Job job = { .vectors = vectors, .logarithm = logarithm };
  gint64 half = vectors->outer / 2 * vectors->inner;
  gint64 reference = vectors->outer / 2 * vectors->n * vectors->inner;

  for (gint64 v = 0; v < half; v++)
    {
      gint64 at = start (vectors, v);
      rescale_one (&job, x + at, x + at + reference, gy + at, gx + at);
    }
}

void
why_softmax_relevance (const WhyVectors *vectors, const WhyReal *x, const WhyReal *y,
                       const WhyReal *ry, WhyReal *rx)
{
  gint64 n = vectors->n, step = vectors->inner;

  for (gint64 v = 0; v < vectors->outer * vectors->inner; v++)
    {
      gint64 at = start (vectors, v);
      gdouble sum = 0;
      for (gint64 k = at; k < at + n * step; k += step)
        sum += ry[k];
      for (gint64 k = at; k < at + n * step; k += step)
        if (y[k] > 0) /* a masked score is -inf */
          rx[k] += x[k] * (ry[k] - (WhyReal)(y[k] * sum));
    }
}
