/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define STRIP_ROWS 64

static gboolean
refuse (GError **error, gint code)
{
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT,
               code == ENOSPC || code == EDQUOT
                   ? _ ("cannot be written (%s): free some space or choose another folder")
                   : _ ("cannot be written (%s): choose a folder that you may write to"),
               g_strerror (code));
  return FALSE;
}

/* Returns 0 or an errno. */
static gint
write_all (gint fd, GBytes *bytes)
{
  gsize left;
  const gchar *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize n = write (fd, data, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      data += n;
      left -= (gsize)n;
    }
  return 0;
}

static gint
write_file (const gchar *path, GBytes *bytes)
{
  gint fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  gint problem;

  if (fd < 0)
    return errno;
  problem = write_all (fd, bytes);
  /* Some file systems report a full disk only now. */
  if (close (fd) != 0 && problem == 0)
    problem = errno;
  return problem;
}

/* Pipes and devices are written to, never replaced. */
static gboolean
is_special (const gchar *path)
{
  GStatBuf st;

  return g_stat (path, &st) == 0 && !S_ISREG (st.st_mode) && !S_ISDIR (st.st_mode);
}

gboolean
why_output_write (const gchar *path, GBytes *bytes, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *name = g_path_get_basename (path);
  g_autofree gchar *part_name = g_strdup_printf (".%s.part", name);
  g_autofree gchar *part = g_build_filename (folder, part_name, NULL);
  gint problem;

  if (is_special (path))
    problem = write_file (path, bytes);
  else
    {
      problem = write_file (part, bytes);
      if (problem == 0 && g_rename (part, path) != 0)
        problem = errno;
      if (problem != 0)
        g_unlink (part);
    }
  return problem == 0 || refuse (error, problem);
}

gboolean
why_output_make_folder (const gchar *path, GError **error)
{
  return g_mkdir_with_parents (path, 0777) == 0 || refuse (error, errno);
}

static gchar *
model_tag (const gchar *model)
{
  g_autofree gchar *name = g_path_get_basename (*model ? model : "bundled");
  gchar *suffix = strstr (name, ".onnx");

  if (suffix)
    *suffix = '\0';
  return g_strdelimit (g_steal_pointer (&name), "#/ ", '-');
}

static gboolean
are_models_different (const GPtrArray *requests)
{
  for (guint i = 1; i < requests->len; i++)
    if (g_strcmp0 (why_request_get (g_ptr_array_index (requests, 0), "model"),
                   why_request_get (g_ptr_array_index (requests, i), "model"))
        != 0)
      return TRUE;
  return FALSE;
}

gchar **
why_output_tags (const GPtrArray *requests)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gchar **tags = g_new0 (gchar *, requests->len + 1);
  gboolean several = are_models_different (requests);

  for (guint i = 0; i < requests->len; i++)
    {
      const WhyRequest *request = g_ptr_array_index (requests, i);
      const gchar *method
          = why_method_get_id (why_method_lookup (why_request_get (request, "method"), NULL));
      g_autofree gchar *model = model_tag (why_request_get (request, "model"));
      g_autofree gchar *base = several ? g_strconcat (model, ".", method, NULL) : g_strdup (method);

      tags[i] = g_strdup (base);
      for (gint n = 2; g_hash_table_contains (seen, tags[i]); n++)
        {
          g_free (tags[i]);
          tags[i] = g_strdup_printf ("%s-%d", base, n);
        }
      g_hash_table_add (seen, tags[i]);
    }
  return tags;
}

/* Blends the map into those rows of the picture that the view covers. */
static void
blend_map (const WhyReport *report, guint8 *rgb)
{
  WhyDrawing drawing = why_report_get_drawing (report);
  gint x, y, width, height;
  g_autofree guint8 *rgba = NULL;

  why_view_get_bounds (&report->subject->view, &x, &y, &width, &height);
  rgba = g_malloc ((gsize)width * STRIP_ROWS * 4);
  for (gint row = 0; row < height; row += STRIP_ROWS)
    {
      gint n = MIN (STRIP_ROWS, height - row);

      why_drawing_draw_rows (&drawing, row, n, rgba);
      why_style_composite (report->style, rgba, (gsize)width * 4,
                           rgb + ((gsize)(y + row) * report->width + x) * 3,
                           (gsize)report->width * 3, width, n);
    }
}

guint8 *
why_report_compose (const WhyReport *report, WhyPixels *pixels, GError **error)
{
  gsize stride = (gsize)report->width * 3;
  g_autofree guint8 *rgb = g_malloc (stride * report->height);

  for (gint y = 0; y < report->height; y += STRIP_ROWS)
    if (!why_pixels_read_rgb_u8 (pixels, y, MIN (STRIP_ROWS, report->height - y), why_background,
                                 rgb + y * stride, error))
      return NULL;
  blend_map (report, rgb);
  return g_steal_pointer (&rgb);
}
