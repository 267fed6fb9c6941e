/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/picture.h"

#include <gegl.h>
#include <glib/gi18n.h>
#include <string.h>

/* GEGL's loaders report trouble by logging; the sentence is ours. */
static void
ignore_log (const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer user_data)
{
}

static void
start_gegl (void)
{
  static gsize started;

  if (g_once_init_enter (&started))
    {
      g_log_set_handler ("GEGL", G_LOG_LEVEL_MASK, ignore_log, NULL);
      g_log_set_handler ("GEGL-load", G_LOG_LEVEL_MASK, ignore_log, NULL);
      gegl_init (NULL, NULL);
      g_object_set (gegl_config (), "use-opencl", FALSE, "swap", "ram", NULL);
      g_once_init_leave (&started, 1);
    }
}

/* GEGL does not promise that graphs may be processed in several threads at once. */
static GMutex processing;

static GeglBuffer *
load_buffer (const gchar *path, const gchar *loader, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&processing);
  g_autoptr (GeglNode) graph = gegl_node_new ();
  GeglBuffer *buffer = NULL;
  GeglNode *load, *sink;
  GeglRectangle box;

  load = gegl_node_new_child (graph, "operation", loader, "path", path, NULL);
  sink = gegl_node_new_child (graph, "operation", "gegl:buffer-sink", "buffer", &buffer, NULL);
  gegl_node_link (load, sink);
  box = gegl_node_get_bounding_box (load);
  if (box.width <= 0 || box.height <= 0 || gegl_rectangle_is_infinite_plane (&box))
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE,
                         _ ("the picture is damaged: copy or save it again"));
  else if (why_picture_check_size (box.width, box.height, error))
    gegl_node_process (sink);
  return buffer;
}

/* Where pixel x, y of the upright picture lies in a stored w×h one. */
static gsize
stored_index (gint orientation, gint x, gint y, gint w, gint h)
{
  switch (orientation)
    {
    case 2:
      return (gsize)y * w + (w - 1 - x);
    case 3:
      return (gsize)(h - 1 - y) * w + (w - 1 - x);
    case 4:
      return (gsize)(h - 1 - y) * w + x;
    case 5:
      return (gsize)x * w + y;
    case 6:
      return (gsize)(h - 1 - x) * w + y;
    case 7:
      return (gsize)(h - 1 - x) * w + (w - 1 - y);
    case 8:
      return (gsize)x * w + (w - 1 - y);
    default:
      return (gsize)y * w + x;
    }
}

static gfloat *
turn_upright (const gfloat *stored, gint channels, gint orientation, gint *width, gint *height)
{
  gint w = *width, h = *height;
  gfloat *upright = g_new (gfloat, (gsize)w * h * channels);

  if (orientation >= 5)
    {
      *width = h;
      *height = w;
    }
  for (gint y = 0; y < *height; y++)
    for (gint x = 0; x < *width; x++)
      memcpy (upright + ((gsize)y * *width + x) * channels,
              stored + stored_index (orientation, x, y, w, h) * channels,
              channels * sizeof (gfloat));
  return upright;
}

static const Babl *
rgb_format (GeglBuffer *buffer)
{
  gboolean alpha = babl_format_has_alpha (gegl_buffer_get_format (buffer));

  return babl_format (alpha ? "R'G'B'A float" : "R'G'B' float");
}

static gboolean
read_rows (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  GeglBuffer *buffer = user_data;
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);

  gegl_buffer_get (buffer, GEGL_RECTANGLE (extent->x, extent->y + y, extent->width, n_rows), 1.0,
                   rgb_format (buffer), rows, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return TRUE;
}

WhyPixels *
why_picture_read_gegl (const gchar *path, const WhyPictureProbe *probe, GError **error)
{
  g_autoptr (GeglBuffer) buffer = NULL;
  g_autofree gfloat *stored = NULL;
  gfloat *upright;
  WhyPixelFormat format;
  gint width, height, channels;

  start_gegl ();
  buffer = load_buffer (path, probe->loader, error);
  if (!buffer)
    return NULL;
  width = gegl_buffer_get_width (buffer);
  height = gegl_buffer_get_height (buffer);
  channels = babl_format_get_n_components (rgb_format (buffer));
  format = channels == 4 ? WHY_PIXELS_RGBA_FLOAT : WHY_PIXELS_RGB_FLOAT;
  if (probe->orientation == 1)
    return why_pixels_new (width, height, format, read_rows, g_steal_pointer (&buffer),
                           g_object_unref);
  stored = g_new (gfloat, (gsize)width * height * channels);
  read_rows (buffer, 0, height, stored, NULL);
  upright = turn_upright (stored, channels, probe->orientation, &width, &height);
  return why_pixels_new_take (width, height, format, upright);
}
