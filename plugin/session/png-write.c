/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By libpng itself: gdk-pixbuf tries all filters on every row, which takes as long again and saves
 * nothing at this level. */
#include "session/png-write.h"

#include <glib/gi18n-lib.h>
#include <png.h>
#include <setjmp.h>

#include "whylayer/error.h"

#define LEVEL 2                      /* a third of the default's time for a fifth more bytes */
#define CHUNK_BYTES ((gsize)1 << 18) /* of compressed data */

/** A file in the making; what libpng calls back with. */
typedef struct
{
  GByteArray *bytes;
  gchar message[128]; /* why it failed */
} Writing;

static void
append (png_structp png, png_bytep data, size_t length)
{
  Writing *writing = png_get_io_ptr (png);

  g_byte_array_append (writing->bytes, data, (guint)length);
}

static void
flush (G_GNUC_UNUSED png_structp png)
{
}

static void
fail (png_structp png, const gchar *message)
{
  Writing *writing = png_get_error_ptr (png);

  g_strlcpy (writing->message, message, sizeof writing->message);
  longjmp (png_jmpbuf (png), 1);
}

static void
warn (G_GNUC_UNUSED png_structp png, const gchar *message)
{
  g_debug ("libpng: %s", message);
}

/* FALSE: writing->message says why. Nothing here is to be freed: libpng jumps out of it. */
static gboolean
write_rows (png_structp png, png_infop info, Writing *writing, const guint8 *rgb, gint width,
            gint height)
{
  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_set_write_fn (png, writing, append, flush);
  png_set_IHDR (png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level (png, LEVEL);
  png_set_compression_buffer_size (png, CHUNK_BYTES);
  png_set_filter (png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_write_info (png, info);
  for (gint y = 0; y < height; y++)
    png_write_row (png, rgb + (gsize)y * (gsize)width * 3);
  png_write_end (png, info);
  return TRUE;
}

GBytes *
why_png_encode (const guint8 *rgb, gint width, gint height, GError **error)
{
  Writing writing = { .bytes = g_byte_array_new (), .message = "out of memory" };
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, &writing, fail, warn);
  png_infop info = png ? png_create_info_struct (png) : NULL;
  gboolean ok = info && write_rows (png, info, &writing, rgb, width, height);

  png_destroy_write_struct (&png, &info);
  if (ok)
    return g_byte_array_free_to_bytes (writing.bytes);
  g_byte_array_unref (writing.bytes);
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT,
               _ ("cannot be encoded (%s): choose another format"), writing.message);
  return NULL;
}
