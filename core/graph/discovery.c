/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where models are looked for, and reading their files. */
#include "graph/model-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <glib/gstdio.h>

#include "kernels/memory.h"
#include "whylayer/param.h"

#define SUFFIX ".onnx"

typedef struct
{
  gchar *path;
  gboolean bundled;
} Folder;

static void
folder_clear (gpointer data)
{
  g_free (((Folder *)data)->path);
}

static void
add_folder (GArray *folders, gboolean bundled, gchar *path)
{
  Folder folder = { path, bundled };

  g_array_append_val (folders, folder);
}

/* The folder of the running program, or NULL where the system does not say. (transfer full) */
static gchar *
program_folder (void)
{
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);

  return program ? g_path_get_dirname (program) : NULL;
}

/* In the order of the search. (element-type Folder) (transfer full) */
static GArray *
list_folders (void)
{
  GArray *folders = g_array_new (FALSE, FALSE, sizeof (Folder));
  const gchar *chosen = g_getenv ("WHYLAYER_DATA");
  g_autofree gchar *program = program_folder ();

  g_array_set_clear_func (folders, folder_clear);
  if (chosen && *chosen)
    {
      add_folder (folders, FALSE, g_strdup (chosen));
      add_folder (folders, FALSE, g_build_filename (chosen, "models", NULL));
    }
  add_folder (folders, FALSE,
              g_build_filename (g_get_user_data_dir (), "whylayer", "models", NULL));
  if (program)
    {
      add_folder (folders, TRUE, g_build_filename (program, "models", NULL));
      add_folder (folders, TRUE,
                  g_build_filename (program, "..", "share", "whylayer", "models", NULL));
    }
  add_folder (folders, TRUE, g_build_filename (WHY_DATA_DIR, "models", NULL));
  return folders;
}

gchar *
why_data_find (const gchar *folder, const gchar *name)
{
  g_autoptr (GArray) folders = list_folders ();

  for (guint i = 0; i < folders->len; i++)
    {
      gchar *path = g_build_filename (g_array_index (folders, Folder, i).path, folder, name, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return path;
      g_free (path);
    }
  return NULL;
}

void
why_model_entry_free (WhyModelEntry *entry)
{
  if (!entry)
    return;
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry);
}

/* The base name without .onnx; NULL when it is no model's. (transfer full) */
static gchar *
model_name (const gchar *file_name)
{
  if (!g_str_has_suffix (file_name, SUFFIX) || strlen (file_name) == strlen (SUFFIX)
      || !g_utf8_validate (file_name, -1, NULL))
    return NULL;
  return g_strndup (file_name, strlen (file_name) - strlen (SUFFIX));
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const WhyModelEntry *const *)a)->name,
                 (*(const WhyModelEntry *const *)b)->name);
}

/* Models of one folder whose names are not taken yet, by name. */
static void
list_folder (GPtrArray *entries, GHashTable *taken, const Folder *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder->path, 0, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  const gchar *file_name;

  while (dir && (file_name = g_dir_read_name (dir)))
    {
      g_autofree gchar *name = model_name (file_name);
      WhyModelEntry *entry;
      if (!name || g_hash_table_contains (taken, name))
        continue;
      entry = g_new0 (WhyModelEntry, 1);
      entry->path = g_build_filename (folder->path, file_name, NULL);
      entry->name = g_steal_pointer (&name);
      entry->bundled = folder->bundled;
      g_hash_table_add (taken, entry->name);
      g_ptr_array_add (found, entry);
    }
  g_ptr_array_sort (found, compare_names);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (entries, found->pdata[i]);
}

GPtrArray *
why_model_list (void)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)why_model_entry_free);
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) folders = list_folders ();

  for (guint i = 0; i < folders->len; i++)
    list_folder (entries, taken, &g_array_index (folders, Folder, i));
  return entries;
}

/* Says which names there are, or where they were looked for when there are none. */
static void
set_not_found (const gchar *name, const GPtrArray *entries, GError **error)
{
  g_autoptr (GArray) folders = list_folders ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autofree gchar *searched = NULL;
  const gchar *nearest;

  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (names, ((WhyModelEntry *)entries->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  for (guint i = 0; i < folders->len; i++)
    g_ptr_array_add (paths, g_array_index (folders, Folder, i).path);
  g_ptr_array_add (paths, NULL);
  searched = g_strjoinv (", ", (gchar **)paths->pdata);
  nearest = why_nearest_word (name, (const gchar *const *)names->pdata);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND,
                 _ ("there is no model '%s'; did you mean '%s'? Searched: %s"), name, nearest,
                 searched);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND,
                 _ ("there is no model '%s'; give the name of one in these folders or the path of "
                    "an ONNX file: %s"),
                 name, searched);
}

static gboolean
is_path (const gchar *text)
{
  return strchr (text, G_DIR_SEPARATOR) || g_str_has_suffix (text, SUFFIX);
}

/* The path of the listed model whose name is the first length bytes of text; NULL when none is. */
static const gchar *
find_entry (const GPtrArray *entries, const gchar *text, gsize length)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const WhyModelEntry *entry = entries->pdata[i];
      if (strlen (entry->name) == length && strncmp (entry->name, text, length) == 0)
        return entry->path;
    }
  return NULL;
}

gchar *
why_model_find (const gchar *name_or_path, GError **error)
{
  const gchar *name = name_or_path && *name_or_path ? name_or_path : WHY_DEFAULT_MODEL;
  g_autoptr (GPtrArray) entries = why_model_list ();
  const gchar *path = find_entry (entries, name, strlen (name));

  if (!path && g_file_test (name, G_FILE_TEST_EXISTS))
    path = name;
  /* Layers and reports remember a file without its folder. */
  if (!path && g_str_has_suffix (name, SUFFIX))
    path = find_entry (entries, name, strlen (name) - strlen (SUFFIX));
  if (path)
    return g_strdup (path);
  if (is_path (name))
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND, _ ("there is no file '%s'"), name);
  else
    set_not_found (name, entries, error);
  return NULL;
}

static void
set_unreadable (const gchar *path, GError **error)
{
  g_autofree gchar *name = g_filename_display_basename (path);

  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND, _ ("%s: it cannot be read: %s"), name,
               g_strerror (errno));
}

/* Reads exactly what fstat() promised; a file that shrinks meanwhile is an error, not a crash. */
static GBytes *
read_descriptor (gint fd, const gchar *path, gsize size, GError **error)
{
  guint8 *data = why_memory_try_new (size);
  g_autoptr (GBytes) bytes = g_bytes_new_with_free_func (data, size, free, data);
  gsize done = 0;

  if (!data)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MEMORY,
                           _ ("there is not enough memory to read the model"));
      return NULL;
    }
  while (done < size)
    {
      gssize n = read (fd, data + done, size - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          set_unreadable (path, error);
          return NULL;
        }
      done += (gsize)n;
    }
  return g_steal_pointer (&bytes);
}

GBytes *
why_model_read_file (const gchar *path, guint64 limit, GError **error)
{
  g_autofree gchar *name = g_filename_display_basename (path);
  GBytes *bytes = NULL;
  struct stat info;
  /* Not blocking: a FIFO must not hang us before fstat() tells it from a file. */
  gint fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);

  if (fd < 0 && errno == ENOENT)
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND, _ ("there is no file '%s'"), path);
  else if (fd < 0 || fstat (fd, &info) != 0)
    set_unreadable (path, error);
  else if (!S_ISREG (info.st_mode))
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_NOT_FOUND, _ ("%s: it is not a file"), name);
  else if ((guint64)info.st_size > limit)
    g_set_error (error, WHY_ERROR, WHY_ERROR_MEMORY, _ ("%s: it is larger than %" PRIu64 " MiB"),
                 name, limit >> 20);
  else
    bytes = read_descriptor (fd, path, (gsize)info.st_size, error);
  if (fd >= 0)
    close (fd);
  return bytes;
}
