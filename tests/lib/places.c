/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "places.h"

#include <string.h>

#include <glib/gstdio.h>

#include "whylayer/error.h"

gchar *
test_source (const gchar *name)
{
  return g_build_filename (WHY_SOURCE_DIR, name, NULL);
}

gchar *
test_shared (const gchar *name)
{
  const gchar *chosen = g_getenv ("WHYLAYER_SHARED");
  gchar *path = chosen && *chosen ? g_build_filename (chosen, name, NULL)
                                  : g_build_filename (WHY_SOURCE_DIR, "..", "shared", name, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  g_test_skip ("the shared test data is not there");
  return NULL;
}

TestFolder *
test_folder_new (void)
{
  TestFolder *folder = g_new0 (TestFolder, 1);

  folder->path = g_dir_make_tmp ("whylayer-test-XXXXXX", NULL);
  g_assert_nonnull (folder->path);
  return folder;
}

static void
remove_tree (const gchar *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree gchar *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}

void
test_folder_free (TestFolder *folder)
{
  remove_tree (folder->path);
  g_free (folder->path);
  g_free (folder);
}

gchar *
test_folder_path (const TestFolder *folder, const gchar *name)
{
  return g_build_filename (folder->path, name, NULL);
}

void
test_folder_write_bytes (const TestFolder *folder, const gchar *name, GBytes *bytes)
{
  g_autofree gchar *path = test_folder_path (folder, name);
  g_autofree gchar *parent = g_path_get_dirname (path);
  gsize size;
  const gchar *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, data ? data : "", (gssize)size, NULL));
}

void
test_folder_write (const TestFolder *folder, const gchar *name, const gchar *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  test_folder_write_bytes (folder, name, bytes);
}

void
test_assert_error (GError **error, gint code, const gchar *text)
{
  g_assert_error (*error, WHY_ERROR, code);
  if (!strstr ((*error)->message, text))
    g_error ("the message '%s' should contain '%s'", (*error)->message, text);
  g_clear_error (error);
}
