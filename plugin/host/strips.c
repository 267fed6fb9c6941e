/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "strips.h"

#include "snapshot.h"

/* GIMP's tiles are 128 rows high: a strip touches each tile once. */
#define STRIP_ROWS 128

void
why_strips_get_bounds (const WhyDrawing *drawing, GeglRectangle *bounds)
{
  why_view_get_bounds (drawing->view, &bounds->x, &bounds->y, &bounds->width, &bounds->height);
}

void
why_strips_draw (const WhyDrawing *drawing, GeglBuffer *buffer)
{
  g_autofree guint8 *rgba = NULL;
  GeglRectangle bounds;

  why_strips_get_bounds (drawing, &bounds);
  rgba = g_new (guint8, 4 * (gsize)bounds.width * STRIP_ROWS);
  for (gint y = 0; y < bounds.height; y += STRIP_ROWS)
    {
      gint n_rows = MIN (STRIP_ROWS, bounds.height - y);

      why_drawing_draw_rows (drawing, y, n_rows, rgba);
      gegl_buffer_set (buffer, GEGL_RECTANGLE (0, y, bounds.width, n_rows), 0,
                       why_snapshot_format_rgba8 (), rgba, GEGL_AUTO_ROWSTRIDE);
    }
}

/* Eight bits of the very model the mask is stored in: evidence is written as it is, not converted
 * as a colour would be. */
static const Babl *
evidence_format (GeglBuffer *buffer)
{
  const Babl *format = gegl_buffer_get_format (buffer);
  g_autofree gchar *name
      = g_strdup_printf ("%s u8", babl_get_name (babl_format_get_model (format)));

  return babl_format_with_space (name, babl_format_get_space (format));
}

void
why_strips_draw_evidence (const WhyDrawing *drawing, const GeglRectangle *rect, GeglBuffer *buffer)
{
  g_autofree guint8 *gray = g_new (guint8, (gsize)rect->width * STRIP_ROWS);

  for (gint y = 0; y < rect->height; y += STRIP_ROWS)
    {
      gint n_rows = MIN (STRIP_ROWS, rect->height - y);

      why_style_draw_evidence (drawing->style, drawing->scale, drawing->cells, drawing->view,
                               rect->x, rect->y + y, rect->width, n_rows, 1.0, gray, rect->width);
      gegl_buffer_set (buffer, GEGL_RECTANGLE (0, y, rect->width, n_rows), 0,
                       evidence_format (buffer), gray, GEGL_AUTO_ROWSTRIDE);
    }
}

void
why_strips_get_legend_bounds (const WhyDrawing *drawing, GeglRectangle *bounds)
{
  GeglRectangle map;
  gint margin;

  why_strips_get_bounds (drawing, &map);
  bounds->width = CLAMP (map.width / 3, MIN (map.width, 160), 900);
  bounds->height = MIN (MAX (bounds->width / 6, 1), map.height);
  margin = MIN (bounds->height / 4, MIN (map.width - bounds->width, map.height - bounds->height));
  bounds->x = map.x + margin;
  bounds->y = map.y + map.height - bounds->height - margin;
}

void
why_strips_draw_legend (const WhyDrawing *drawing, GeglBuffer *buffer)
{
  GeglRectangle bounds;
  g_autofree guint8 *rgba = NULL;

  why_strips_get_legend_bounds (drawing, &bounds);
  rgba = why_style_draw_legend (drawing->style, drawing->scale, bounds.width, bounds.height);
  gegl_buffer_set (buffer, GEGL_RECTANGLE (0, 0, bounds.width, bounds.height), 0,
                   why_snapshot_format_rgba8 (), rgba, GEGL_AUTO_ROWSTRIDE);
}
