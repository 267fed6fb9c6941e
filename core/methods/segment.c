/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/segment.h"

#include <math.h>
#include <string.h>

#define ITERATIONS 10
#define MOST_CHANNELS 4
/* How much a step of one seed distance weighs against the picture's own spread of colours. */
#define COMPACTNESS 1.0

typedef struct
{
  gdouble y, x, colour[MOST_CHANNELS], count;
} Seed;

typedef struct
{
  const WhyReal *x;
  gint channels, height, width;
  gdouble step, colour_scale;
  gint n;
  Seed *seeds;
  gint *labels;
  gdouble *distances;
} Slic;

static gdouble
spread_of_colours (const Slic *s)
{
  gint64 plane = (gint64)s->height * s->width;
  gdouble total = 0.0;

  for (gint c = 0; c < s->channels; c++)
    {
      gdouble sum = 0.0, squares = 0.0;
      for (gint64 p = 0; p < plane; p++)
        {
          gdouble v = (gdouble)s->x[c * plane + p];
          sum += v;
          squares += v * v;
        }
      total += squares / (gdouble)plane - sum / (gdouble)plane * (sum / (gdouble)plane);
    }
  return sqrt (MAX (total, 1e-12));
}

static void
read_colour (const Slic *s, gint y, gint x, gdouble *colour)
{
  for (gint c = 0; c < s->channels; c++)
    colour[c] = (gdouble)s->x[((gint64)c * s->height + y) * s->width + x];
}

static void
place_seeds (Slic *s, gint n)
{
  gdouble aspect = (gdouble)s->width / s->height;
  gint columns = CLAMP ((gint)lround (sqrt (n * aspect)), 1, s->width);
  gint rows = CLAMP ((gint)lround ((gdouble)n / columns), 1, s->height);

  s->n = rows * columns;
  s->step = sqrt ((gdouble)s->height * s->width / s->n);
  s->seeds = g_new0 (Seed, s->n);
  for (gint i = 0; i < s->n; i++)
    {
      Seed *seed = &s->seeds[i];
      seed->y = (i / columns + 0.5) * s->height / rows - 0.5;
      seed->x = (i % columns + 0.5) * s->width / columns - 0.5;
      read_colour (s, CLAMP ((gint)lround (seed->y), 0, s->height - 1),
                   CLAMP ((gint)lround (seed->x), 0, s->width - 1), seed->colour);
    }
}

static gdouble
distance_to (const Slic *s, const Seed *seed, gint y, gint x)
{
  gdouble colour[MOST_CHANNELS], d = 0.0, dy = (y - seed->y) / s->step,
                                 dx = (x - seed->x) / s->step;

  read_colour (s, y, x, colour);
  for (gint c = 0; c < s->channels; c++)
    d += (colour[c] - seed->colour[c]) * (colour[c] - seed->colour[c]);
  return d / (s->colour_scale * s->colour_scale) + COMPACTNESS * (dy * dy + dx * dx);
}

static void
assign_pixels (Slic *s)
{
  gint64 plane = (gint64)s->height * s->width;
  gint reach = (gint)ceil (2.0 * s->step);

  for (gint64 p = 0; p < plane; p++)
    s->distances[p] = HUGE_VAL;
  for (gint i = 0; i < s->n; i++)
    {
      gint cy = (gint)lround (s->seeds[i].y), cx = (gint)lround (s->seeds[i].x);
      for (gint y = MAX (cy - reach, 0); y <= MIN (cy + reach, s->height - 1); y++)
        for (gint x = MAX (cx - reach, 0); x <= MIN (cx + reach, s->width - 1); x++)
          {
            gdouble d = distance_to (s, &s->seeds[i], y, x);
            gint64 p = (gint64)y * s->width + x;
            if (d < s->distances[p])
              {
                s->distances[p] = d;
                s->labels[p] = i;
              }
          }
    }
}

static void
move_seeds (Slic *s)
{
  memset (s->seeds, 0, (gsize)s->n * sizeof (Seed));
  for (gint y = 0; y < s->height; y++)
    for (gint x = 0; x < s->width; x++)
      {
        Seed *seed = &s->seeds[s->labels[(gint64)y * s->width + x]];
        gdouble colour[MOST_CHANNELS];
        read_colour (s, y, x, colour);
        seed->y += y;
        seed->x += x;
        seed->count += 1.0;
        for (gint c = 0; c < s->channels; c++)
          seed->colour[c] += colour[c];
      }
  for (gint i = 0; i < s->n; i++)
    {
      Seed *seed = &s->seeds[i];
      gdouble n = MAX (seed->count, 1.0);
      seed->y /= n;
      seed->x /= n;
      for (gint c = 0; c < s->channels; c++)
        seed->colour[c] /= n;
    }
}

/* Flood-fills the region of one label from p; returns its size, its pixels are in stack. */
static gint64
flood (const Slic *s, gint64 start, gint new_label, gint *regions, gint64 *stack)
{
  gint64 n = 0, plane = (gint64)s->height * s->width;

  regions[start] = new_label;
  stack[n++] = start;
  for (gint64 i = 0; i < n; i++)
    {
      gint64 p = stack[i], x = p % s->width;
      gint64 near[4] = { x > 0 ? p - 1 : -1, x + 1 < s->width ? p + 1 : -1, p - s->width,
                         p + s->width < plane ? p + s->width : -1 };
      for (gint k = 0; k < 4; k++)
        if (near[k] >= 0 && regions[near[k]] < 0 && s->labels[near[k]] == s->labels[p])
          {
            regions[near[k]] = new_label;
            stack[n++] = near[k];
          }
    }
  return n;
}

/* Connected regions, small crumbs joined to the region before them. */
static gint
connect (const Slic *s, gint *labels)
{
  gint64 plane = (gint64)s->height * s->width, least = plane / s->n / 4;
  g_autofree gint *regions = g_new (gint, plane);
  g_autofree gint64 *stack = g_new (gint64, plane);
  gint count = 0;

  for (gint64 p = 0; p < plane; p++)
    regions[p] = -1;
  for (gint64 p = 0; p < plane; p++)
    {
      gint64 size;
      gint before = p % s->width > 0 ? regions[p - 1] : p >= s->width ? regions[p - s->width] : -1;
      if (regions[p] >= 0)
        continue;
      size = flood (s, p, count, regions, stack);
      if (size >= least || before < 0)
        count++;
      else
        for (gint64 i = 0; i < size; i++)
          regions[stack[i]] = before;
    }
  memcpy (labels, regions, (gsize)plane * sizeof (gint));
  return count;
}

gint
why_segment (const WhyReal *x, gint channels, gint height, gint width, gint n, gint *labels)
{
  gint64 plane = (gint64)height * width;
  g_autofree gint *own = g_new0 (gint, plane);
  g_autofree gdouble *distances = g_new (gdouble, plane);
  Slic s = { .x = x,
             .channels = MIN (channels, MOST_CHANNELS),
             .height = height,
             .width = width,
             .labels = own,
             .distances = distances };
  gint count;

  s.colour_scale = spread_of_colours (&s);
  place_seeds (&s, n);
  for (gint i = 0; i < ITERATIONS; i++)
    {
      assign_pixels (&s);
      move_seeds (&s);
    }
  count = connect (&s, labels);
  g_free (s.seeds);
  return count;
}
