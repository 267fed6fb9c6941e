/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pooling of channels-last values: every loop runs over contiguous channels. */
#include <string.h>

#include "kernels/kernels.h"
#include "ops/last.h"
#include "ops/window-attrs.h"

typedef struct
{
  WhyWindow window;
  gint64 batch, channels;
  gboolean count_padding;
} LastPool;

static gpointer
last_pool_prepare (const WhyNode *node, const WhyInfer *infer)
{
  LastPool *pool = g_new0 (LastPool, 1);
  const WhyShape *x = &infer->in[0]->shape;
  WhyShape nchw = WHY_SHAPE (x->dims[0], x->dims[3], x->dims[1], x->dims[2]);
  gint n;
  const gint64 *kernel = why_node_ints (node, "kernel_shape", &n);

  pool->batch = x->dims[0];
  pool->channels = x->dims[3];
  pool->count_padding = why_node_int (node, "count_include_pad", 0) != 0;
  why_window_read (node, &nchw, kernel, 2, &pool->window, NULL);
  return pool;
}

typedef struct
{
  const LastPool *pool;
  const WhyReal *x, *y, *dy;
  WhyReal *out;
  const WhyPart *part; /* NULL: all */
  gboolean fresh;      /* out is not zeroed yet */
} Call;

/* The part of a window that lies inside the picture, along one axis. */
static void
clip_taps (const WhyWindow *w, gint axis, gint64 out, gint64 *begin, gint64 *end)
{
  *begin = 0;
  *end = w->kernel[axis];
  while (*begin < *end && why_window_at (w, axis, out, *begin) < 0)
    ++*begin;
  while (*end > *begin && why_window_at (w, axis, out, *end - 1) >= w->in[axis])
    --*end;
}

/* One output pixel: where it is, and the taps inside the picture. */
typedef struct
{
  gint64 n, oy, ox, y0, y1, x0, x1;
} Place;

static Place
place_of (const LastPool *pool, const WhyPart *part, gint64 row)
{
  const WhyWindow *w = &pool->window;
  gint64 rows = part ? part->size[0] : w->out[1], columns = part ? part->size[1] : w->out[2];
  gint64 n = row / (rows * columns);
  Place p = { .n = n,
              .oy = row / columns % rows + (part ? part->origin[n][0] : 0),
              .ox = row % columns + (part ? part->origin[n][1] : 0) };

  clip_taps (w, 1, p.oy, &p.y0, &p.y1);
  clip_taps (w, 2, p.ox, &p.x0, &p.x1);
  return p;
}

static WhyReal *
output_at (const Call *c, const Place *p)
{
  const WhyWindow *w = &c->pool->window;

  return c->out + ((p->n * w->out[1] + p->oy) * w->out[2] + p->ox) * c->pool->channels;
}

static gint64
pixel_of (const LastPool *pool, const Place *p, gint64 r, gint64 s)
{
  const WhyWindow *w = &pool->window;

  return (p->n * w->in[1] + why_window_at (w, 1, p->oy, r)) * w->in[2]
         + why_window_at (w, 2, p->ox, s);
}

#define MOST_ROWS 16

static void
max_rows (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *c = data;
  gint64 channels = c->pool->channels;

  for (gint64 row = begin; row < end; row++)
    {
      Place p = place_of (c->pool, c->part, row);
      const WhyReal *rows[MOST_ROWS];
      WhyReal *y = output_at (c, &p);
      gint n = 0;
      for (gint64 r = p.y0; r < p.y1; r++)
        for (gint64 s = p.x0; s < p.x1; s++)
          {
            rows[n++] = c->x + pixel_of (c->pool, &p, r, s) * channels;
            if (n < MOST_ROWS)
              continue;
            why_kernels ()->maximum (rows, n, y, channels);
            rows[0] = y;
            n = 1;
          }
      if (n > 0)
        why_kernels ()->maximum (rows, n, y, channels);
    }
}

/* Rows [from, to) of picture n's gradient. */
static void
clear_rows (const Call *c, gint64 n, gint64 from, gint64 to)
{
  const WhyWindow *w = &c->pool->window;
  gint64 row = w->in[2] * c->pool->channels;

  if (to > from)
    memset (c->out + (n * w->in[1] + from) * row, 0, (gsize)((to - from) * row) * sizeof *c->out);
}

/* How many of a picture's rows the windows of output row oy and of those before it see. */
static gint64
rows_seen (const LastPool *pool, gint64 oy)
{
  const WhyWindow *w = &pool->window;

  return CLAMP (why_window_at (w, 1, oy, w->kernel[1] - 1) + 1, 0, w->in[1]);
}

static void
max_backward_pixel (const Call *c, gint64 row, const WhyReal **in, WhyReal **out)
{
  gint64 channels = c->pool->channels;
  Place p = place_of (c->pool, NULL, row);
  gint n = 0;

  for (gint64 r = p.y0; r < p.y1; r++)
    for (gint64 s = p.x0; s < p.x1; s++, n++)
      {
        gint64 pixel = pixel_of (c->pool, &p, r, s);
        in[n] = c->x + pixel * channels;
        out[n] = c->out + pixel * channels;
      }
  why_kernels ()->maximum_gradient (in, n, c->y + row * channels, c->dy + row * channels, out,
                                    channels);
}

/* Whole pictures a task: windows overlap. A fresh gradient's rows are cleared when the first window
 * comes to them, and still in the cache when it adds to them. */
static void
max_backward_pictures (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *c = data;
  const WhyWindow *w = &c->pool->window;
  gsize taps = (gsize)(w->kernel[1] * w->kernel[2]);
  g_autofree const WhyReal **in = g_new (const WhyReal *, taps);
  g_autofree WhyReal **out = g_new (WhyReal *, taps);

  for (gint64 n = begin; n < end; n++)
    {
      gint64 clear = c->fresh ? 0 : w->in[1];
      for (gint64 oy = 0; oy < w->out[1]; oy++)
        {
          gint64 seen = rows_seen (c->pool, oy);
          clear_rows (c, n, clear, seen);
          clear = MAX (clear, seen);
          for (gint64 ox = 0; ox < w->out[2]; ox++)
            max_backward_pixel (c, (n * w->out[1] + oy) * w->out[2] + ox, in, out);
        }
      clear_rows (c, n, clear, w->in[1]);
    }
}

/* What an average divides by: padding counts only when asked for, and never what ceil_mode adds. */
static WhyReal
divisor (const LastPool *pool, const Place *p)
{
  const WhyWindow *w = &pool->window;
  gint64 count[2];

  if (!pool->count_padding)
    return (WhyReal)((p->y1 - p->y0) * (p->x1 - p->x0));
  for (gint a = 0; a < 2; a++)
    {
      count[a] = 0;
      for (gint64 t = 0; t < w->kernel[a + 1]; t++)
        count[a]
            += why_window_at (w, a + 1, a == 0 ? p->oy : p->ox, t) < w->in[a + 1] + w->after[a + 1];
    }
  return (WhyReal)(count[0] * count[1]);
}

static void
average_rows (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *c = data;
  gint64 channels = c->pool->channels;

  for (gint64 row = begin; row < end; row++)
    {
      Place p = place_of (c->pool, c->part, row);
      WhyReal *y = output_at (c, &p), scale = 1 / divisor (c->pool, &p);
      memset (y, 0, (gsize)channels * sizeof *y);
      for (gint64 r = p.y0; r < p.y1; r++)
        for (gint64 s = p.x0; s < p.x1; s++)
          {
            const WhyReal *x = c->x + pixel_of (c->pool, &p, r, s) * channels;
            for (gint64 k = 0; k < channels; k++)
              y[k] += x[k];
          }
      for (gint64 k = 0; k < channels; k++)
        y[k] *= scale;
    }
}

static void
average_backward_pictures (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *c = data;
  gint64 channels = c->pool->channels, cells = c->pool->window.out[1] * c->pool->window.out[2];

  for (gint64 row = begin * cells; row < end * cells; row++)
    {
      Place p = place_of (c->pool, NULL, row);
      const WhyReal *dy = c->dy + row * channels;
      WhyReal scale = 1 / divisor (c->pool, &p);
      for (gint64 r = p.y0; r < p.y1; r++)
        for (gint64 s = p.x0; s < p.x1; s++)
          {
            WhyReal *dx = c->out + pixel_of (c->pool, &p, r, s) * channels;
            for (gint64 k = 0; k < channels; k++)
              dx[k] += dy[k] * scale;
          }
    }
}

static void
run_forward (const WhyRun *run, const WhyPart *part, WhyPoolFunc rows)
{
  const LastPool *pool = run->plan;
  const gint64 *size = part ? part->size : pool->window.out + 1;
  Call call = { .pool = pool, .x = run->in[0]->real, .out = run->out[0]->real, .part = part };

  why_pool_run (run->pool, pool->batch * size[0] * size[1], 8, rows, &call);
}

static void
run_backward (const WhyRun *run, WhyPoolFunc pictures)
{
  const LastPool *pool = run->plan;
  Call call = { .pool = pool,
                .x = run->in[0]->real,
                .y = run->out[0]->real,
                .dy = run->grad_out[0],
                .out = run->grad_in[0],
                .fresh = why_run_is_fresh (run, 0) };

  if (run->grad_in[0])
    why_pool_run (run->pool, pool->batch, 1, pictures, &call);
}

static WhyRegion
last_pool_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  g_autofree LastPool *pool = last_pool_prepare (node, infer);

  return why_window_changed (&pool->window, 2, 0, changed);
}

static void
last_max_forward_part (const WhyRun *run, const WhyPart *part)
{
  run_forward (run, part, max_rows);
}

static void
last_max_forward (const WhyRun *run)
{
  last_max_forward_part (run, NULL);
}

static void
last_max_backward (const WhyRun *run)
{
  run_backward (run, max_backward_pictures);
}

static void
last_average_forward_part (const WhyRun *run, const WhyPart *part)
{
  run_forward (run, part, average_rows);
}

static void
last_average_forward (const WhyRun *run)
{
  last_average_forward_part (run, NULL);
}

static void
last_average_backward (const WhyRun *run)
{
  run_backward (run, average_backward_pictures);
}

static void
mean_pictures (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyRun *run = data;
  const WhyShape *x = &run->in[0]->shape;
  gint64 cells = x->dims[1] * x->dims[2], channels = x->dims[3];
  g_autofree gdouble *sum = g_new (gdouble, channels);

  for (gint64 n = begin; n < end; n++)
    {
      const WhyReal *from = run->in[0]->real + n * cells * channels;
      memset (sum, 0, (gsize)channels * sizeof *sum);
      for (gint64 p = 0; p < cells; p++)
        for (gint64 k = 0; k < channels; k++)
          sum[k] += (gdouble)from[p * channels + k];
      for (gint64 k = 0; k < channels; k++)
        run->out[0]->real[n * channels + k] = (WhyReal)(sum[k] / (gdouble)cells);
    }
}

static void
last_global_forward (const WhyRun *run)
{
  why_pool_run (run->pool, run->in[0]->shape.dims[0], 1, mean_pictures, (gpointer)run);
}

static void
spread_pixels (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyRun *run = data;
  const WhyShape *x = &run->in[0]->shape;
  gint64 cells = x->dims[1] * x->dims[2], channels = x->dims[3];
  gboolean fresh = why_run_is_fresh (run, 0);

  for (gint64 pixel = begin; pixel < end; pixel++)
    {
      const WhyReal *restrict dy = run->grad_out[0] + pixel / cells * channels;
      WhyReal *restrict dx = run->grad_in[0] + pixel * channels, n = (WhyReal)cells;
      for (gint64 k = 0; k < channels; k++)
        dx[k] = (fresh ? 0 : dx[k]) + dy[k] / n;
    }
}

static void
last_global_backward (const WhyRun *run)
{
  const WhyShape *x = &run->in[0]->shape;

  if (run->grad_in[0])
    why_pool_run (run->pool, x->dims[0] * x->dims[1] * x->dims[2], 16, spread_pixels,
                  (gpointer)run);
}

#define LAST_POOL_ROW(title, id)                                                                   \
  .name = title " (channels last)", .min_inputs = 1, .max_inputs = 1,                              \
  .forward = last_##id##_forward, .backward = last_##id##_backward,                                \
  .relevance_kind = WHY_RELEVANCE_OWN

const WhyOp why_op_last_max_pool = {
  LAST_POOL_ROW ("MaxPool", max),
  .overwrites = TRUE,
  .prepare = last_pool_prepare,
  .unprepare = g_free,
  .region_forward = last_pool_region_forward,
  .forward_part = last_max_forward_part,
};

const WhyOp why_op_last_average_pool = {
  LAST_POOL_ROW ("AveragePool", average),
  .prepare = last_pool_prepare,
  .unprepare = g_free,
  .region_forward = last_pool_region_forward,
  .forward_part = last_average_forward_part,
};

const WhyOp why_op_last_global_average_pool = {
  LAST_POOL_ROW ("GlobalAveragePool", global),
  .overwrites = TRUE,
};
