/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/pixels.h"

#include <glib/gi18n-lib.h>

#include "render/quad.h"

struct _WhyPixels
{
  gatomicrefcount ref_count;
  gint width, height;
  WhyPixelFormat format;
  gpointer data; /* NULL: streamed through read */
  WhyPixelsRead read;
  gpointer user_data;
  GDestroyNotify destroy;
};

gsize
why_pixel_format_bytes (WhyPixelFormat format)
{
  static const gsize bytes[] = { 3, 4, 3 * sizeof (gfloat), 4 * sizeof (gfloat) };

  return bytes[format];
}

WhyPixels *
why_pixels_new (gint width, gint height, WhyPixelFormat format, WhyPixelsRead read,
                gpointer user_data, GDestroyNotify destroy)
{
  WhyPixels *pixels = g_new0 (WhyPixels, 1);

  g_atomic_ref_count_init (&pixels->ref_count);
  pixels->width = width;
  pixels->height = height;
  pixels->format = format;
  pixels->read = read;
  pixels->user_data = user_data;
  pixels->destroy = destroy;
  return pixels;
}

WhyPixels *
why_pixels_new_take (gint width, gint height, WhyPixelFormat format, gpointer data)
{
  WhyPixels *pixels = why_pixels_new (width, height, format, NULL, data, g_free);

  pixels->data = data;
  return pixels;
}

WhyPixels *
why_pixels_ref (WhyPixels *pixels)
{
  g_atomic_ref_count_inc (&pixels->ref_count);
  return pixels;
}

void
why_pixels_unref (WhyPixels *pixels)
{
  if (pixels == NULL || !g_atomic_ref_count_dec (&pixels->ref_count))
    return;
  if (pixels->destroy != NULL)
    pixels->destroy (pixels->user_data);
  g_free (pixels);
}

gint
why_pixels_get_width (const WhyPixels *pixels)
{
  return pixels->width;
}

gint
why_pixels_get_height (const WhyPixels *pixels)
{
  return pixels->height;
}

WhyPixelFormat
why_pixels_get_format (const WhyPixels *pixels)
{
  return pixels->format;
}

gboolean
why_pixels_is_streamed (const WhyPixels *pixels)
{
  return pixels->data == NULL;
}

gconstpointer
why_pixels_get_rows (WhyPixels *pixels, gint y, gint n_rows, gpointer buffer, GError **error)
{
  gsize stride = pixels->width * why_pixel_format_bytes (pixels->format);

  if (y < 0 || n_rows < 0 || y > pixels->height - n_rows)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("Rows %d to %d were asked for, but the picture has %d."), y, y + n_rows - 1,
                   pixels->height);
      return NULL;
    }
  if (pixels->data != NULL)
    return (const guint8 *)pixels->data + y * stride;
  return pixels->read (pixels->user_data, y, n_rows, buffer, error) ? buffer : NULL;
}

static void
convert_rgb_u8 (const guint8 *stored, gsize n, gfloat *rgb)
{
  gsize i = 0;

  for (; i + 4 <= n; i += 4)
    why_quad_store (rgb + i, why_quad_load_u8 (stored + i) * (1.0f / 255.0f));
  for (; i < n; i++)
    rgb[i] = stored[i] * (1.0f / 255.0f);
}

static void
convert_rgb_float (const gfloat *stored, gsize n, gfloat *rgb)
{
  gsize i = 0;

  for (; i + 4 <= n; i += 4)
    why_quad_store (rgb + i, why_quad_clip (why_quad_load (stored + i)));
  for (; i < n; i++)
    rgb[i] = why_quad_clip ((WhyQuad){ stored[i] })[0];
}

/* rgba over back, 0…1. Four floats are written where there is room; the fourth is the next
 * pixel's first and is overwritten by it. */
static inline void
put_over (WhyQuad rgba, WhyQuad back, gboolean last, gfloat *rgb)
{
  WhyQuad over = back + (rgba - back) * rgba[3];

  if (last)
    memcpy (rgb, &over, 3 * sizeof *rgb);
  else
    why_quad_store (rgb, over);
}

static void
convert_rgba_u8 (const guint8 *stored, gsize n, WhyQuad back, gfloat *rgb)
{
  for (gsize i = 0; i < n; i++)
    put_over (why_quad_load_u8 (stored + 4 * i) * (1.0f / 255.0f), back, i + 1 == n, rgb + 3 * i);
}

static void
convert_rgba_float (const gfloat *stored, gsize n, WhyQuad back, gfloat *rgb)
{
  for (gsize i = 0; i < n; i++)
    put_over (why_quad_clip (why_quad_load (stored + 4 * i)), back, i + 1 == n, rgb + 3 * i);
}

void
why_pixels_convert (WhyPixelFormat format, gconstpointer stored, gsize n,
                    const gdouble background[3], gfloat *rgb)
{
  const WhyQuad back = { background[0], background[1], background[2] };

  switch (format)
    {
    case WHY_PIXELS_RGB_U8:
      convert_rgb_u8 (stored, 3 * n, rgb);
      break;
    case WHY_PIXELS_RGBA_U8:
      convert_rgba_u8 (stored, n, back, rgb);
      break;
    case WHY_PIXELS_RGB_FLOAT:
      convert_rgb_float (stored, 3 * n, rgb);
      break;
    case WHY_PIXELS_RGBA_FLOAT:
      convert_rgba_float (stored, n, back, rgb);
      break;
    }
}

static void
composite_u8 (const guint8 *rgba, gsize n, const gdouble background[3], guint8 *rgb)
{
  const gint back[3] = { (gint)(255 * background[0] + 0.5), (gint)(255 * background[1] + 0.5),
                         (gint)(255 * background[2] + 0.5) };

  for (gsize i = 0; i < n; i++, rgba += 4, rgb += 3)
    for (gint c = 0; c < 3; c++)
      rgb[c] = rgba[3] == 255
                   ? rgba[c]
                   : (guint8)((rgba[c] * rgba[3] + back[c] * (255 - rgba[3]) + 127) / 255);
}

static void
convert_to_u8 (WhyPixelFormat format, gconstpointer stored, gsize n, const gdouble background[3],
               guint8 *rgb)
{
  gfloat pixel[4]; /* put_over writes four floats where a pixel follows */
  gsize bytes = why_pixel_format_bytes (format);

  if (format == WHY_PIXELS_RGB_U8)
    memcpy (rgb, stored, 3 * n);
  else if (format == WHY_PIXELS_RGBA_U8)
    composite_u8 (stored, n, background, rgb);
  else
    for (gsize i = 0; i < n; i++)
      {
        why_pixels_convert (format, (const guint8 *)stored + bytes * i, 1, background, pixel);
        for (gint c = 0; c < 3; c++)
          rgb[3 * i + c] = (guint8)(pixel[c] * 255.0f + 0.5f);
      }
}

/* The stored rows; buffer is what they lie in where they are streamed. (transfer full) */
static gconstpointer
take_rows (WhyPixels *pixels, gint y, gint n_rows, gpointer *buffer, GError **error)
{
  if (why_pixels_is_streamed (pixels))
    *buffer = g_malloc ((gsize)pixels->width * MAX (n_rows, 0)
                        * why_pixel_format_bytes (pixels->format));
  return why_pixels_get_rows (pixels, y, n_rows, *buffer, error);
}

gboolean
why_pixels_read_rgb (WhyPixels *pixels, gint y, gint n_rows, const gdouble background[3],
                     gfloat *rgb, GError **error)
{
  g_autofree gpointer buffer = NULL;
  gconstpointer stored = take_rows (pixels, y, n_rows, &buffer, error);

  if (stored == NULL)
    return FALSE;
  why_pixels_convert (pixels->format, stored, (gsize)pixels->width * n_rows, background, rgb);
  return TRUE;
}

gboolean
why_pixels_read_rgb_u8 (WhyPixels *pixels, gint y, gint n_rows, const gdouble background[3],
                        guint8 *rgb, GError **error)
{
  g_autofree gpointer buffer = NULL;
  gconstpointer stored = take_rows (pixels, y, n_rows, &buffer, error);

  if (stored == NULL)
    return FALSE;
  convert_to_u8 (pixels->format, stored, (gsize)pixels->width * n_rows, background, rgb);
  return TRUE;
}
