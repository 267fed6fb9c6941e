/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/pooling.h"

#include <math.h>

typedef struct
{
  const WhyWindow *window;
  gint64 in_cells, out_cells;
  gboolean count_padding;
  const WhyReal *x, *gy;
  WhyReal *result;
  gint64 *winners;
} Job;

static void
run (const WhyWindow *window, gint64 planes, WhyPoolFunc func, Job *job, WhyPool *pool)
{
  job->window = window;
  job->in_cells = why_volume (window->in);
  job->out_cells = why_volume (window->out);
  why_pool_run (pool, planes, 1, func, job);
}

/* Goes through the taps that meet output row `row`: the input row's offset in the plane (it may
 * begin left of the plane; only cells under `begin` … `end` are inside) and those cells. */
typedef struct
{
  const WhyWindow *window;
  gint64 row, tap, taps;
  gint64 offset, begin, end;
} Taps;

static void
taps_init (Taps *taps, const WhyWindow *window, gint64 row)
{
  *taps = (Taps){ .window = window, .row = row, .taps = why_volume (window->kernel) };
}

static gboolean
taps_next (Taps *taps)
{
  const WhyWindow *w = taps->window;

  while (taps->tap < taps->taps)
    {
      gint64 tap = taps->tap++;
      gint64 kx = tap % w->kernel[2], ky = tap / w->kernel[2] % w->kernel[1];
      gint64 z = why_window_at (w, 0, taps->row / w->out[1], tap / w->kernel[2] / w->kernel[1]);
      gint64 y = why_window_at (w, 1, taps->row % w->out[1], ky);

      if (z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1])
        continue;
      why_window_valid (w, 2, kx, &taps->begin, &taps->end);
      taps->offset = (z * w->in[1] + y) * w->in[2] + why_window_at (w, 2, 0, kx);
      if (taps->begin < taps->end)
        return TRUE;
    }
  return FALSE;
}

/* ---- maximum ---------------------------------------------------------------------------- */

static void
row_max (const WhyReal *restrict x, gint64 n, gint64 stride, WhyReal *restrict y)
{
  if (stride == 1)
    for (gint64 i = 0; i < n; i++)
      y[i] = x[i] > y[i] ? x[i] : y[i];
  else
    for (gint64 i = 0; i < n; i++)
      y[i] = x[i * stride] > y[i] ? x[i * stride] : y[i];
}

static void
max_planes (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyWindow *w = job->window;

  for (gint64 p = first; p < last; p++)
    for (gint64 row = 0; row < w->out[0] * w->out[1]; row++)
      {
        WhyReal *y = job->result + p * job->out_cells + row * w->out[2];
        Taps taps;

        for (gint64 i = 0; i < w->out[2]; i++)
          y[i] = -INFINITY;
        taps_init (&taps, w, row);
        while (taps_next (&taps))
          row_max (job->x + p * job->in_cells + taps.offset + taps.begin * w->stride[2],
                   taps.end - taps.begin, w->stride[2], y + taps.begin);
      }
}

void
why_max_pool_forward (const WhyWindow *window, gint64 planes, const WhyReal *x, WhyReal *y,
                      WhyPool *pool)
{
  Job job = { .x = x, .result = y };
  run (window, planes, max_planes, &job, pool);
}

/* The cell of plane x that wins output cell (row, column). */
static gint64
winner (const WhyWindow *w, const WhyReal *x, gint64 row, gint64 column)
{
  gint64 best = -1;

  for (gint64 kz = 0; kz < w->kernel[0]; kz++)
    for (gint64 ky = 0; ky < w->kernel[1]; ky++)
      {
        gint64 z = why_window_at (w, 0, row / w->out[1], kz);
        gint64 y = why_window_at (w, 1, row % w->out[1], ky);

        if (z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1])
          continue;
        for (gint64 kx = 0; kx < w->kernel[2]; kx++)
          {
            gint64 at = why_window_at (w, 2, column, kx);
            gint64 cell = (z * w->in[1] + y) * w->in[2] + at;
            if (at >= 0 && at < w->in[2] && (best < 0 || x[cell] > x[best]))
              best = cell;
          }
      }
  return best;
}

static void
winner_planes (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyWindow *w = job->window;

  for (gint64 p = first; p < last; p++)
    for (gint64 i = 0; i < job->out_cells; i++)
      {
        const WhyReal *x = job->x + p * job->in_cells;
        gint64 cell = winner (w, x, i / w->out[2], i % w->out[2]);
        if (job->winners != NULL)
          job->winners[p * job->out_cells + i] = cell;
        else
          job->result[p * job->in_cells + cell] += job->gy[p * job->out_cells + i];
      }
}

void
why_max_pool_winners (const WhyWindow *window, gint64 planes, const WhyReal *x, gint64 *winners,
                      WhyPool *pool)
{
  Job job = { .x = x, .winners = winners };
  run (window, planes, winner_planes, &job, pool);
}

void
why_max_pool_backward (const WhyWindow *window, gint64 planes, const WhyReal *x, const WhyReal *gy,
                       WhyReal *gx, WhyPool *pool)
{
  Job job = { .x = x, .gy = gy, .result = gx };
  run (window, planes, winner_planes, &job, pool);
}

/* ---- average ---------------------------------------------------------------------------- */

/* Taps of an output cell that count along one axis. */
static gint64
count (const Job *job, gint axis, gint64 out)
{
  const WhyWindow *w = job->window;
  gint64 low = job->count_padding ? -w->before[axis] : 0;
  gint64 high = w->in[axis] + (job->count_padding ? w->after[axis] : 0), n = 0;

  for (gint64 tap = 0; tap < w->kernel[axis]; tap++)
    {
      gint64 at = why_window_at (w, axis, out, tap);
      n += at >= low && at < high;
    }
  return n;
}

static gint64
row_count (const Job *job, gint64 row)
{
  return count (job, 0, row / job->window->out[1]) * count (job, 1, row % job->window->out[1]);
}

static void
average_planes (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyWindow *w = job->window;

  for (gint64 row = 0; row < w->out[0] * w->out[1]; row++)
    {
      gint64 rows = row_count (job, row);
      for (gint64 p = first; p < last; p++)
        {
          WhyReal *y = job->result + p * job->out_cells + row * w->out[2];
          Taps taps;

          for (gint64 i = 0; i < w->out[2]; i++)
            y[i] = 0;
          taps_init (&taps, w, row);
          while (taps_next (&taps))
            for (gint64 i = taps.begin; i < taps.end; i++)
              y[i] += job->x[p * job->in_cells + taps.offset + i * w->stride[2]];
          for (gint64 i = 0; i < w->out[2]; i++)
            y[i] /= (WhyReal)(rows * count (job, 2, i));
        }
    }
}

void
why_average_pool_forward (const WhyWindow *window, gint64 planes, gboolean count_padding,
                          const WhyReal *x, WhyReal *y, WhyPool *pool)
{
  Job job = { .x = x, .result = y, .count_padding = count_padding };
  run (window, planes, average_planes, &job, pool);
}

/* Adds share to every cell of plane x under output cell (row, column). */
static void
spread (const WhyWindow *w, gint64 row, gint64 column, WhyReal share, WhyReal *x)
{
  for (gint64 kz = 0; kz < w->kernel[0]; kz++)
    for (gint64 ky = 0; ky < w->kernel[1]; ky++)
      {
        gint64 z = why_window_at (w, 0, row / w->out[1], kz);
        gint64 y = why_window_at (w, 1, row % w->out[1], ky);

        if (z < 0 || z >= w->in[0] || y < 0 || y >= w->in[1])
          continue;
        for (gint64 kx = 0; kx < w->kernel[2]; kx++)
          {
            gint64 at = why_window_at (w, 2, column, kx);
            if (at >= 0 && at < w->in[2])
              x[(z * w->in[1] + y) * w->in[2] + at] += share;
          }
      }
}

static void
average_backward_planes (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyWindow *w = job->window;

  for (gint64 cell = 0; cell < job->out_cells; cell++)
    {
      gint64 row = cell / w->out[2], column = cell % w->out[2];
      WhyReal n = (WhyReal)(row_count (job, row) * count (job, 2, column));

      for (gint64 p = first; p < last; p++)
        spread (w, row, column, job->gy[p * job->out_cells + cell] / n,
                job->result + p * job->in_cells);
    }
}

void
why_average_pool_backward (const WhyWindow *window, gint64 planes, gboolean count_padding,
                           const WhyReal *gy, WhyReal *gx, WhyPool *pool)
{
  Job job = { .gy = gy, .result = gx, .count_padding = count_padding };
  run (window, planes, average_backward_planes, &job, pool);
}
