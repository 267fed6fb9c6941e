/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/resample.h"

#include "ops/loop.h"

#include <math.h>
#include <string.h>

/* Where output element i lies on the input axis. */
static gdouble
coordinate (const WhySampleAxis *a, gint64 i)
{
  gdouble x = (gdouble)i, in = (gdouble)a->in, out = (gdouble)a->out;
  gdouble resized = a->scale * in; /* not yet rounded to a whole extent */

  if (strcmp (a->transform, "asymmetric") == 0)
    return x / a->scale;
  if (strcmp (a->transform, "align_corners") == 0)
    return a->out == 1 || resized == 1 ? 0 : x * (in - 1) / (resized - 1);
  if (strcmp (a->transform, "pytorch_half_pixel") == 0)
    return a->out > 1 ? (x + 0.5) / a->scale - 0.5 : 0;
  if (strcmp (a->transform, "tf_half_pixel_for_nn") == 0)
    return (x + 0.5) / a->scale;
  if (strcmp (a->transform, "tf_crop_and_resize") == 0)
    return a->out > 1 ? a->start * (in - 1) + x * (a->end - a->start) * (in - 1) / (out - 1)
                      : 0.5 * (a->start + a->end) * (in - 1);
  if (strcmp (a->transform, "half_pixel_symmetric") == 0)
    return in / 2 * (1 - out / resized) + (x + 0.5) / a->scale - 0.5;
  return (x + 0.5) / a->scale - 0.5;
}

static gint64
nearest (const WhySampleAxis *a, gdouble x)
{
  if (strcmp (a->rounding, "floor") == 0)
    return (gint64)floor (x);
  if (strcmp (a->rounding, "ceil") == 0)
    return (gint64)ceil (x);
  if (strcmp (a->rounding, "round_prefer_ceil") == 0)
    return (gint64)floor (x + 0.5);
  return (gint64)ceil (x - 0.5);
}

/* Keys' cubic convolution kernel, or the triangle. */
static gdouble
kernel (const WhySampleAxis *a, gdouble t)
{
  t = fabs (t);
  if (a->mode == WHY_SAMPLE_LINEAR)
    return MAX (0, 1 - t);
  if (t <= 1)
    return ((a->cubic_a + 2) * t - (a->cubic_a + 3)) * t * t + 1;
  return t < 2 ? ((a->cubic_a * t - 5 * a->cubic_a) * t + 8 * a->cubic_a) * t - 4 * a->cubic_a : 0;
}

/* Antialiasing widens the kernel by the factor of reduction. */
static gdouble
kernel_scale (const WhySampleAxis *a)
{
  return a->antialias ? MIN (a->scale, 1) : 1;
}

static gint
kernel_begin (const WhySampleAxis *a)
{
  return (gint)floor ((a->mode == WHY_SAMPLE_LINEAR ? -1 : -2) / kernel_scale (a)) + 1;
}

static gint
count_taps (const WhySampleAxis *a)
{
  return a->mode == WHY_SAMPLE_NEAREST ? 1 : 2 - 2 * kernel_begin (a);
}

static void
fill_taps (const WhySampleAxis *a, gdouble x, gint n, gint64 *index, WhyReal *weight)
{
  gint64 base = (gint64)floor (x);
  gdouble sum = 0;

  if (a->mode == WHY_SAMPLE_NEAREST)
    {
      *index = CLAMP (nearest (a, x), 0, a->in - 1);
      *weight = 1;
      return;
    }
  for (gint k = 0; k < n; k++)
    {
      gint64 i = base + kernel_begin (a) + k;
      gdouble w = kernel (a, kernel_scale (a) * ((gdouble)i - x));

      if (a->exclude_outside && (i < 0 || i >= a->in))
        w = 0;
      index[k] = CLAMP (i, 0, a->in - 1);
      weight[k] = (WhyReal)w;
      sum += w;
    }
  if (a->exclude_outside || a->antialias)
    for (gint k = 0; k < n; k++)
      weight[k] = (WhyReal)((gdouble)weight[k] / sum);
}

static gboolean
is_identity (const WhySampleTaps *taps)
{
  if (taps->in != taps->out || taps->outside)
    return FALSE;
  for (gint64 i = 0; i < taps->out; i++)
    for (gint k = 0; k < taps->n; k++)
      {
        WhyReal w = taps->weight[i * taps->n + k];
        if (taps->index[i * taps->n + k] == i ? w != 1 && w != 0 : w != 0)
          return FALSE;
      }
  return TRUE;
}

void
why_sample_taps_init (WhySampleTaps *taps, const WhySampleAxis *axis)
{
  gboolean crop = strcmp (axis->transform, "tf_crop_and_resize") == 0;
  gint n = axis->out > 0 ? count_taps (axis) : 0;

  *taps = (WhySampleTaps){ .in = axis->in, .out = axis->out, .n = n };
  if (n == 0)
    return;
  taps->index = g_new0 (gint64, axis->out * n);
  taps->weight = g_new0 (WhyReal, axis->out * n);
  taps->outside = crop ? g_new0 (gboolean, axis->out) : NULL;
  for (gint64 i = 0; i < axis->out; i++)
    {
      gdouble x = coordinate (axis, i);

      if (crop && (x < 0 || x > (gdouble)(axis->in - 1)))
        taps->outside[i] = TRUE; /* its weights stay 0 */
      else
        fill_taps (axis, x, n, &taps->index[i * n], &taps->weight[i * n]);
    }
  if (is_identity (taps))
    taps->n = 0;
}

void
why_sample_taps_clear (WhySampleTaps *taps)
{
  g_free (taps->index);
  g_free (taps->weight);
  g_free (taps->outside);
}

void
why_resample_unprepare (gpointer data)
{
  WhySamplePlan *plan = data;

  for (gint i = 0; i < plan->in.rank; i++)
    why_sample_taps_clear (&plan->axis[i]);
  g_free (plan);
}

/* One axis: [outer, in, inner] → [outer, out, inner]. */
typedef struct
{
  const WhySampleTaps *taps;
  gint64 inner;
  const WhyReal *from;
  WhyReal *to;
} Pass;

static void
forward_rows (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Pass *pass = data;
  const WhySampleTaps *taps = pass->taps;

  for (gint64 row = begin; row < end; row++)
    {
      gint64 outer = row / taps->out, i = row % taps->out;
      WhyReal *to = pass->to + row * pass->inner;

      memset (to, 0, (gsize)pass->inner * sizeof (WhyReal));
      for (gint k = 0; k < taps->n; k++)
        {
          const WhyReal *from
              = pass->from + (outer * taps->in + taps->index[i * taps->n + k]) * pass->inner;
          WhyReal w = taps->weight[i * taps->n + k];
          for (gint64 j = 0; j < pass->inner; j++)
            to[j] += w * from[j];
        }
    }
}

static void
backward_blocks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Pass *pass = data;
  const WhySampleTaps *taps = pass->taps;

  for (gint64 row = begin * taps->out; row < end * taps->out; row++)
    {
      gint64 outer = row / taps->out, i = row % taps->out;
      const WhyReal *from = pass->from + row * pass->inner;

      for (gint k = 0; k < taps->n; k++)
        {
          WhyReal *to = pass->to + (outer * taps->in + taps->index[i * taps->n + k]) * pass->inner;
          WhyReal w = taps->weight[i * taps->n + k];
          for (gint64 j = 0; j < pass->inner; j++)
            to[j] += w * from[j];
        }
    }
}

/* Extents before axis i is resampled: those before it are done. */
static WhyShape
shape_before (const WhySamplePlan *plan, gint axis)
{
  WhyShape shape = plan->in;

  for (gint i = 0; i < axis; i++)
    shape.dims[i] = plan->out.dims[i];
  return shape;
}

static gint64
largest_between (const WhyShape *in, const WhyShape *out)
{
  gint64 largest = 0;
  WhyShape shape = *in;

  for (gint i = 0; i < in->rank; i++)
    {
      shape.dims[i] = out->dims[i];
      largest = MAX (largest, why_shape_numel (&shape));
    }
  return MAX (largest, why_shape_numel (in));
}

gsize
why_resample_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  return 2 * (gsize)largest_between (&infer->in[0]->shape, &infer->out[0]->shape)
         * sizeof (WhyReal);
}

static gint
list_axes (const WhySamplePlan *plan, gint *axes)
{
  gint n = 0;

  for (gint i = 0; i < plan->in.rank; i++)
    if (plan->axis[i].n > 0)
      axes[n++] = i;
  return n;
}

static void
fill_outside (const WhySamplePlan *plan, WhyTensor *out)
{
  for (gint axis = 0; axis < plan->out.rank; axis++)
    {
      const WhySampleTaps *taps = &plan->axis[axis];
      gint64 inner = why_shape_span (&plan->out, axis + 1, plan->out.rank);

      for (gint64 i = 0; taps->outside && i < why_tensor_numel (out); i++)
        if (taps->outside[i / inner % taps->out])
          out->real[i] = plan->extrapolation;
    }
}

void
why_resample_forward (const WhyRun *run)
{
  const WhySamplePlan *plan = run->plan;
  WhyReal *buffers[2] = { run->scratch };
  const WhyReal *from = run->in[0]->real;
  gint axes[WHY_MAX_RANK], n = list_axes (plan, axes);

  if (why_tensor_numel (run->out[0]) == 0)
    return;
  buffers[1] = buffers[0] + largest_between (&plan->in, &plan->out);
  if (n == 0)
    memcpy (run->out[0]->real, from, (gsize)why_tensor_numel (run->in[0]) * sizeof (WhyReal));
  for (gint i = 0; i < n; i++)
    {
      WhyShape shape = shape_before (plan, axes[i]);
      gint64 outer = why_shape_span (&shape, 0, axes[i]);
      Pass pass = { &plan->axis[axes[i]], why_shape_span (&shape, axes[i] + 1, shape.rank), from,
                    i == n - 1 ? run->out[0]->real : buffers[i % 2] };

      why_pool_run (run->pool, outer * pass.taps->out,
                    MAX (1, WHY_LOOP_GRAIN / MAX (pass.inner, 1)), forward_rows, &pass);
      from = pass.to;
    }
  fill_outside (plan, run->out[0]);
}

void
why_resample_backward (const WhyRun *run)
{
  const WhySamplePlan *plan = run->plan;
  WhyReal *buffers[2] = { run->scratch };
  const WhyReal *from = run->grad_out[0];
  gint axes[WHY_MAX_RANK], n = list_axes (plan, axes);

  if (!from || !run->grad_in[0] || why_tensor_numel (run->out[0]) == 0)
    return;
  buffers[1] = buffers[0] + largest_between (&plan->in, &plan->out);
  for (gint i = n - 1; i >= 0; i--)
    {
      WhyShape shape = shape_before (plan, axes[i]);
      gint64 outer = why_shape_span (&shape, 0, axes[i]);
      Pass pass = { &plan->axis[axes[i]], why_shape_span (&shape, axes[i] + 1, shape.rank), from,
                    i == 0 ? run->grad_in[0] : buffers[i % 2] };

      if (i > 0)
        memset (pass.to, 0, (gsize)why_shape_numel (&shape) * sizeof (WhyReal));
      why_pool_run (run->pool, outer, MAX (1, WHY_LOOP_GRAIN / MAX (pass.inner * pass.taps->in, 1)),
                    backward_blocks, &pass);
      from = pass.to;
    }
  for (gint64 i = 0; n == 0 && i < why_tensor_numel (run->in[0]); i++)
    run->grad_in[0][i] += from[i];
}
