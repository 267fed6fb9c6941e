/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient by the picture: with three channels a panel of outputs would be mostly empty, so all
 * taps × channels are computed side by side, and each picture row gathers what belongs to it. */
#include <stdlib.h>
#include <string.h>

#include "kernels/last-product.h"
#include "kernels/memory.h"

struct _WhyScatter
{
  WhyLastConvShape shape;
  gint64 width; /* taps · channels */
  WhyReal *packed;
};

WhyScatter *
why_scatter_new (const WhyLastConvShape *shape, const WhyFilters *filters)
{
  WhyScatter *scatter = g_new0 (WhyScatter, 1);
  gint64 taps = shape->window.kernel[1] * shape->window.kernel[2];
  gint64 channels = shape->in_channels, k_n = shape->out_channels;
  g_autofree WhyReal *ordered = NULL;

  g_return_val_if_fail (shape->groups == 1, NULL);
  scatter->shape = *shape;
  scatter->width = taps * channels;
  ordered = g_new (WhyReal, k_n * scatter->width);
  for (gint64 k = 0; k < k_n; k++)
    for (gint64 c = 0; c < channels; c++)
      for (gint64 t = 0; t < taps; t++)
        ordered[k * scatter->width + t * channels + c]
            = why_filters_get (filters, k, (k * channels + c) * taps + t);
  scatter->packed
      = why_memory_new ((gsize)why_packed_size (1, k_n, scatter->width) * sizeof (WhyReal));
  why_pack_weights (ordered, 1, k_n, scatter->width, scatter->packed);
  return scatter;
}

void
why_scatter_free (WhyScatter *scatter)
{
  if (!scatter)
    return;
  free (scatter->packed);
  g_free (scatter);
}

static gint64
cells_of (const WhyLastConvShape *s)
{
  return s->window.out[1] * s->window.out[2];
}

gsize
why_scatter_scratch (const WhyLastConvShape *s, gint threads)
{
  gsize width = (gsize)(s->window.kernel[1] * s->window.kernel[2] * s->in_channels);

  return (gsize)cells_of (s) * width * sizeof (WhyReal)
         + (gsize)threads * 2 * WHY_STRIP * sizeof (gpointer);
}

typedef struct
{
  const WhyScatter *scatter;
  const WhyReal *dy; /* of one picture: [OH·OW][K] */
  WhyReal *dx;       /* [C,H,W] */
  WhyReal *columns;  /* [OH·OW][taps·C] */
  gpointer *pointers;
} Job;

static void
multiply_strips (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyScatter *scatter = job->scatter;
  const WhyKernels *kernels = why_kernels ();
  const WhyReal **in = (const WhyReal **)(job->pointers + thread * 2 * WHY_STRIP);
  WhyReal **out = (WhyReal **)(job->pointers + thread * 2 * WHY_STRIP + WHY_STRIP);

  for (gint64 strip = begin; strip < end; strip++)
    {
      gint64 row = strip * WHY_STRIP;
      WhyProduct product = { .rows = MIN (WHY_STRIP, cells_of (&scatter->shape) - row),
                             .width = scatter->width,
                             .taps = 1,
                             .depth = scatter->shape.out_channels,
                             .in = in,
                             .ld = WHY_STRIP,
                             .weights = scatter->packed,
                             .panel_end = (scatter->width + kernels->panel - 1) / kernels->panel,
                             .out = out };
      for (gint64 m = 0; m < product.rows; m++)
        {
          in[m] = job->dy + (row + m) * scatter->shape.out_channels;
          out[m] = job->columns + (row + m) * scatter->width;
        }
      kernels->product (&product);
    }
}

/* One tap's share of picture row y. */
static void
gather_tap (const Job *job, gint64 y, gint64 r, gint64 s)
{
  const WhyLastConvShape *shape = &job->scatter->shape;
  const WhyWindow *w = &shape->window;
  gint64 channels = shape->in_channels, width = job->scatter->width;
  gint64 from_y = y + w->before[1] - r * w->dilation[1], oy = from_y / w->stride[1];

  if (from_y < 0 || from_y % w->stride[1] != 0 || oy >= w->out[1])
    return;
  for (gint64 ox = 0; ox < w->out[2]; ox++)
    {
      gint64 x = why_window_at (w, 2, ox, s);
      const WhyReal *column
          = job->columns + (oy * w->out[2] + ox) * width + (r * w->kernel[2] + s) * channels;
      if (x < 0 || x >= w->in[2])
        continue;
      for (gint64 c = 0; c < channels; c++)
        job->dx[(c * w->in[1] + y) * w->in[2] + x] += column[c];
    }
}

static void
gather_rows (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyWindow *w = &job->scatter->shape.window;

  for (gint64 y = begin; y < end; y++)
    for (gint64 r = 0; r < w->kernel[1]; r++)
      for (gint64 s = 0; s < w->kernel[2]; s++)
        gather_tap (job, y, r, s);
}

void
why_scatter_run (const WhyScatter *scatter, const WhyReal *dy, WhyReal *dx, WhyPool *pool,
                 gpointer scratch)
{
  const WhyLastConvShape *s = &scatter->shape;
  gint64 cells = cells_of (s), plane = s->window.in[1] * s->window.in[2];
  gint threads = why_pool_get_threads (pool);
  Job job = { .scatter = scatter, .pointers = scratch };

  job.columns = (WhyReal *)(gpointer)(job.pointers + threads * 2 * WHY_STRIP);
  for (gint64 n = 0; n < s->batch; n++)
    {
      job.dy = dy + n * cells * s->out_channels;
      job.dx = dx + n * plane * s->in_channels;
      why_pool_run (pool, (cells + WHY_STRIP - 1) / WHY_STRIP, 1, multiply_strips, &job);
      why_pool_run (pool, s->window.in[1], 1, gather_rows, &job);
    }
}
