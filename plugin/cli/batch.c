/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer batch DIR|GLOB|- -o DIR, whylayer merge REPORT.jsonl… -o OUT.jsonl */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/picture.h"
#include "session/batch.h"

#define MAX_JOBS 1024

/** What only batch takes. */
typedef struct
{
  gchar *shard, *format;
  gboolean resume, no_raw;
  gint jobs;
} Own;

static void
own_clear (Own *own)
{
  g_free (own->shard);
  g_free (own->format);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Own, own_clear)

static WhyPixels *
read_picture (const gchar *path, gpointer host, GError **error)
{
  return why_picture_read (path, error);
}

static gint64
measure_picture (const gchar *path, gpointer host)
{
  return why_picture_measure (path);
}

static void
complain (const gchar *path, const GError *error, gpointer host)
{
  why_cli_complain (path, error);
}

static gboolean
add_standard_input (GPtrArray *items, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gchar buffer[65536];
  gsize n;

  while ((n = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    g_string_append_len (text, buffer, (gssize)n);
  if (ferror (stdin))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                           _ ("standard input cannot be read: write a list of pictures to it"));
      return FALSE;
    }
  why_batch_add_lines (items, text->str, text->len);
  return TRUE;
}

static GPtrArray *
list_pictures (const WhyCliOptions *options, GError **error)
{
  g_autoptr (GPtrArray) items = why_batch_items_new ();

  for (gint i = 0; options->files[i]; i++)
    if (g_str_equal (options->files[i], "-")
            ? !add_standard_input (items, error)
            : !why_batch_add_source (items, options->files[i], options->output, error))
      return NULL;
  why_batch_items_finish (items);
  return g_steal_pointer (&items);
}

static gboolean
check_own (const WhyCliOptions *options, const Own *own, GError **error)
{
  static const gchar *const formats[] = { "png", "jpeg", "none", NULL };

  if (!options->output)
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                         _ ("no folder for the results is named: add -o DIR"));
  else if (options->raw)
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                         _ ("batch writes every map's .npy beside its picture: leave --raw out"));
  else if (own->format && !g_strv_contains (formats, own->format))
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("there is no format “%s”: it is png, jpeg or none"), own->format);
  else if (own->jobs < 0 || own->jobs > MAX_JOBS)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("--jobs is %d: it should be a number from 0 to %d"), own->jobs, MAX_JOBS);
  else
    return TRUE;
  return FALSE;
}

/* Everything that can be wrong before a picture is touched. (element-types as WhyBatch's) */
static gboolean
prepare (WhyBatch *batch, const WhyCliOptions *options, const Own *own, GError **error)
{
  batch->shard = batch->n_shards = 1;
  if (!check_own (options, own, error)
      || (own->shard
          && !why_batch_parse_shard (own->shard, &batch->shard, &batch->n_shards, error)))
    return FALSE;
  batch->requests = why_cli_options_get_requests (options, error);
  if (!batch->requests)
    return FALSE;
  if (options->metrics)
    batch->measures = why_measures_parse ((const gchar *const *)options->metrics, FALSE, error);
  if (options->metrics && !batch->measures)
    return FALSE;
  batch->items = list_pictures (options, error);
  if (!batch->items)
    return FALSE;
  why_batch_items_keep_shard (batch->items, batch->shard, batch->n_shards);
  batch->folder = options->output;
  batch->format = own->format ? own->format : "png";
  batch->raw = !own->no_raw;
  batch->resume = own->resume;
  batch->jobs = own->jobs;
  batch->threads = options->threads;
  batch->top = options->top;
  batch->host
      = (WhyBatchHost){ .read = read_picture, .measure = measure_picture, .complain = complain };
  return TRUE;
}

static void
release (WhyBatch *batch)
{
  g_clear_pointer (&batch->session, why_session_free);
  g_clear_pointer (&batch->items, g_ptr_array_unref);
  g_clear_pointer (&batch->requests, g_ptr_array_unref);
  g_clear_pointer (&batch->measures, g_ptr_array_unref);
}

static gint
finish (const WhyBatchTotals *totals, const GError *error)
{
  gint status = totals->failed > 0 ? WHY_EXIT_SOME_FAILED : WHY_EXIT_DONE;

  if (error)
    {
      why_cli_complain (NULL, error);
      return MAX (why_cli_exit_status (error), WHY_EXIT_SOME_FAILED);
    }
  why_cli_progress_end ();
  if (isatty (STDERR_FILENO))
    fprintf (stderr, _ ("%d pictures: %d explained, %d done before, %d failed\n"), totals->total,
             totals->done, totals->skipped, totals->failed);
  return status;
}

static gint
run (WhyBatch *batch)
{
  g_autoptr (GError) error = NULL;
  WhyBatchTotals totals = { 0 };
  gint status;

  batch->session = why_session_new (batch->threads);
  status = why_cli_load_models (batch->session, batch->requests);
  if (status != WHY_EXIT_DONE)
    return status;
  why_batch_run (batch, why_cli_progress_new (), &totals, &error);
  return finish (&totals, error);
}

gint
why_cli_batch (gint argc, gchar **argv)
{
  g_auto (Own) own = { 0 };
  const GOptionEntry entries[] = {
    { "shard", 0, 0, G_OPTION_ARG_FILENAME, &own.shard,
      N_ ("Takes only part I of N, chosen by the pictures' names, for one of several machines."),
      "I/N" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &own.resume,
      N_ ("Leaves out what an earlier run finished with the same settings and contents."), NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &own.jobs,
      N_ ("Pictures at once; 0: as many as cores and memory allow."), "N" },
    { "format", 0, 0, G_OPTION_ARG_FILENAME, &own.format,
      N_ ("The pictures that are written; png by default."), "png|jpeg|none" },
    { "no-raw", 0, 0, G_OPTION_ARG_NONE, &own.no_raw, N_ ("Writes no .npy files."), NULL },
    { NULL },
  };
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  WhyBatch batch = { 0 };
  gint status = WHY_EXIT_USAGE;

  if (!why_cli_options_read (&options,
                             WHY_OPTIONS_MODEL | WHY_OPTIONS_EXPLAIN | WHY_OPTIONS_DRAW
                                 | WHY_OPTIONS_METRIC | WHY_OPTIONS_TOP | WHY_OPTIONS_FILES,
                             entries, "batch", argc, argv))
    return WHY_EXIT_USAGE;
  if (prepare (&batch, &options, &own, &error))
    status = run (&batch);
  else
    why_cli_complain (NULL, error);
  release (&batch);
  return status;
}

gint
why_cli_merge (gint argc, gchar **argv)
{
  g_autofree gchar *output = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("The joined report; a contact sheet and a table are written beside it."), "OUT.jsonl" },
    { NULL },
  };
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  if (!why_cli_options_read (&options, WHY_OPTIONS_FILES, entries, "merge", argc, argv))
    return WHY_EXIT_USAGE;
  if (!output || !g_str_has_suffix (output, ".jsonl"))
    g_set_error_literal (&error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                         _ ("no joined report is named: add -o OUT.jsonl"));
  else if (why_batch_merge ((const gchar *const *)options.files, output, &error))
    return WHY_EXIT_DONE;
  why_cli_complain (NULL, error);
  return why_cli_exit_status (error);
}
