/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/window.h"

#include <string.h>

static gint64
floor_div (gint64 a, gint64 b)
{
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

void
why_window_valid (const WhyWindow *window, gint axis, gint64 tap, gint64 *begin, gint64 *end)
{
  gint64 shift = window->before[axis] - tap * window->dilation[axis];
  gint64 first = -floor_div (-shift, window->stride[axis]);
  gint64 last = floor_div (window->in[axis] - 1 + shift, window->stride[axis]);

  *begin = CLAMP (first, 0, window->out[axis]);
  *end = CLAMP (last + 1, *begin, window->out[axis]);
}

gboolean
why_window_is_pointwise (const WhyWindow *window)
{
  for (gint axis = 0; axis < WHY_SPATIAL; axis++)
    if (window->kernel[axis] != 1 || window->stride[axis] != 1 || window->before[axis] != 0
        || window->after[axis] != 0)
      return FALSE;
  return TRUE;
}

/** One tap of one channel, going through output cells row by row. */
typedef struct
{
  const WhyWindow *window;
  gint64 tap[WHY_SPATIAL];
  gint64 valid_begin, valid_end; /* along the last axis */
} Walk;

static void
walk_init (Walk *walk, const WhyWindow *window, gint64 tap)
{
  walk->window = window;
  walk->tap[2] = tap % window->kernel[2];
  walk->tap[1] = tap / window->kernel[2] % window->kernel[1];
  walk->tap[0] = tap / window->kernel[2] / window->kernel[1];
  why_window_valid (window, 2, walk->tap[2], &walk->valid_begin, &walk->valid_end);
}

/* Offset in a channel of the input cell under output cell (row, 0), or FALSE in the padding. The
 * offset itself may be negative: only cells from valid_begin on are inside. */
static gboolean
walk_row (const Walk *walk, gint64 row, gint64 *offset)
{
  const WhyWindow *w = walk->window;
  gint64 z = why_window_at (w, 0, row / w->out[1], walk->tap[0]);
  gint64 y = why_window_at (w, 1, row % w->out[1], walk->tap[1]);

  *offset = (z * w->in[1] + y) * w->in[2] + why_window_at (w, 2, 0, walk->tap[2]);
  return z >= 0 && z < w->in[0] && y >= 0 && y < w->in[1];
}

static void
gather (const WhyReal *from, gint64 stride, gint64 n, WhyReal *to)
{
  if (stride == 1)
    memcpy (to, from, (gsize)n * sizeof (WhyReal));
  else
    for (gint64 i = 0; i < n; i++)
      to[i] = from[i * stride];
}

static void
fill_zero (WhyReal *to, gint64 n)
{
  memset (to, 0, (gsize)n * sizeof (WhyReal));
}

static void
im2col_tap (const Walk *walk, const WhyReal *channel, gint64 begin, gint64 end, WhyReal *column)
{
  gint64 width = walk->window->out[2], stride = walk->window->stride[2];

  for (gint64 at = begin; at < end;)
    {
      gint64 row = at / width, offset;
      gint64 x0 = at - row * width, x1 = MIN (width, x0 + end - at);
      gint64 v0 = CLAMP (walk->valid_begin, x0, x1), v1 = CLAMP (walk->valid_end, v0, x1);

      if (!walk_row (walk, row, &offset))
        v0 = v1 = x1;
      fill_zero (column, v0 - x0);
      if (v1 > v0)
        gather (channel + offset + v0 * stride, stride, v1 - v0, column + (v0 - x0));
      fill_zero (column + (v1 - x0), x1 - v1);
      column += x1 - x0;
      at += x1 - x0;
    }
}

static void
col2im_tap (const Walk *walk, const WhyReal *column, gint64 begin, gint64 end, WhyReal *channel)
{
  gint64 width = walk->window->out[2], stride = walk->window->stride[2];

  for (gint64 at = begin; at < end;)
    {
      gint64 row = at / width, offset;
      gint64 x0 = at - row * width, x1 = MIN (width, x0 + end - at);
      gint64 v0 = CLAMP (walk->valid_begin, x0, x1), v1 = CLAMP (walk->valid_end, v0, x1);

      if (walk_row (walk, row, &offset))
        for (gint64 x = v0; x < v1; x++)
          channel[offset + x * stride] += column[x - x0];
      column += x1 - x0;
      at += x1 - x0;
    }
}

void
why_im2col (const WhyWindow *window, const WhyReal *picture, gint64 channels, gint64 begin,
            gint64 end, WhyReal *columns)
{
  gint64 taps = why_volume (window->kernel), cells = why_volume (window->in);

  for (gint64 tap = 0; tap < taps; tap++)
    {
      Walk walk;
      walk_init (&walk, window, tap);
      for (gint64 c = 0; c < channels; c++)
        im2col_tap (&walk, picture + c * cells, begin, end,
                    columns + (c * taps + tap) * (end - begin));
    }
}

void
why_col2im (const WhyWindow *window, const WhyReal *columns, gint64 channels, gint64 begin,
            gint64 end, WhyReal *picture)
{
  gint64 taps = why_volume (window->kernel), cells = why_volume (window->in);

  for (gint64 tap = 0; tap < taps; tap++)
    {
      Walk walk;
      walk_init (&walk, window, tap);
      for (gint64 c = 0; c < channels; c++)
        col2im_tap (&walk, columns + (c * taps + tap) * (end - begin), begin, end,
                    picture + c * cells);
    }
}
