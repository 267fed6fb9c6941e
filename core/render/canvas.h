/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WhyCanvas: a rectangle of a larger RGBA drawing (8-bit, non-premultiplied). Coordinates are the
 * drawing's, so that strips of it come out as parts of the whole; pixel centres lie at
 * half-integers.
 */
typedef struct
{
  guint8 *rgba;
  gsize stride;
  gint x, y, width, height;
} WhyCanvas;

static inline guint8 *
why_canvas_pixel (const WhyCanvas *canvas, gint x, gint y)
{
  return canvas->rgba + (gsize)(y - canvas->y) * canvas->stride + 4 * (gsize)(x - canvas->x);
}

/* Paints ink over one pixel; coverage 0 … 1. */
void why_canvas_paint (guint8 *pixel, const guint8 ink[3], gdouble coverage);
/* A filled, antialiased rectangle. */
void why_canvas_fill (const WhyCanvas *canvas, gdouble x, gdouble y, gdouble width, gdouble height,
                      const guint8 ink[3], gdouble opacity);

/* Numbers in a stroke font: 0-9 . - + e, other characters leave a gap. Height is a digit's; the
 * halo makes them readable on anything. */
gdouble why_text_width (const gchar *text, gdouble height);
void why_text_draw (const WhyCanvas *canvas, const gchar *text, gdouble x, gdouble y,
                    gdouble height, const guint8 ink[3], const guint8 halo[3]);
/* A value with two significant digits, in the C locale. (transfer full) */
gchar *why_text_number (gdouble value);

G_END_DECLS
