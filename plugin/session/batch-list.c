/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pictures a batch is about. */
#include <glib/gi18n-lib.h>
#include <glob.h>
#include <string.h>

#include "session/batch.h"

#define MAX_SHARDS 1000000

static void
item_free (gpointer data)
{
  WhyBatchItem *item = data;

  g_free (item->path);
  g_free (item->name);
  g_free (item);
}

GPtrArray *
why_batch_items_new (void)
{
  return g_ptr_array_new_with_free_func (item_free);
}

/* JSON is UTF-8; a name that is not is written with escapes, so that it stays one of its own. */
static gchar *
to_utf8 (const gchar *name)
{
  return g_utf8_validate (name, -1, NULL) ? g_strdup (name) : g_strescape (name, NULL);
}

static void
add_item (GPtrArray *items, const gchar *path, const gchar *name)
{
  WhyBatchItem *item = g_new (WhyBatchItem, 1);

  item->path = g_strdup (path);
  item->name = to_utf8 (name);
  g_ptr_array_add (items, item);
}

static void
add_path (GPtrArray *items, const gchar *path)
{
  g_autofree gchar *base = g_path_get_basename (path);

  add_item (items, path, base);
}

/* below: the path within the folder that was asked for, "" at its top. */
static void
add_folder (GPtrArray *items, const gchar *folder, const gchar *below, const gchar *exclude)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *entry;

  while (dir && (entry = g_dir_read_name (dir)))
    {
      g_autofree gchar *path = g_build_filename (folder, entry, NULL);
      g_autofree gchar *name = *below ? g_build_filename (below, entry, NULL) : g_strdup (entry);
      gboolean is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
      gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);

      if (*entry == '.' || (exclude && is_folder && g_str_equal (path, exclude)))
        continue;
      if (!is_folder)
        add_item (items, path, name);
      else if (!is_link) /* a link may lead back here */
        add_folder (items, path, name, exclude);
    }
}

static gboolean
add_pattern (GPtrArray *items, const gchar *pattern)
{
  glob_t found;
  gboolean any = glob (pattern, GLOB_NOSORT, NULL, &found) == 0;

  for (gsize i = 0; any && i < found.gl_pathc; i++)
    if (!g_file_test (found.gl_pathv[i], G_FILE_TEST_IS_DIR))
      add_path (items, found.gl_pathv[i]);
  globfree (&found);
  return any;
}

gboolean
why_batch_add_source (GPtrArray *items, const gchar *source, const gchar *exclude, GError **error)
{
  g_autofree gchar *canonical = g_canonicalize_filename (source, NULL);
  g_autofree gchar *excluded = exclude ? g_canonicalize_filename (exclude, NULL) : NULL;

  if (excluded && g_str_equal (canonical, excluded))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%s: results would lie among the pictures: name another folder for them"),
                   source);
      return FALSE;
    }
  if (g_file_test (source, G_FILE_TEST_IS_DIR))
    add_folder (items, canonical, "", excluded);
  else if (g_file_test (source, G_FILE_TEST_EXISTS) || g_file_test (source, G_FILE_TEST_IS_SYMLINK))
    add_path (items, source);
  else if (!add_pattern (items, source))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%s: there is no folder, file or pattern match of that name: check the name"),
                   source);
      return FALSE;
    }
  return TRUE;
}

void
why_batch_add_lines (GPtrArray *items, const gchar *text, gsize length)
{
  const gchar end = memchr (text, '\0', length) ? '\0' : '\n';

  while (length > 0)
    {
      const gchar *stop = memchr (text, end, length);
      gsize n = stop ? (gsize)(stop - text) : length;
      g_autofree gchar *path = g_strndup (text, n);

      if (end == '\n' && g_str_has_suffix (path, "\r"))
        path[n - 1] = '\0';
      if (*path)
        add_path (items, path);
      n = MIN (n + 1, length);
      text += n;
      length -= n;
    }
}

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const WhyBatchItem *const *)a)->name, (*(const WhyBatchItem *const *)b)->name);
}

/* Keeps the items that wanted accepts, in their order. */
static void
filter (GPtrArray *items, gboolean (*wanted) (const WhyBatchItem *item, gpointer data),
        gpointer data)
{
  guint kept = 0;

  for (guint i = 0; i < items->len; i++)
    {
      WhyBatchItem *item = g_ptr_array_index (items, i);

      if (!wanted (item, data))
        continue;
      items->pdata[i] = items->pdata[kept];
      items->pdata[kept++] = item;
    }
  g_ptr_array_set_size (items, (gint)kept);
}

static gboolean
is_new (const WhyBatchItem *item, gpointer seen)
{
  return g_hash_table_add (seen, g_canonicalize_filename (item->path, NULL));
}

static void
drop_repeated (GPtrArray *items)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  filter (items, is_new, seen);
}

void
why_batch_items_finish (GPtrArray *items)
{
  g_autoptr (GHashTable) count = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  drop_repeated (items);
  for (guint i = 0; i < items->len; i++)
    {
      const WhyBatchItem *item = g_ptr_array_index (items, i);
      gint n = GPOINTER_TO_INT (g_hash_table_lookup (count, item->name));

      g_hash_table_insert (count, g_strdup (item->name), GINT_TO_POINTER (n + 1));
    }
  for (guint i = 0; i < items->len; i++)
    {
      WhyBatchItem *item = g_ptr_array_index (items, i);

      if (GPOINTER_TO_INT (g_hash_table_lookup (count, item->name)) > 1)
        {
          g_autofree gchar *canonical = g_canonicalize_filename (item->path, NULL);

          g_free (item->name);
          item->name = to_utf8 (canonical);
        }
    }
  g_ptr_array_sort (items, compare_items);
}

/* FNV-1a, so that a picture's shard does not change when others come or go. */
static guint64
hash_name (const gchar *name)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);

  for (; *name; name++)
    hash = (hash ^ (guint8)*name) * G_GUINT64_CONSTANT (1099511628211);
  return hash ^ hash >> 32;
}

typedef struct
{
  guint64 index, n;
} Shard;

static gboolean
is_in_shard (const WhyBatchItem *item, gpointer data)
{
  const Shard *shard = data;

  return hash_name (item->name) % shard->n == shard->index - 1;
}

void
why_batch_items_keep_shard (GPtrArray *items, gint index, gint n)
{
  filter (items, is_in_shard, &(Shard){ (guint64)index, (guint64)n });
}

gboolean
why_batch_parse_shard (const gchar *text, gint *index, gint *n, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  guint64 i, of;

  if (parts[0] && parts[1] && g_ascii_string_to_unsigned (parts[1], 10, 1, MAX_SHARDS, &of, NULL)
      && g_ascii_string_to_unsigned (parts[0], 10, 1, of, &i, NULL))
    {
      *index = (gint)i;
      *n = (gint)of;
      return TRUE;
    }
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               _ ("the shard is “%s”: it should be I/N with I from 1 to N, such as 1/7"), text);
  return FALSE;
}
