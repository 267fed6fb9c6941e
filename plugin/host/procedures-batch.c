/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-in-whylayer-batch: pictures as GIMP reads them, results with layers. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/gimp.h"
#include "host/procedures.h"
#include "session/batch.h"

/* How often progress is shown, in microseconds: each time is a round trip to GIMP. */
#define PROGRESS_INTERVAL 100000
/* As many predictions as a report's line lists elsewhere. */
#define TOP 5

/** The picture that is open; GIMP is asked in one thread only, so there is one. */
typedef struct
{
  WhyHost host;
  gint64 shown; /* monotonic µs */
} Reader;

static void
close_picture (Reader *reader)
{
  WhySession *session = reader->host.session;

  if (!reader->host.image_name)
    return;
  why_gimp_image_delete (reader->host.image);
  reader->host.session = NULL; /* the caller's */
  why_host_clear (&reader->host);
  reader->host.session = session;
}

static WhyPixels *
read_picture (const gchar *path, gpointer host, GError **error)
{
  Reader *reader = host;
  WhyRect rect;
  gint image;

  close_picture (reader);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE, _ ("the file cannot be read"));
      return NULL;
    }
  image = why_gimp_image_load (path, error);
  if (image == WHY_NONE)
    return NULL;
  why_host_init (&reader->host, reader->host.session, image, WHY_NONE);
  return why_host_fetch (&reader->host, "visible", &rect, error);
}

/* XCF, whole or not at all: GIMP chooses the format by the end of the name. */
static gboolean
save_whole (gint image, const gchar *path, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path), *name = g_path_get_basename (path);
  g_autofree gchar *part_name = g_strconcat (".part.", name, NULL);
  g_autofree gchar *part = g_build_filename (folder, part_name, NULL);

  if (why_gimp_image_save_xcf (image, part, error))
    {
      if (g_rename (part, path) == 0)
        return TRUE;
      g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("cannot be written (%s)"),
                   g_strerror (errno));
    }
  g_unlink (part);
  return FALSE;
}

static gboolean
write_picture (const gchar *path, const WhyReport *report, WhyPixels *pixels, gpointer host,
               GError **error)
{
  Reader *reader = host;
  gint layer, image;
  gboolean done;

  why_request_set (report->request, "output", "image"); /* a copy, for each map its own */
  if (!why_host_write (&reader->host, report, &layer, error))
    return FALSE;
  image = why_gimp_item_get_image (layer);
  done = save_whole (image, path, error);
  why_gimp_image_delete (image);
  return done;
}

static void
show_progress (gdouble fraction, const gchar *text, gpointer user_data)
{
  Reader *reader = user_data;
  gint64 now = g_get_monotonic_time ();

  if (now - reader->shown < PROGRESS_INTERVAL)
    return;
  reader->shown = now;
  why_gimp_show_progress (text, fraction);
}

static GPtrArray *
make_requests (const WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_auto (GStrv) models = why_call_split (call, "models");
  g_auto (GStrv) methods = why_call_split (call, "methods");

  return why_request_expand (request, (const gchar *const *)models, (const gchar *const *)methods,
                             error);
}

static gboolean
need (const WhyParams *arguments, const gchar *name, GError **error)
{
  if (*why_params_get_string (arguments, name))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("“%s” is empty and has no default"), name);
  return FALSE;
}

static gboolean
prepare_all (WhySession *session, const GPtrArray *requests, GError **error)
{
  for (guint i = 0; i < requests->len; i++)
    if (!why_session_prepare (session, g_ptr_array_index (requests, i), error))
      return FALSE;
  return TRUE;
}

/* NULL without error: none are asked for. */
static GPtrArray *
read_measures (const WhyCall *call, GError **error)
{
  g_auto (GStrv) texts = why_call_split (call, "metrics");

  return texts ? why_measures_parse ((const gchar *const *)texts, FALSE, error) : NULL;
}

static gboolean
prepare (WhyBatch *batch, const WhyCall *call, GError **error)
{
  const WhyParams *arguments = call->arguments;
  g_autoptr (GError) failure = NULL;

  if (!need (arguments, "source", error) || !need (arguments, "folder", error)
      || !why_batch_parse_shard (why_params_get_string (arguments, "shard"), &batch->shard,
                                 &batch->n_shards, error))
    return FALSE;
  batch->folder = why_params_get_string (arguments, "folder");
  batch->format = why_params_get_choice (arguments, "format");
  batch->raw = why_params_get_bool (arguments, "raw");
  batch->resume = why_params_get_bool (arguments, "resume");
  batch->measures = read_measures (call, &failure);
  if (failure)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  batch->requests = make_requests (call, error);
  batch->items = why_batch_items_new ();
  if (!batch->requests
      || !why_batch_add_source (batch->items, why_params_get_string (arguments, "source"),
                                batch->folder, error)
      || !prepare_all (batch->session, batch->requests, error))
    return FALSE;
  why_batch_items_finish (batch->items);
  why_batch_items_keep_shard (batch->items, batch->shard, batch->n_shards);
  return TRUE;
}

static void
set_totals (WhyCall *call, const WhyBatch *batch, const WhyBatchTotals *totals)
{
  g_autofree gchar *report = why_batch_report_path (batch->folder, batch->shard, batch->n_shards);

  why_answers_set_number (call->answers, "total", totals->total);
  why_answers_set_number (call->answers, "done", totals->done);
  why_answers_set_number (call->answers, "skipped", totals->skipped);
  why_answers_set_number (call->answers, "failed", totals->failed);
  why_answers_set_text (call->answers, "report", report);
}

static gboolean
run (WhyCall *call, WhyBatch *batch, Reader *reader, GError **error)
{
  g_autoptr (WhyProgress) progress = why_progress_new (show_progress, reader);
  WhyBatchTotals totals = { 0 };
  gboolean done;

  batch->host = (WhyBatchHost){ .read = read_picture, .write = write_picture, .host = reader };
  done = why_batch_run (batch, progress, &totals, error);
  close_picture (reader);
  if (done)
    set_totals (call, batch, &totals);
  return done;
}

gboolean
why_call_batch (WhyCall *call, GError **error)
{
  Reader reader = { .host = { .session = call->host.session } };
  WhyBatch batch = { .session = call->host.session, .jobs = 1, .top = TOP };
  gboolean done = prepare (&batch, call, error) && run (call, &batch, &reader, error);

  g_clear_pointer (&batch.measures, g_ptr_array_unref);
  g_clear_pointer (&batch.requests, g_ptr_array_unref);
  g_clear_pointer (&batch.items, g_ptr_array_unref);
  return done;
}
