/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "render/canvas.h"
#include "render/palette.h"

/* A light panel, so that the legend can be read on any picture. */
#define PANEL_OPACITY 0.85
#define MARGIN 0.14 /* shares of the panel's thickness */
#define TEXT_SIZE 0.26

static const guint8 white[3] = { 255, 255, 255 }, black[3] = { 0, 0, 0 };

typedef struct
{
  const WhyPalette *palette;
  gdouble from, to; /* shares of the scale at the bar's beginning (left, bottom) and end */
  gdouble x, y, width, height;
  gboolean upright;
} Bar;

static void
draw_bar (const Bar *bar, const WhyCanvas *canvas)
{
  for (gint j = (gint)bar->y; j < (gint)(bar->y + bar->height); j++)
    for (gint i = (gint)bar->x; i < (gint)(bar->x + bar->width); i++)
      {
        gdouble along = bar->upright ? 1 - (j + 0.5 - (gint)bar->y) / (gint)bar->height
                                     : (i + 0.5 - (gint)bar->x) / (gint)bar->width;
        const guint8 *rgba
            = why_palette_get (bar->palette, bar->from + along * (bar->to - bar->from));

        if (rgba[3] > 0)
          why_canvas_paint (why_canvas_pixel (canvas, i, j), rgba, 1);
      }
}

/* The values at the bar's two ends and, for both signs, at its middle. */
static void
draw_values (const Bar *bar, const WhyCanvas *canvas, gdouble high, gdouble size)
{
  gint n = bar->from < 0 && bar->to > 0 ? 3 : 2;

  for (gint i = 0; i < n; i++)
    {
      gdouble along = (gdouble)i / (n - 1);
      g_autofree gchar *text = why_text_number ((bar->from + along * (bar->to - bar->from)) * high);
      gdouble width = why_text_width (text, size);

      if (bar->upright)
        why_text_draw (canvas, text, bar->x + bar->width + size / 2,
                       bar->y + (1 - along) * (bar->height - size), size, black, NULL);
      else
        why_text_draw (canvas, text, bar->x + along * (bar->width - width),
                       bar->y + bar->height + size / 2, size, black, NULL);
    }
}

guint8 *
why_style_draw_legend (const WhyParams *style, const WhyScale *scale, gint width, gint height)
{
  WhySign sign = why_style_get_sign (style);
  g_autofree WhyPalette *palette = g_new (WhyPalette, 1);
  guint8 *rgba = g_malloc0 (4 * (gsize)width * height);
  const WhyCanvas canvas = { rgba, 4 * (gsize)width, 0, 0, width, height };
  gdouble thickness = MIN (width, height), margin = MAX (thickness * MARGIN, 1);
  gdouble size;
  Bar bar = { .palette = palette,
              .from = sign == WHY_SIGN_POSITIVE ? 0 : -1,
              .to = sign == WHY_SIGN_NEGATIVE ? 0 : 1,
              .x = margin,
              .y = margin,
              .width = width - 2 * margin,
              .height = height - 2 * margin,
              .upright = height > width };

  why_palette_init (palette, style);
  why_canvas_fill (&canvas, 0, 0, width, height, white, PANEL_OPACITY);
  if (bar.upright)
    {
      /* "-0.0012" is the longest usual value: it must fit beside the bar. */
      size = MIN (thickness * TEXT_SIZE, (thickness - 2 * margin) / 9);
      bar.width -= why_text_width ("-0.0012", size) + size / 2;
    }
  else
    {
      size = MIN (thickness * TEXT_SIZE, bar.width / 20);
      bar.height -= 1.5 * size;
    }
  draw_bar (&bar, &canvas);
  draw_values (&bar, &canvas, scale->empty ? 0 : scale->high, size);
  return rgba;
}
