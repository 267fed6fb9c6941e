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
  why_rank (a, n);
  why_rank (b, n);
  return n > 1 ? why_correlate (a, b, n) : NAN;
}
