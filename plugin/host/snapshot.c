/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot.h"

/* GIMP's tiles are 64 or 128 rows high. */
#define STRIP_ROWS 128

typedef struct
{
  GeglBuffer *buffer;
  const Babl *format;
} Snapshot;

struct _WhySnapshot
{
  GeglBuffer *from;
  gint from_x, from_y;
  gboolean u8;
  Snapshot *copy;
  gint y; /* rows above are copied */
};

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

WhySnapshot *
why_snapshot_begin (GeglBuffer *buffer, const GeglRectangle *rect)
{
  WhySnapshot *snapshot = g_new0 (WhySnapshot, 1);

  snapshot->from = g_object_ref (buffer);
  snapshot->from_x = rect->x;
  snapshot->from_y = rect->y;
  snapshot->u8 = babl_format_is_palette (gegl_buffer_get_format (buffer))
                 || fits_8_bits (gegl_buffer_get_format (buffer));
  snapshot->copy = g_new0 (Snapshot, 1);
  snapshot->copy->format = snapshot->u8
                               ? why_snapshot_format_rgba8 ()
                               : babl_format_with_space ("R'G'B'A float", babl_space ("sRGB"));
  /* Copied as it is: finding a conversion may take seconds, which a reading thread has. */
  snapshot->copy->buffer = gegl_buffer_new (GEGL_RECTANGLE (0, 0, rect->width, rect->height),
                                            gegl_buffer_get_format (buffer));
  return snapshot;
}

gboolean
why_snapshot_go_on (WhySnapshot *snapshot)
{
  const GeglRectangle *whole = gegl_buffer_get_extent (snapshot->copy->buffer);
  gint n_rows = MIN (STRIP_ROWS, whole->height - snapshot->y);
  GeglRectangle strip = { 0, snapshot->y, whole->width, n_rows };
  GeglRectangle source = { snapshot->from_x, snapshot->from_y + snapshot->y, whole->width, n_rows };

  gegl_buffer_copy (snapshot->from, &source, GEGL_ABYSS_NONE, snapshot->copy->buffer, &strip);
  snapshot->y += n_rows;
  return snapshot->y < whole->height;
}

WhyPixels *
why_snapshot_end (WhySnapshot *snapshot)
{
  const GeglRectangle *whole = gegl_buffer_get_extent (snapshot->copy->buffer);
  WhyPixels *pixels = why_pixels_new (
      whole->width, whole->height, snapshot->u8 ? WHY_PIXELS_RGBA_U8 : WHY_PIXELS_RGBA_FLOAT,
      snapshot_read, g_steal_pointer (&snapshot->copy), snapshot_free);

  why_snapshot_free (snapshot);
  return pixels;
}

void
why_snapshot_free (WhySnapshot *snapshot)
{
  if (!snapshot)
    return;
  g_object_unref (snapshot->from);
  g_clear_pointer (&snapshot->copy, snapshot_free);
  g_free (snapshot);
}

WhyPixels *
why_snapshot_new (GeglBuffer *buffer, const GeglRectangle *rect)
{
  WhySnapshot *snapshot = why_snapshot_begin (buffer, rect);

  while (why_snapshot_go_on (snapshot))
    ;
  return why_snapshot_end (snapshot);
}
