/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static gboolean
is_plain_relative (const gchar *name)
{
  g_auto (GStrv) parts = NULL;

  if (*name == '\0' || g_path_is_absolute (name))
    return FALSE;
  parts = g_strsplit (name, G_DIR_SEPARATOR_S, -1);
  return !g_strv_contains ((const gchar *const *)parts, "..");
}

static gint refuse (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gint
refuse (GError **error, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (WHY_ERROR, WHY_ERROR_MODEL_DATA, format, args));
  va_end (args);
  return -1;
}

/* The file's real path when it lies inside folder. (transfer full: free()) */
static gchar *
resolve_inside (const gchar *folder, const gchar *name, GError **error)
{
  g_autofree gchar *joined = g_build_filename (folder, name, NULL);
  gchar *root = realpath (folder, NULL);
  gchar *path = realpath (joined, NULL);

  if (!root || !path)
    refuse (error, _ ("its data file '%s' is missing; it belongs beside the model"), name);
  else if (!g_str_has_prefix (path, root)
           || (path[strlen (root)] != G_DIR_SEPARATOR && strcmp (root, G_DIR_SEPARATOR_S) != 0))
    {
      refuse (error, _ ("its data file '%s' is a link out of the model's folder; copy it there"),
              name);
      g_clear_pointer (&path, free);
    }
  free (root);
  return path;
}

gint
why_confined_open (const gchar *folder, const gchar *name, guint64 *size, GError **error)
{
  gchar *path;
  struct stat info;
  gint fd;

  if (!is_plain_relative (name))
    return refuse (error,
                   _ ("its data file '%s' is outside of the model's folder; the name must be "
                      "relative and without '..'"),
                   name);
  if (!folder)
    return refuse (error, _ ("its data file '%s' cannot be found without a folder"), name);
  path = resolve_inside (folder, name, error);
  if (!path)
    return -1;
  /* Not blocking: a FIFO or device must not hang us before fstat() tells it from a file. */
  fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  free (path);
  if (fd < 0)
    return refuse (error, _ ("its data file '%s' may not be read; check its permissions"), name);
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      close (fd);
      return refuse (error, _ ("its data file '%s' is not a regular file"), name);
    }
  *size = (guint64)info.st_size;
  return fd;
}

gboolean
why_confined_read (gint fd, const gchar *name, guint64 offset, gpointer buffer, gsize length,
                   GError **error)
{
  gsize done = 0;

  while (done < length)
    {
      gssize n = pread (fd, (gchar *)buffer + done, length - done, (off_t)(offset + done));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          refuse (error, _ ("its data file '%s' cannot be read to the end"), name);
          return FALSE;
        }
      done += (gsize)n;
    }
  return TRUE;
}

gchar *
why_confined_get_contents (const gchar *folder, const gchar *name, gsize limit, GError **error)
{
  g_autofree gchar *contents = NULL;
  guint64 size;
  gint fd = why_confined_open (folder, name, &size, error);
  gboolean ok;

  if (fd < 0)
    return NULL;
  ok = size <= limit;
  if (!ok)
    refuse (error, _ ("its data file '%s' is too large"), name);
  else
    {
      contents = g_malloc0 (size + 1);
      ok = why_confined_read (fd, name, 0, contents, size, error);
    }
  close (fd);
  return ok ? g_steal_pointer (&contents) : NULL;
}
