/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/picture-write.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n-lib.h>

#include "session/output.h"

#define JPEG_QUALITY "92"
#define PNG_COMPRESSION "2" /* a third of the time of the default for a fifth more bytes */

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

static gboolean
write_pixbuf (const gchar *path, GdkPixbuf *pixbuf, GError **error)
{
  gchar *png_keys[] = { (gchar *)"compression", NULL }, *jpeg_keys[] = { (gchar *)"quality", NULL };
  gchar *png_values[] = { (gchar *)PNG_COMPRESSION, NULL };
  gchar *jpeg_values[] = { (gchar *)JPEG_QUALITY, NULL };
  gboolean jpeg = is_jpeg (path);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gchar *data;
  gsize length;

  if (!gdk_pixbuf_save_to_bufferv (pixbuf, &data, &length, jpeg ? "jpeg" : "png",
                                   jpeg ? jpeg_keys : png_keys, jpeg ? jpeg_values : png_values,
                                   &cause))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT,
                   _ ("cannot be encoded (%s): choose another format"), cause->message);
      return FALSE;
    }
  bytes = g_bytes_new_take (data, length);
  return why_output_write (path, bytes, error);
}

gboolean
why_picture_write (const gchar *path, const guint8 *rgb, gint width, gint height, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = wrap (rgb, width, height);

  return write_pixbuf (path, pixbuf, error);
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

  return write_pixbuf (path, small, error);
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
