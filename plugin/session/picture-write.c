/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/picture-write.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>

#include "session/output.h"
#include "session/png-write.h"

#define JPEG_QUALITY "92"

static gboolean
is_jpeg (const gchar *path)
{
  g_autofree gchar *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".jpg") || g_str_has_suffix (lower, ".jpeg");
}

gboolean
why_picture_can_write (const gchar *path)
{
  g_autofree gchar *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".png") || is_jpeg (path);
}

/* A view of the caller's rows. */
static GdkPixbuf *
wrap (const guint8 *rgb, gint width, gint height)
{
  return gdk_pixbuf_new_from_data (rgb, GDK_COLORSPACE_RGB, FALSE, 8, width, height, width * 3,
                                   NULL, NULL);
}

/* (transfer full) */
static GBytes *
encode_jpeg (GdkPixbuf *pixbuf, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gchar *data;
  gsize length;

  if (gdk_pixbuf_save_to_buffer (pixbuf, &data, &length, "jpeg", &cause, "quality", JPEG_QUALITY,
                                 NULL))
    return g_bytes_new_take (data, length);
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT,
               _ ("cannot be encoded (%s): choose another format"), cause->message);
  return NULL;
}

gboolean
why_picture_write (const gchar *path, const guint8 *rgb, gint width, gint height, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = wrap (rgb, width, height);
  g_autoptr (GBytes) bytes
      = is_jpeg (path) ? encode_jpeg (pixbuf, error) : why_png_encode (rgb, width, height, error);

  return bytes && why_output_write (path, bytes, error);
}

gboolean
why_picture_write_thumbnail (const gchar *path, const guint8 *rgb, gint width, gint height,
                             gint side, GError **error)
{
  gint longer = MAX (MAX (width, height), side);
  g_autoptr (GdkPixbuf) pixbuf = wrap (rgb, width, height);
  g_autoptr (GdkPixbuf) small = gdk_pixbuf_scale_simple (
      pixbuf, (gint)MAX ((gint64)width * side / longer, 1),
      (gint)MAX ((gint64)height * side / longer, 1), GDK_INTERP_BILINEAR);
  g_autoptr (GBytes) bytes = encode_jpeg (small, error);

  return bytes && why_output_write (path, bytes, error);
}

gboolean
why_picture_write_report (const gchar *path, const WhyReport *report, WhyPixels *pixels,
                          GError **error)
{
  WhyDrawing drawing = why_report_get_drawing (report);
  gint width = report->width, height = report->height;
  g_autofree guint8 *rgb = why_drawing_get_picture (&drawing, &width, &height);

  if (!rgb)
    rgb = why_report_compose (report, pixels, error);
  return rgb && why_picture_write (path, rgb, width, height, error);
}
