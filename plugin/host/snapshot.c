/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot.h"

typedef struct
{
  GeglBuffer *buffer;
  const Babl *format;
} Snapshot;

static void
snapshot_free (gpointer data)
{
  Snapshot *snapshot = data;

  g_object_unref (snapshot->buffer);
  g_free (snapshot);
}

static gboolean
snapshot_read (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  Snapshot *snapshot = user_data;
  const GeglRectangle *extent = gegl_buffer_get_extent (snapshot->buffer);

  gegl_buffer_get (snapshot->buffer, GEGL_RECTANGLE (0, y, extent->width, n_rows), 1.0,
                   snapshot->format, rows, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return TRUE;
}

const Babl *
why_snapshot_format_rgba8 (void)
{
  return babl_format_with_space ("R'G'B'A u8", babl_space ("sRGB"));
}

/* 8 bits of a linear image hold more in the shadows than 8 bits of sRGB do. */
static gboolean
fits_8_bits (const Babl *format)
{
  const Babl *model = babl_format_get_model (format);
  gboolean linear = babl_model_is (model, "RGB") || babl_model_is (model, "RGBA")
                    || babl_model_is (model, "Y") || babl_model_is (model, "YA");

  return babl_format_get_type (format, 0) == babl_type ("u8") && !linear;
}

WhyPixels *
why_snapshot_new (GeglBuffer *buffer, const GeglRectangle *rect)
{
  gboolean u8 = babl_format_is_palette (gegl_buffer_get_format (buffer))
                || fits_8_bits (gegl_buffer_get_format (buffer));
  GeglRectangle whole = { 0, 0, rect->width, rect->height };
  Snapshot *snapshot = g_new0 (Snapshot, 1);

  snapshot->format = u8 ? why_snapshot_format_rgba8 ()
                        : babl_format_with_space ("R'G'B'A float", babl_space ("sRGB"));
  snapshot->buffer = gegl_buffer_new (&whole, snapshot->format);
  gegl_buffer_copy (buffer, rect, GEGL_ABYSS_NONE, snapshot->buffer, &whole);
  return why_pixels_new (rect->width, rect->height, u8 ? WHY_PIXELS_RGBA_U8 : WHY_PIXELS_RGBA_FLOAT,
                         snapshot_read, snapshot, snapshot_free);
}
