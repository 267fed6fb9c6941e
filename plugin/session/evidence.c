/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/evidence.h"

#include <math.h>

/* Points along each side of the picture where two maps are compared. */
#define GRID 32

/* Length of [from, to] that lies in [low, high]. */
static gdouble
overlap (gdouble from, gdouble to, gdouble low, gdouble high)
{
  return MAX (0.0, MIN (to, high) - MAX (from, low));
}

gdouble
why_evidence_outside_middle (const WhyTensor *cells)
{
  gint h = (gint)cells->shape.dims[0], w = (gint)cells->shape.dims[1];
  gdouble margin = (1.0 - sqrt (0.5)) / 2.0; /* half the area */
  gdouble all = 0, middle = 0;

  for (gint y = 0; y < h; y++)
    for (gint x = 0; x < w; x++)
      {
        gdouble value = MAX (0.0, cells->real[y * w + x]);

        all += value;
        middle += value * overlap (x, x + 1, margin * w, (1 - margin) * w)
                  * overlap (y, y + 1, margin * h, (1 - margin) * h);
      }
  return all > 0 ? 1.0 - middle / all : NAN;
}

/* The value of the cell that shows a point of the picture; FALSE where the network saw nothing. */
static gboolean
read_cell (const WhyTensor *cells, const WhyView *view, gdouble x, gdouble y, gdouble *value)
{
  gint h = (gint)cells->shape.dims[0], w = (gint)cells->shape.dims[1];
  gdouble input_x, input_y;

  if (x < view->rect.x || x > view->rect.x + view->rect.width || y < view->rect.y
      || y > view->rect.y + view->rect.height)
    return FALSE;
  why_view_to_input (view, x, y, &input_x, &input_y);
  *value = cells->real[CLAMP ((gint)(input_y * h / view->input_height), 0, h - 1) * w
                       + CLAMP ((gint)(input_x * w / view->input_width), 0, w - 1)];
  return TRUE;
}

typedef struct
{
  gdouble value;
  gint index;
} Item;

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  gdouble x = ((const Item *)a)->value, y = ((const Item *)b)->value;

  return (x > y) - (x < y);
}

/* Replaces values by their ranks, ties by the mean of theirs. */
static void
rank (gdouble *values, gint n)
{
  g_autofree Item *items = g_new (Item, n);

  for (gint i = 0; i < n; i++)
    items[i] = (Item){ values[i], i };
  qsort (items, n, sizeof *items, compare_items);
  for (gint from = 0, to; from < n; from = to)
    {
      for (to = from + 1; to < n && items[to].value == items[from].value; to++)
        ;
      for (gint i = from; i < to; i++)
        values[items[i].index] = (from + to - 1) / 2.0;
    }
}

/* Pearson's correlation; NAN when one side does not vary. */
static gdouble
correlate (const gdouble *a, const gdouble *b, gint n)
{
  gdouble mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;

  for (gint i = 0; i < n; i++)
    {
      mean_a += a[i] / n;
      mean_b += b[i] / n;
    }
  for (gint i = 0; i < n; i++)
    {
      ab += (a[i] - mean_a) * (b[i] - mean_b);
      aa += (a[i] - mean_a) * (a[i] - mean_a);
      bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
  return aa > 0 && bb > 0 ? ab / sqrt (aa * bb) : NAN;
}

gdouble
why_evidence_agreement (const WhyTensor *cells_a, const WhyView *view_a, const WhyTensor *cells_b,
                        const WhyView *view_b)
{
  gdouble a[GRID * GRID], b[GRID * GRID];
  gint n = 0;

  for (gint i = 0; i < GRID * GRID; i++)
    {
      gdouble x = (i % GRID + 0.5) * view_a->image_width / GRID;
      gdouble y = (i / GRID + 0.5) * view_a->image_height / GRID;

      if (read_cell (cells_a, view_a, x, y, &a[n]) && read_cell (cells_b, view_b, x, y, &b[n]))
        n++;
    }
  rank (a, n);
  rank (b, n);
  return n > 1 ? correlate (a, b, n) : NAN;
}
