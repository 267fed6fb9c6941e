/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a batch: read line by line, appended line by line, resumed. */
#include "session/batch-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "session/output.h"
#include "json-input.h"
#include "sha256.h"
#include "session/session-private.h"

gboolean
why_batch_lines_init (WhyBatchLines *lines, const gchar *path, GError **error)
{
  g_autoptr (GError) cause = NULL;

  memset (lines, 0, sizeof *lines);
  lines->file = g_mapped_file_new (path, FALSE, &cause);
  if (!lines->file)
    {
      if (g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("%s: the report cannot be read (%s)"),
                   path, cause->message);
      return FALSE;
    }
  lines->at = g_mapped_file_get_contents (lines->file);
  lines->end = lines->at + g_mapped_file_get_length (lines->file);
  return TRUE;
}

void
why_batch_lines_clear (WhyBatchLines *lines)
{
  g_clear_pointer (&lines->file, g_mapped_file_unref);
}

JsonNode *
why_batch_lines_next (WhyBatchLines *lines, const gchar **text, gsize *length)
{
  while (lines->at && lines->at < lines->end)
    {
      const gchar *start = lines->at;
      const gchar *newline = memchr (start, '\n', lines->end - start);
      g_autoptr (JsonParser) parser = json_parser_new_immutable ();
      JsonNode *root;

      if (!newline)
        break; /* torn: the run was killed while it wrote */
      lines->at = newline + 1;
      if (!why_json_is_shallow (start, newline - start)
          || !json_parser_load_from_data (parser, start, newline - start, NULL))
        continue;
      root = json_parser_get_root (parser);
      if (!root || !JSON_NODE_HOLDS_OBJECT (root))
        continue;
      *text = start;
      *length = newline + 1 - start;
      return json_node_ref (root);
    }
  return NULL;
}

static JsonNode *
get_member (JsonObject *object, const gchar *name)
{
  return object ? json_object_get_member (object, name) : NULL;
}

const gchar *
why_batch_get_string (JsonObject *object, const gchar *name)
{
  JsonNode *node = get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                  : NULL;
}

gdouble
why_batch_get_number (JsonObject *object, const gchar *name)
{
  JsonNode *node = get_member (object, name);
  GType type = node ? json_node_get_value_type (node) : G_TYPE_INVALID;

  return type == G_TYPE_DOUBLE || type == G_TYPE_INT64 ? json_node_get_double (node) : NAN;
}

gboolean
why_batch_get_bool (JsonObject *object, const gchar *name)
{
  JsonNode *node = get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

JsonObject *
why_batch_get_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
why_batch_get_array (JsonObject *object, const gchar *name)
{
  JsonNode *node = get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gchar *
why_batch_hash_file (const gchar *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  if (!file)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE, _ ("the file cannot be read"));
      return NULL;
    }
  return why_sha256 (g_mapped_file_get_contents (file), g_mapped_file_get_length (file));
}

struct _WhyBatchReport
{
  gchar *path;
  gint fd;
  GMutex lock;          /* around the file and its length */
  GHashTable *finished; /* names of pictures that an earlier run finished */
};

void
why_batch_report_close (WhyBatchReport *report)
{
  if (!report)
    return;
  if (report->fd >= 0)
    close (report->fd);
  g_clear_pointer (&report->finished, g_hash_table_unref);
  g_mutex_clear (&report->lock);
  g_free (report->path);
  g_free (report);
}

gboolean
why_batch_report_has (const WhyBatchReport *report, const gchar *name)
{
  return g_hash_table_contains (report->finished, name);
}

/** What an earlier report says about one picture. */
typedef struct
{
  guint n_lines;
  gboolean usable; /* no error, this run's settings, files still there */
  gchar *sha256;
} Earlier;

static void
earlier_free (gpointer data)
{
  Earlier *earlier = data;

  g_free (earlier->sha256);
  g_free (earlier);
}

static gboolean
has_outputs (JsonObject *line, const gchar *folder)
{
  JsonObject *outputs = why_batch_get_object (line, "outputs");
  g_autoptr (GList) names = outputs ? json_object_get_members (outputs) : NULL;

  for (const GList *link = names; link; link = link->next)
    {
      const gchar *name = why_batch_get_string (outputs, link->data);
      g_autofree gchar *path = name ? g_build_filename (folder, name, NULL) : NULL;

      if (!path || !g_file_test (path, G_FILE_TEST_EXISTS))
        return FALSE;
    }
  return TRUE;
}

static void
note_line (GHashTable *pictures, JsonObject *line, const gchar *folder, const gchar *settings)
{
  const gchar *name = why_batch_get_string (line, "image");
  JsonObject *batch = why_batch_get_object (line, "batch");
  const gchar *sha256 = why_batch_get_string (batch, "sha256");
  Earlier *earlier = name ? g_hash_table_lookup (pictures, name) : NULL;

  if (!name)
    return;
  if (!earlier)
    {
      earlier = g_new0 (Earlier, 1);
      earlier->usable = TRUE;
      earlier->sha256 = g_strdup (sha256);
      g_hash_table_insert (pictures, g_strdup (name), earlier);
    }
  earlier->n_lines++;
  if (why_batch_get_string (line, "error") || !sha256 || g_strcmp0 (sha256, earlier->sha256) != 0
      || g_strcmp0 (why_batch_get_string (batch, "settings"), settings) != 0
      || !has_outputs (line, folder))
    earlier->usable = FALSE;
}

static gboolean
is_finished (const Earlier *earlier, const WhyBatchItem *item, guint n_lines)
{
  g_autofree gchar *sha256 = NULL;

  if (!earlier || !earlier->usable || earlier->n_lines != n_lines)
    return FALSE;
  sha256 = why_batch_hash_file (item->path, NULL);
  return g_strcmp0 (sha256, earlier->sha256) == 0;
}

/* Finds out which of the pictures the report at path has finished. unfinished: those that are to
 * be done again. */
static gboolean
read_earlier (WhyBatchReport *report, const WhyBatch *batch, const gchar *settings,
              GHashTable *unfinished, WhyProgress *progress, GError **error)
{
  g_autoptr (GHashTable) pictures
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, earlier_free);
  g_auto (WhyBatchLines) lines = { 0 };
  const gchar *text;
  gsize length;
  JsonNode *node;

  if (!why_batch_lines_init (&lines, report->path, error))
    return FALSE;
  while ((node = why_batch_lines_next (&lines, &text, &length)))
    {
      note_line (pictures, json_node_get_object (node), batch->folder, settings);
      json_node_unref (node);
    }
  for (guint i = 0; i < batch->items->len; i++)
    {
      const WhyBatchItem *item = g_ptr_array_index (batch->items, i);
      Earlier *earlier = g_hash_table_lookup (pictures, item->name);

      if (!why_progress_set (progress, (gdouble)i / batch->items->len, error))
        return FALSE;
      g_hash_table_add (is_finished (earlier, item, batch->requests->len) ? report->finished
                                                                          : unfinished,
                        item->name);
    }
  return TRUE;
}

/* Writes the report anew without the lines of pictures that are to be done again. */
static gboolean
drop_unfinished (WhyBatchReport *report, GHashTable *unfinished, GError **error)
{
  g_autoptr (GString) kept = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (WhyBatchLines) lines = { 0 };
  const gchar *text;
  gsize length;
  JsonNode *node;

  if (!why_batch_lines_init (&lines, report->path, error))
    return FALSE;
  while ((node = why_batch_lines_next (&lines, &text, &length)))
    {
      const gchar *name = why_batch_get_string (json_node_get_object (node), "image");

      if (name && !g_hash_table_contains (unfinished, name))
        g_string_append_len (kept, text, (gssize)length);
      json_node_unref (node);
    }
  bytes = g_bytes_new_static (kept->str, kept->len);
  return why_output_write (report->path, bytes, error);
}

static gboolean
refuse (const gchar *path, GError **error)
{
  gint code = errno;

  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("%s: the report cannot be written (%s)"),
               path, g_strerror (code));
  return FALSE;
}

static gboolean
open_file (WhyBatchReport *report, gboolean resume, GError **error)
{
  report->fd = g_open (report->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (report->fd < 0)
    return refuse (report->path, error);
  if (flock (report->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT,
                   _ ("%s: another run is writing this report: wait for it, or choose another "
                      "folder"),
                   report->path);
      return FALSE;
    }
  return resume || ftruncate (report->fd, 0) == 0 || refuse (report->path, error);
}

WhyBatchReport *
why_batch_report_open (const WhyBatch *batch, const gchar *settings, WhyProgress *progress,
                       GError **error)
{
  g_autoptr (WhyBatchReport) report = g_new0 (WhyBatchReport, 1);
  g_autoptr (GHashTable) unfinished = g_hash_table_new (g_str_hash, g_str_equal);

  report->fd = -1;
  g_mutex_init (&report->lock);
  report->path = why_batch_report_path (batch->folder, batch->shard, batch->n_shards);
  report->finished = g_hash_table_new (g_str_hash, g_str_equal);
  if (batch->resume
      && (!read_earlier (report, batch, settings, unfinished, progress, error)
          || !drop_unfinished (report, unfinished, error)))
    return NULL;
  return open_file (report, batch->resume, error) ? g_steal_pointer (&report) : NULL;
}

gboolean
why_batch_report_append (WhyBatchReport *report, const gchar *lines, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&report->lock);
  gsize length = strlen (lines);
  off_t before = lseek (report->fd, 0, SEEK_END);
  gssize n;

  do
    n = write (report->fd, lines, length);
  while (n < 0 && errno == EINTR);
  if (n == (gssize)length)
    return TRUE;
  if (n >= 0) /* the disk is full: nothing is better than half a line */
    errno = ENOSPC;
  refuse (report->path, error);
  if (before >= 0 && ftruncate (report->fd, before) != 0)
    return FALSE; /* the torn line is dropped by the next run */
  return FALSE;
}

gchar *
why_batch_report_path (const gchar *folder, gint shard, gint n_shards)
{
  g_autofree gchar *name = n_shards > 1 ? g_strdup_printf ("report-%d-of-%d.jsonl", shard, n_shards)
                                        : g_strdup ("report.jsonl");

  return g_build_filename (folder, name, NULL);
}

gchar *
why_batch_beside (const gchar *report, const gchar *extension)
{
  gsize length = strlen (report);

  if (g_str_has_suffix (report, ".jsonl"))
    length -= strlen (".jsonl");
  return g_strdup_printf ("%.*s%s", (gint)length, report, extension);
}

gchar *
why_batch_stem (const gchar *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (gint i = 0; parts[i]; i++)
    if (*parts[i] && !g_str_equal (parts[i], ".") && !g_str_equal (parts[i], ".."))
      g_ptr_array_add (kept, parts[i]);
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("/", (gchar **)kept->pdata);
}

gchar *
why_batch_thumbnail (const gchar *stem, const gchar *tag)
{
  return g_strdup_printf ("thumbnails/%s.%s.jpg", stem, tag);
}
