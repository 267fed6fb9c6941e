/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/canvas.h"

#include <math.h>
#include <string.h>

void
why_canvas_paint (guint8 *pixel, const guint8 ink[3], gdouble coverage)
{
  gdouble below = pixel[3] / 255.0 * (1 - coverage), alpha = coverage + below;

  if (alpha <= 0)
    return;
  for (gint c = 0; c < 3; c++)
    pixel[c] = (guint8)lround ((ink[c] * coverage + pixel[c] * below) / alpha);
  pixel[3] = (guint8)lround (255 * alpha);
}

/* How much of pixel i lies in from … to. */
static gdouble
overlap (gint i, gdouble from, gdouble to)
{
  return CLAMP (MIN (to, i + 1.0) - MAX (from, (gdouble)i), 0.0, 1.0);
}

/* The canvas's pixels that a rectangle touches. */
static gboolean
clip (const WhyCanvas *canvas, gdouble x, gdouble y, gdouble width, gdouble height, gint *x0,
      gint *y0, gint *x1, gint *y1)
{
  *x0 = (gint)MAX (floor (x), canvas->x);
  *y0 = (gint)MAX (floor (y), canvas->y);
  *x1 = (gint)MIN (ceil (x + width), (gdouble)canvas->x + canvas->width);
  *y1 = (gint)MIN (ceil (y + height), (gdouble)canvas->y + canvas->height);
  return *x0 < *x1 && *y0 < *y1;
}

void
why_canvas_fill (const WhyCanvas *canvas, gdouble x, gdouble y, gdouble width, gdouble height,
                 const guint8 ink[3], gdouble opacity)
{
  gint x0, y0, x1, y1;

  if (!clip (canvas, x, y, width, height, &x0, &y0, &x1, &y1))
    return;
  for (gint j = y0; j < y1; j++)
    for (gint i = x0; i < x1; i++)
      why_canvas_paint (why_canvas_pixel (canvas, i, j), ink,
                        opacity * overlap (i, x, x + width) * overlap (j, y, y + height));
}

/* Polylines on a grid 4 wide and 6 high, y downwards; a blank lifts the pen. */
static const struct
{
  gchar character;
  gdouble width;
  const gchar *strokes;
} glyphs[] = {
  { '0', 4, "103041453616050110" },
  { '1', 2, "011016 0626" },
  { '2', 4, "01103041420646" },
  { '3', 4, "01103041423313 334445361605" },
  { '4', 4, "36300444" },
  { '5', 4, "4000033344453606" },
  { '6', 4, "413010010516364544331304" },
  { '7', 4, "004016" },
  { '8', 4, "13020110304142331304051636454433" },
  { '9', 4, "051636454130100102133342" },
  { '.', 0, "0606" },
  { '-', 3, "0333" },
  { '+', 4, "0343 2125" },
  { 'e', 4, "044443321203051646" },
};

#define GAP 2.0     /* between glyphs, in grid units */
#define STROKE 0.55 /* half a stroke's width */
#define HALO 0.7    /* around it */

static gint
find_glyph (gchar character)
{
  for (guint i = 0; i < G_N_ELEMENTS (glyphs); i++)
    if (glyphs[i].character == character)
      return i;
  return -1;
}

static gdouble
advance (gchar character)
{
  gint glyph = find_glyph (character);

  return GAP + (glyph < 0 ? 2.0 : glyphs[glyph].width);
}

gdouble
why_text_width (const gchar *text, gdouble height)
{
  gdouble units = 0;

  for (; *text != '\0'; text++)
    units += advance (*text);
  return MAX (units - GAP, 0) * height / 6;
}

static gdouble
segment_distance (gdouble x, gdouble y, gdouble x0, gdouble y0, gdouble x1, gdouble y1)
{
  gdouble dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  gdouble t = length > 0 ? CLAMP (((x - x0) * dx + (y - y0) * dy) / length, 0, 1) : 0;

  return hypot (x - x0 - t * dx, y - y0 - t * dy);
}

/* From a point in grid units to the nearest stroke. */
static gdouble
glyph_distance (gint glyph, gdouble x, gdouble y)
{
  const gchar *p = glyphs[glyph].strokes;
  gdouble nearest = G_MAXDOUBLE;

  for (; p[0] != '\0' && p[1] != '\0'; p += p[2] == ' ' ? 3 : 2)
    if (p[2] != '\0' && p[2] != ' ' && p[3] != '\0')
      nearest
          = MIN (nearest, segment_distance (x, y, p[0] - '0', p[1] - '0', p[2] - '0', p[3] - '0'));
  return nearest;
}

/* Every pixel nearer than radius to a stroke. unit: pixels a grid unit. */
static void
draw_glyph (const WhyCanvas *canvas, gint glyph, gdouble x, gdouble y, gdouble unit, gdouble radius,
            const guint8 ink[3])
{
  gdouble margin = radius * unit + 1;
  gint x0, y0, x1, y1;

  if (!clip (canvas, x - margin, y - margin, glyphs[glyph].width * unit + 2 * margin,
             6 * unit + 2 * margin, &x0, &y0, &x1, &y1))
    return;
  for (gint j = y0; j < y1; j++)
    for (gint i = x0; i < x1; i++)
      {
        gdouble distance = glyph_distance (glyph, (i + 0.5 - x) / unit, (j + 0.5 - y) / unit);

        why_canvas_paint (why_canvas_pixel (canvas, i, j), ink,
                          CLAMP ((radius - distance) * unit + 0.5, 0, 1));
      }
}

void
why_text_draw (const WhyCanvas *canvas, const gchar *text, gdouble x, gdouble y, gdouble height,
               const guint8 ink[3], const guint8 halo[3])
{
  gdouble unit = height / 6;

  for (gint pass = halo != NULL ? 0 : 1; pass < 2; pass++)
    {
      gdouble left = x;

      for (const gchar *p = text; *p != '\0'; left += advance (*p++) * unit)
        if (find_glyph (*p) >= 0)
          draw_glyph (canvas, find_glyph (*p), left, y, unit, pass == 0 ? STROKE + HALO : STROKE,
                      pass == 0 ? halo : ink);
    }
}

gchar *
why_text_number (gdouble value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  /* + 0.0: no negative zero */
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.2g", value + 0.0));
}
