/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/picture.h"

#include <babl/babl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "limits.h"

/* Assumed of a deep picture: 12 megapixels of RGBA floats. */
#define DEEP_BYTES (G_GINT64_CONSTANT (12000000) * 16)

/** A decoded 8-bit picture, converted from its embedded colour profile row by row. */
typedef struct
{
  GdkPixbuf *pixbuf;
  const Babl *fish; /* NULL: sRGB already */
  gboolean gray;    /* the profile is a gray one: one of the equal channels is converted */
} Source;

static void
source_free (gpointer data)
{
  Source *source = data;

  g_clear_object (&source->pixbuf);
  g_free (source);
}

static gboolean
read_rows (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  const Source *source = user_data;
  gsize stride = gdk_pixbuf_get_rowstride (source->pixbuf);
  gsize packed
      = (gsize)gdk_pixbuf_get_width (source->pixbuf) * gdk_pixbuf_get_n_channels (source->pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (source->pixbuf);

  for (gint i = 0; i < n_rows; i++)
    memcpy ((guint8 *)rows + i * packed, pixels + (gsize)(y + i) * stride, packed);
  return TRUE;
}

/* Keeps one of three equal channels, and alpha. */
static void
pick_gray (const guint8 *rgb, gint n, gint channels, guint8 *gray)
{
  for (gint i = 0; i < n; i++, rgb += channels)
    {
      *gray++ = rgb[0];
      if (channels == 4)
        *gray++ = rgb[3];
    }
}

static gboolean
read_profiled_rows (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  const Source *source = user_data;
  gint width = gdk_pixbuf_get_width (source->pixbuf);
  gint channels = gdk_pixbuf_get_n_channels (source->pixbuf);
  gsize stride = gdk_pixbuf_get_rowstride (source->pixbuf);
  const guint8 *pixels = gdk_pixbuf_read_pixels (source->pixbuf);
  g_autofree guint8 *gray = source->gray ? g_malloc ((gsize)width * 2) : NULL;

  for (gint i = 0; i < n_rows; i++)
    {
      const guint8 *row = pixels + (gsize)(y + i) * stride;

      if (gray)
        pick_gray (row, width, channels, gray);
      babl_process (source->fish, gray ? gray : row, (gfloat *)rows + (gsize)i * width * channels,
                    width);
    }
  return TRUE;
}

/* The embedded profile as a babl space; NULL when there is none, it is sRGB's, or it is not one of
 * the picture's kind. */
static const Babl *
get_space (GdkPixbuf *pixbuf)
{
  const gchar *base64 = gdk_pixbuf_get_option (pixbuf, "icc-profile");
  g_autofree guchar *icc = NULL;
  const Babl *space;
  const char *problem = NULL;
  gsize length;

  if (!base64)
    return NULL;
  icc = g_base64_decode (base64, &length);
  if (!icc || length < 128)
    return NULL;
  babl_init ();
  space = babl_space_from_icc ((const char *)icc, (int)length,
                               BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &problem);
  return space && !babl_space_is_cmyk (space) && space != babl_space ("sRGB") ? space : NULL;
}

static WhyPixels *
wrap_pixbuf (GdkPixbuf *pixbuf, const Babl *space)
{
  Source *source = g_new0 (Source, 1);
  gint width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gboolean alpha = gdk_pixbuf_get_has_alpha (pixbuf);

  source->pixbuf = g_object_ref (pixbuf);
  if (!space)
    return why_pixels_new (width, height, alpha ? WHY_PIXELS_RGBA_U8 : WHY_PIXELS_RGB_U8, read_rows,
                           source, source_free);
  source->gray = babl_space_is_gray (space);
  source->fish = babl_fish (babl_format_with_space (source->gray ? alpha ? "Y'A u8" : "Y' u8"
                                                    : alpha      ? "R'G'B'A u8"
                                                                 : "R'G'B' u8",
                                                    space),
                            babl_format (alpha ? "R'G'B'A float" : "R'G'B' float"));
  return why_pixels_new (width, height, alpha ? WHY_PIXELS_RGBA_FLOAT : WHY_PIXELS_RGB_FLOAT,
                         read_profiled_rows, source, source_free);
}

gboolean
why_picture_check_size (gint64 width, gint64 height, GError **error)
{
  if (width > 0 && height > 0 && width <= WHY_MAX_PICTURE_PIXELS / height)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
               _ ("the picture has %" PRId64 "×%" PRId64
                  " pixels, more than %d million: scale it down first"),
               width, height, (gint)(WHY_MAX_PICTURE_PIXELS / 1000000));
  return FALSE;
}

static WhyPixels *
read_pixbuf (const gchar *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;
  gint width, height;

  if (!gdk_pixbuf_get_file_info (path, &width, &height))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE,
                           _ ("this is not a picture that can be read: use PNG, JPEG, TIFF, WebP "
                              "or another common format"));
      return NULL;
    }
  if (!why_picture_check_size (width, height, error))
    return NULL;
  pixbuf = gdk_pixbuf_new_from_file (path, &cause);
  if (!pixbuf)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("the picture is damaged (%s): copy or save it again"), cause->message);
      return NULL;
    }
  upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  return wrap_pixbuf (upright, get_space (pixbuf));
}

WhyPixels *
why_picture_read (const gchar *path, GError **error)
{
  WhyPictureProbe probe;

  if (!why_picture_probe (path, &probe, error))
    return NULL;
#ifdef HAVE_GEGL
  if (probe.loader)
    return why_picture_read_gegl (path, &probe, error);
#endif
  return read_pixbuf (path, error);
}

gint64
why_picture_measure (const gchar *path)
{
  WhyPictureProbe probe;
  gint width, height;

  if (!why_picture_probe (path, &probe, NULL))
    return 0;
  /* GEGL's floats: their sizes are in headers of their own, and they are rare. */
  if (probe.loader)
    return DEEP_BYTES;
  return gdk_pixbuf_get_file_info (path, &width, &height) ? (gint64)width * height * 4 : 0;
}
