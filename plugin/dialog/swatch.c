/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swatch.h"

#include "whylayer/style.h"

#define WIDTH 64
#define HEIGHT 12

GdkPixbuf *
why_swatch_new (const gchar *id)
{
  const WhyColormap *colormap = why_colormap_lookup (id);
  GdkPixbuf *swatch;
  guint8 *pixels;

  if (!colormap)
    return NULL;
  swatch = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, WIDTH, HEIGHT);
  pixels = gdk_pixbuf_get_pixels (swatch);
  for (gint y = 0; y < HEIGHT; y++)
    for (gint x = 0; x < WIDTH; x++)
      for (gint c = 0; c < 3; c++)
        pixels[y * gdk_pixbuf_get_rowstride (swatch) + 3 * x + c]
            = colormap->rgb[x * 255 / (WIDTH - 1)][c];
  return swatch;
}
