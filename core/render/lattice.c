/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/lattice.h"

#include <math.h>

/* Far outside the scale, but safe to interpolate. */
#define LARGEST_SHARE 1e6

void
why_map_lattice_init (WhyMapLattice *lattice, const WhyTensor *cells, const WhyScale *scale)
{
  gint height = cells->shape.dims[0], width = cells->shape.dims[1];

  lattice->width = width;
  lattice->height = height;
  lattice->shares = g_new (gfloat, (gsize)(width + 1) * (height + 1));
  for (gint y = 0; y <= height; y++)
    for (gint x = 0; x <= width; x++)
      {
        gdouble value = cells->real[(gsize)MIN (y, height - 1) * width + MIN (x, width - 1)];
        gdouble share = value / scale->high;

        lattice->shares[(gsize)y * (width + 1) + x]
            = isnan (share) ? 0 : CLAMP (share, -LARGEST_SHARE, LARGEST_SHARE);
      }
}

void
why_map_lattice_clear (WhyMapLattice *lattice)
{
  g_clear_pointer (&lattice->shares, g_free);
}

/* position: in cells, from the map's edge; step: cells an output pixel. */
static WhyMapLatticePoint
locate (gdouble position, gdouble step, gint n_cells, gboolean native)
{
  gdouble between = position - 0.5; /* from the first cell's centre */

  if (native)
    return (WhyMapLatticePoint){ CLAMP ((gint)floor (position), 0, n_cells - 1), 0, 0 };
  if (between < 0)
    return (WhyMapLatticePoint){ 0, 0, 0 };
  if (between >= n_cells - 1)
    return (WhyMapLatticePoint){ n_cells - 1, 0, 0 };
  return (WhyMapLatticePoint){ (gint)between, between - floor (between), step };
}

WhyMapLatticePoint *
why_map_lattice_axis (const WhyView *view, gboolean down, gint n_cells, gint begin, gint n,
                      gdouble zoom, gboolean native)
{
  WhyMapLatticePoint *points = g_new (WhyMapLatticePoint, n);
  gint dest = down ? view->dest_y : view->dest_x;
  gint extent = down ? view->dest_height : view->dest_width;
  gint input = down ? view->input_height : view->input_width;
  gdouble origin = down ? view->rect.y : view->rect.x;
  gdouble size = down ? view->rect.height : view->rect.width;
  gdouble cells = (gdouble)n_cells / input; /* cells an input pixel */

  for (gint i = 0; i < n; i++)
    {
      gdouble image = (begin + i + 0.5) / zoom;
      gdouble position = dest + (image - origin) * extent / size;

      if (image < origin || image >= origin + size)
        points[i] = (WhyMapLatticePoint){ -1, 0, 0 };
      else
        points[i] = locate (position * cells, extent / size * cells / zoom, n_cells, native);
    }
  return points;
}

void
why_map_lattice_row (const WhyMapLattice *lattice, const WhyMapLatticePoint *point, gfloat *out)
{
  gsize stride = lattice->width + 1;
  const gfloat *upper = lattice->shares + point->cell * stride, *lower = upper + stride;

  for (gsize x = 0; x < stride; x++)
    out[x] = upper[x] + point->share * (lower[x] - upper[x]);
}

void
why_map_lattice_row_slope (const WhyMapLattice *lattice, const WhyMapLatticePoint *point,
                           gfloat *out)
{
  gsize stride = lattice->width + 1;
  const gfloat *upper = lattice->shares + point->cell * stride, *lower = upper + stride;

  for (gsize x = 0; x < stride; x++)
    out[x] = point->slope * (lower[x] - upper[x]);
}
