/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports read picture by picture: what the contact sheet, the table and the merge share. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "session/batch-private.h"
#include "session/output.h"

static void
row_free (gpointer data)
{
  WhyBatchRow *row = data;

  g_free (row->name);
  g_string_free (row->text, TRUE);
  g_free (row);
}

GPtrArray *
why_batch_rows_new (void)
{
  return g_ptr_array_new_with_free_func (row_free);
}

/** The lines of one picture, which stand together. */
typedef struct
{
  GPtrArray *nodes, *objects;
  const gchar *start, *end;
  const gchar *name;
} Group;

static void
flush_group (Group *group, GPtrArray *rows, WhyBatchRowFunc func, gpointer user_data)
{
  WhyBatchRow *row;

  if (group->objects->len == 0)
    return;
  row = g_new0 (WhyBatchRow, 1);
  row->name = g_strdup (group->name);
  row->text = g_string_new (NULL);
  for (guint i = 0; i < group->objects->len; i++)
    row->failed |= why_batch_get_string (g_ptr_array_index (group->objects, i), "error") != NULL;
  func (row, group->objects, group->start, (gsize)(group->end - group->start), user_data);
  g_ptr_array_add (rows, row);
  g_ptr_array_set_size (group->objects, 0);
  g_ptr_array_set_size (group->nodes, 0);
}

gboolean
why_batch_rows_add (GPtrArray *rows, const gchar *report, WhyBatchRowFunc func, gpointer user_data,
                    GError **error)
{
  g_auto (WhyBatchLines) lines = { 0 };
  Group group = { 0 };
  const gchar *text;
  gsize length;
  JsonNode *node;

  if (!why_batch_lines_init (&lines, report, error))
    return FALSE;
  group.nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)json_node_unref);
  group.objects = g_ptr_array_new ();
  while ((node = why_batch_lines_next (&lines, &text, &length)))
    {
      JsonObject *line = json_node_get_object (node);
      const gchar *name = why_batch_get_string (line, "image");

      if (!name)
        {
          json_node_unref (node);
          continue;
        }
      if (text != group.end || g_strcmp0 (name, group.name) != 0)
        {
          flush_group (&group, rows, func, user_data);
          group.start = text;
        }
      g_ptr_array_add (group.nodes, node);
      g_ptr_array_add (group.objects, line);
      group.name = name;
      group.end = text + length;
    }
  flush_group (&group, rows, func, user_data);
  g_ptr_array_unref (group.objects);
  g_ptr_array_unref (group.nodes);
  return TRUE;
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const WhyBatchRow *const *)a)->name, (*(const WhyBatchRow *const *)b)->name);
}

void
why_batch_rows_sort (GPtrArray *rows)
{
  g_ptr_array_sort (rows, compare_rows);
}

gboolean
why_batch_rows_write (const GPtrArray *rows, const gchar *head, const gchar *tail,
                      const gchar *path, GError **error)
{
  g_autoptr (GString) all = g_string_new (head);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      const WhyBatchRow *row = g_ptr_array_index (rows, i);

      g_string_append_len (all, row->text->str, (gssize)row->text->len);
    }
  g_string_append (all, tail);
  bytes = g_bytes_new_static (all->str, all->len);
  return why_output_write (path, bytes, error);
}

static void
keep_text (WhyBatchRow *row, const GPtrArray *lines, const gchar *text, gsize length,
           gpointer user_data)
{
  g_string_append_len (row->text, text, (gssize)length);
}

/* Of rows about the same picture keeps the first that did not fail, else the first. */
static void
keep_best (GPtrArray *rows)
{
  guint kept = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      WhyBatchRow *row = g_ptr_array_index (rows, i);
      WhyBatchRow *last = kept > 0 ? g_ptr_array_index (rows, kept - 1) : NULL;
      gboolean again = last && g_str_equal (last->name, row->name);

      if (again && !(last->failed && !row->failed))
        continue;
      if (again)
        kept--;
      rows->pdata[i] = rows->pdata[kept];
      rows->pdata[kept++] = row;
    }
  g_ptr_array_set_size (rows, (gint)kept);
}

gboolean
why_batch_merge (const gchar *const *reports, const gchar *path, GError **error)
{
  g_autoptr (GPtrArray) rows = why_batch_rows_new ();

  for (gint i = 0; reports[i]; i++)
    if (!g_file_test (reports[i], G_FILE_TEST_EXISTS))
      {
        g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                     _ ("%s: there is no such report: check the name"), reports[i]);
        return FALSE;
      }
    else if (!why_batch_rows_add (rows, reports[i], keep_text, NULL, error))
      return FALSE;
  why_batch_rows_sort (rows);
  keep_best (rows);
  return why_batch_rows_write (rows, "", "", path, error) && why_batch_write_sheet (path, error)
         && why_batch_write_table (path, error);
}
