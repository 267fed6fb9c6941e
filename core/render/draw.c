/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "render/lattice.h"
#include "render/palette.h"

/* The drawn pixels of one row. line: the lattice's row there. */
static void
fill_row (const WhyPalette *palette, const WhyMapLatticePoint *columns, gint n, const gfloat *line,
          guint8 *rgba)
{
  for (gint i = 0; i < n; i++, rgba += 4)
    {
      const gfloat *at;

      if (columns[i].cell < 0)
        {
          memset (rgba, 0, 4);
          continue;
        }
      at = line + columns[i].cell;
      memcpy (rgba, why_palette_get (palette, at[0] + columns[i].share * (at[1] - at[0])), 4);
    }
}

static void
draw_fill (const WhyParams *style, const WhyMapLattice *lattice, const WhyView *view,
           const WhyCanvas *canvas, gdouble zoom)
{
  gboolean native = strcmp (why_params_get_choice (style, "cells"), "native") == 0;
  g_autofree WhyMapLatticePoint *columns
      = why_map_lattice_axis (view, FALSE, lattice->width, canvas->x, canvas->width, zoom, native);
  g_autofree WhyMapLatticePoint *rows
      = why_map_lattice_axis (view, TRUE, lattice->height, canvas->y, canvas->height, zoom, native);
  g_autofree WhyPalette *palette = g_new (WhyPalette, 1);
  g_autofree gfloat *line = g_new (gfloat, lattice->width + 1);

  why_palette_init (palette, style);
  for (gint y = 0; y < canvas->height; y++)
    {
      guint8 *rgba = canvas->rgba + y * canvas->stride;

      if (rows[y].cell < 0)
        {
          memset (rgba, 0, 4 * (gsize)canvas->width);
          continue;
        }
      why_map_lattice_row (lattice, &rows[y], line);
      fill_row (palette, columns, canvas->width, line, rgba);
    }
}

static void
draw_contours (const WhyContours *contours, const WhyMapLattice *lattice, const WhyView *view,
               const WhyCanvas *canvas, gdouble zoom)
{
  g_autofree WhyMapLatticePoint *columns
      = why_map_lattice_axis (view, FALSE, lattice->width, canvas->x, canvas->width, zoom, FALSE);
  g_autofree WhyMapLatticePoint *rows
      = why_map_lattice_axis (view, TRUE, lattice->height, canvas->y, canvas->height, zoom, FALSE);
  g_autofree gfloat *line = g_new (gfloat, lattice->width + 1);
  g_autofree gfloat *slope = g_new (gfloat, lattice->width + 1);

  for (gint y = 0; y < canvas->height; y++)
    if (rows[y].cell >= 0)
      {
        why_map_lattice_row (lattice, &rows[y], line);
        why_map_lattice_row_slope (lattice, &rows[y], slope);
        why_contours_draw_row (contours, columns, canvas->width, line, slope,
                               canvas->rgba + y * canvas->stride);
      }
  why_contours_draw_labels (contours, canvas);
}

void
why_style_draw (const WhyParams *style, const WhyScale *scale, const WhyTensor *cells,
                const WhyView *view, gint x, gint y, gint width, gint height, gdouble zoom,
                guint8 *rgba, gsize rowstride)
{
  const WhyCanvas canvas = { rgba, rowstride, x, y, width, height };
  WhyMapLattice lattice;
  WhyContours contours;

  g_return_if_fail (cells->shape.rank == 2 && zoom > 0);

  if (scale->empty || scale->high <= 0)
    {
      for (gint row = 0; row < height; row++)
        memset (rgba + row * rowstride, 0, 4 * (gsize)width);
      return;
    }
  why_map_lattice_init (&lattice, cells, scale);
  draw_fill (style, &lattice, view, &canvas, zoom);
  why_contours_init (&contours, style, scale, &lattice, view, zoom);
  if (contours.n > 0)
    draw_contours (&contours, &lattice, view, &canvas, zoom);
  why_contours_clear (&contours);
  why_map_lattice_clear (&lattice);
}

void
why_style_draw_evidence (const WhyParams *style, const WhyScale *scale, const WhyTensor *cells,
                         const WhyView *view, gint x, gint y, gint width, gint height, gdouble zoom,
                         guint8 *gray, gsize rowstride)
{
  g_autofree guint8 *rgba = g_malloc0 (4 * (gsize)width * height);
  const WhyCanvas canvas = { rgba, 4 * (gsize)width, x, y, width, height };
  WhyMapLattice lattice;

  g_return_if_fail (cells->shape.rank == 2 && zoom > 0);

  if (!scale->empty && scale->high > 0)
    {
      why_map_lattice_init (&lattice, cells, scale);
      draw_fill (style, &lattice, view, &canvas, zoom);
      why_map_lattice_clear (&lattice);
    }
  /* The palette's alpha is the strength of the evidence. */
  for (gint row = 0; row < height; row++)
    for (gint column = 0; column < width; column++)
      gray[row * rowstride + column] = rgba[4 * ((gsize)row * width + column) + 3];
}
