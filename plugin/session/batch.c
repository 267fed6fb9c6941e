/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a batch: workers take pictures from one list; each picture is decoded once, classified once
 * a model, explained once a request, written, and only then reported.
 */
#include "session/batch.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/batch-private.h"
#include "session/evidence.h"
#include "session/output.h"
#include "session/picture-write.h"
#include "session/session-private.h"
#include "sha256.h"

/* Share of the memory that is free at the start that decoded pictures may take together. */
#define MEMORY_SHARE 0.5
/* A picture is in memory decoded and composed. */
#define COMPOSED_SHARE 2

/** What the workers share. */
typedef struct
{
  const WhyBatch *batch;
  WhyBatchReport *report;
  gchar **tags;
  gchar *settings;
  gint64 memory; /* bytes that pictures may take at once */

  GMutex lock;
  GCond changed;
  guint next; /* item to be taken */
  gint64 memory_used;
  gint running; /* workers */
  WhyBatchTotals totals;
  gint64 started; /* monotonic µs of the first picture */
  GError *error;  /* why the run has to stop */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->report, why_batch_report_close);
  g_strfreev (run->tags);
  g_free (run->settings);
  g_clear_error (&run->error);
  g_mutex_clear (&run->lock);
  g_cond_clear (&run->changed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

gboolean
why_batch_is_fatal (const GError *error)
{
  if (error->domain != WHY_ERROR)
    return FALSE;
  switch ((WhyError)error->code)
    {
    case WHY_ERROR_FAILED:
    case WHY_ERROR_IMAGE:
    case WHY_ERROR_LABEL: /* a picture's own top class may be what it is compared with */
    case WHY_ERROR_PARASITE:
      return FALSE;
    case WHY_ERROR_CANCELLED:
    case WHY_ERROR_ARGUMENT:
    case WHY_ERROR_NODE:
    case WHY_ERROR_MODEL_NOT_FOUND:
    case WHY_ERROR_MODEL_INVALID:
    case WHY_ERROR_MODEL_UNSUPPORTED:
    case WHY_ERROR_MODEL_DATA:
    case WHY_ERROR_MODEL_SHAPE:
    case WHY_ERROR_METHOD_UNSUITED:
    case WHY_ERROR_MEMORY:
    case WHY_ERROR_OUTPUT:
      break;
    }
  return TRUE;
}

/* Everything that decides what is written, as one hash. */
static gboolean
hash_settings (Run *run, GError **error)
{
  const WhyBatch *batch = run->batch;
  g_autoptr (GString) text = g_string_new (WHY_VERSION);

  g_string_append_printf (text, "|%s|%d|%d", batch->format, batch->raw, batch->top);
  for (guint i = 0; batch->measures && i < batch->measures->len; i++)
    {
      const WhyMeasure *measure = g_ptr_array_index (batch->measures, i);
      g_autofree gchar *params = why_params_to_string (measure->params, TRUE);

      g_string_append_printf (text, "|%s:%s", why_metric_get_id (measure->metric), params);
    }
  for (guint i = 0; i < batch->requests->len; i++)
    {
      const WhyRequest *request = g_ptr_array_index (batch->requests, i);
      const gchar *const *names = why_request_names ();
      g_autoptr (WhyModel) model = why_session_get_model (batch->session, request, error);

      if (!model)
        return FALSE;
      g_string_append_printf (text, "\n%s|%s|%s", run->tags[i], why_model_get_sha256 (model),
                              why_model_get_preprocessing_source (model));
      for (gint n = 0; names[n]; n++)
        if (!g_str_equal (names[n], "model")) /* its bytes count, not where they are */
          g_string_append_printf (text, "|%s", why_request_get (request, names[n]));
    }
  run->settings = why_sha256 (text->str, text->len);
  return TRUE;
}

/** One picture of one worker. */
typedef struct
{
  Run *run;
  WhySession *session;
  const WhyBatchItem *item;
  gchar *stem, *sha256;
  WhyPixels *pixels;
  GPtrArray *reports; /* WhyReport, one a request */
  WhyProgress *progress;
} Job;

static void
job_clear (Job *job)
{
  g_free (job->stem);
  g_free (job->sha256);
  g_clear_pointer (&job->pixels, why_pixels_unref);
  g_clear_pointer (&job->reports, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* Waits until the picture fits beside those that others decode; one that never fits runs alone. */
static gint64
take_memory (Run *run, const WhyBatchItem *item)
{
  const WhyBatchHost *host = &run->batch->host;
  gint64 bytes = host->measure ? host->measure (item->path, host->host) * COMPOSED_SHARE : 0;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);

  while (run->memory_used > 0 && run->memory_used + bytes > run->memory)
    g_cond_wait (&run->changed, &run->lock);
  run->memory_used += bytes;
  return bytes;
}

static void
give_memory (Run *run, gint64 bytes)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);

  run->memory_used -= bytes;
  g_cond_broadcast (&run->changed);
}

static gboolean
explain_picture (Job *job, GError **error)
{
  const WhyBatch *batch = job->run->batch;

  job->pixels = batch->host.read (job->item->path, batch->host.host, error);
  if (!job->pixels)
    return FALSE;
  for (guint i = 0; i < batch->requests->len; i++)
    {
      WhyReport *report = why_session_explain (job->session, g_ptr_array_index (batch->requests, i),
                                               job->pixels, NULL, job->progress, error);

      if (!report)
        return FALSE;
      report->image = g_strdup (job->item->name);
      g_ptr_array_add (job->reports, report);
      if (batch->measures
          && !why_session_check (job->session, report, batch->measures, NULL, TRUE, job->progress,
                                 error))
        return FALSE;
    }
  return TRUE;
}

/* How much each map agrees with the picture's others, on average. */
static void
compare_maps (const GPtrArray *reports)
{
  for (guint i = 0; i < reports->len; i++)
    {
      WhyReport *report = g_ptr_array_index (reports, i);
      gdouble sum = 0;
      gint n = 0;

      for (guint k = 0; k < reports->len; k++)
        {
          const WhyReport *other = g_ptr_array_index (reports, k);
          gdouble agreement = k == i
                                  ? NAN
                                  : why_evidence_agreement (report->cells, &report->subject->view,
                                                            other->cells, &other->subject->view);
          if (isfinite (agreement))
            {
              sum += agreement;
              n++;
            }
        }
      if (n > 0)
        report->agreement = sum / n;
    }
}

/* The path of one output below the batch's folder, its folder made. (transfer full) */
static gchar *
make_place (const Job *job, const gchar *below, GError **error)
{
  gchar *path = g_build_filename (job->run->batch->folder, below, NULL);
  g_autofree gchar *folder = g_path_get_dirname (path);

  if (!why_output_make_folder (folder, error))
    g_clear_pointer (&path, g_free);
  return path;
}

static gboolean
write_picture (const Job *job, WhyReport *report, const gchar *tag, GError **error)
{
  const WhyBatch *batch = job->run->batch;
  gboolean flat = g_str_equal (batch->format, "png") || g_str_equal (batch->format, "jpeg");
  g_autofree gchar *below = g_strdup_printf (
      "%s.%s.%s", job->stem, tag, g_str_equal (batch->format, "jpeg") ? "jpg" : batch->format);
  g_autofree gchar *thumbnail = why_batch_thumbnail (job->stem, tag);
  g_autofree gchar *path = make_place (job, below, error);
  g_autofree gchar *thumbnail_path = path ? make_place (job, thumbnail, error) : NULL;
  g_autofree guint8 *rgb = NULL;

  if (!thumbnail_path)
    return FALSE;
  rgb = why_report_compose (report, job->pixels, error);
  if (!rgb
      || !why_picture_write_thumbnail (thumbnail_path, rgb, report->width, report->height,
                                       WHY_BATCH_THUMBNAIL_SIDE, error)
      || (flat && !why_picture_write (path, rgb, report->width, report->height, error)))
    return FALSE;
  if (!flat && !batch->host.write (path, report, job->pixels, batch->host.host, error))
    return FALSE;
  *(flat ? &report->output_png : &report->output_layer) = g_steal_pointer (&below);
  return TRUE;
}

static gboolean
write_raw (const Job *job, WhyReport *report, const gchar *tag, GError **error)
{
  g_autofree gchar *below = g_strdup_printf ("%s.%s.npy", job->stem, tag);
  g_autofree gchar *path = make_place (job, below, error);
  g_autoptr (GBytes) npy = why_npy_write (report->explanation->map);

  if (!path || !why_output_write (path, npy, error))
    return FALSE;
  report->output_raw = g_steal_pointer (&below);
  return TRUE;
}

static gboolean
write_outputs (const Job *job, GError **error)
{
  const WhyBatch *batch = job->run->batch;

  for (guint i = 0; i < job->reports->len; i++)
    {
      WhyReport *report = g_ptr_array_index (job->reports, i);
      const gchar *tag = job->run->tags[i];

      if ((!g_str_equal (batch->format, "none") && !write_picture (job, report, tag, error))
          || (batch->raw && !write_raw (job, report, tag, error)))
        {
          g_prefix_error (error, "%s: ", job->item->name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Adds what a later run needs to know that this picture is finished. */
static void
append_line (const Job *job, GString *lines, JsonNode *root)
{
  JsonObject *batch = json_object_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree gchar *line = NULL;

  if (job->sha256)
    json_object_set_string_member (batch, "sha256", job->sha256);
  json_object_set_string_member (batch, "settings", job->run->settings);
  json_object_set_object_member (json_node_get_object (root), "batch", batch);
  json_generator_set_root (generator, root);
  line = json_generator_to_data (generator, NULL);
  g_string_append_printf (lines, "%s\n", line);
}

static gchar *
make_lines (const Job *job)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < job->reports->len; i++)
    {
      g_autoptr (JsonNode) root
          = why_report_to_json (g_ptr_array_index (job->reports, i), job->run->batch->top);

      append_line (job, lines, root);
    }
  return g_string_free (lines, FALSE);
}

static gchar *
make_error_line (const Job *job, const GError *error)
{
  GString *line = g_string_new (NULL);
  g_autoptr (JsonNode) root = why_error_to_json (job->item->name, NULL, error);

  append_line (job, line, root);
  return g_string_free (line, FALSE);
}

/* Everything about one picture; FALSE when the run has to stop. */
static gboolean
run_job (Job *job, gboolean *failed, GError **error)
{
  const WhyBatchHost *host = &job->run->batch->host;
  g_autoptr (GError) failure = NULL;
  g_autofree gchar *lines = NULL;

  job->stem = why_batch_stem (job->item->name);
  job->sha256 = why_batch_hash_file (job->item->path, NULL);
  job->reports = g_ptr_array_new_with_free_func ((GDestroyNotify)why_report_free);
  *failed = !explain_picture (job, &failure);
  if (!*failed)
    {
      compare_maps (job->reports);
      *failed = !write_outputs (job, &failure);
    }
  why_session_forget_picture (job->session);
  if (*failed && why_batch_is_fatal (failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (*failed && host->complain)
    host->complain (job->item->path, failure, host->host);
  lines = *failed ? make_error_line (job, failure) : make_lines (job);
  return why_batch_report_append (job->run->report, lines, error);
}

/* The next picture that no earlier run finished; NULL at the end, or when the run stops. */
static const WhyBatchItem *
take_item (Run *run)
{
  const GPtrArray *items = run->batch->items;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);

  while (!run->error && run->next < items->len)
    {
      const WhyBatchItem *item = g_ptr_array_index (items, run->next++);

      if (!why_batch_report_has (run->report, item->name))
        return item;
    }
  return NULL;
}

static void
note_result (Run *run, gboolean failed, GError *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);

  if (error && !run->error)
    run->error = error;
  else
    g_clear_error (&error);
  if (failed)
    run->totals.failed++;
  else
    run->totals.done++;
  g_cond_broadcast (&run->changed);
}

/* Pictures of this run, and how many of them are behind us. */
static gdouble
get_fraction (const Run *run, gint further)
{
  gint todo = MAX (run->totals.total - run->totals.skipped, 1);

  return MIN ((gdouble)(run->totals.done + run->totals.failed + further) / todo, 1.0);
}

/* "picture 30 of 1000, 12.5 a second" */
static gchar *
describe_progress (Run *run)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&run->lock);
  gint finished = run->totals.done + run->totals.failed;
  gdouble seconds = (gdouble)(g_get_monotonic_time () - run->started) / G_TIME_SPAN_SECOND;

  return g_strdup_printf (_ ("picture %d of %d, %.1f a second"), finished + run->totals.skipped,
                          run->totals.total, seconds > 0 ? finished / seconds : 0.0);
}

/* Tells how far the run is; a caller that wants to stop makes the run stop. */
static void
tell_progress (Run *run, WhyProgress *progress)
{
  g_autofree gchar *text = describe_progress (run);
  GError *error = NULL;

  why_progress_set_text (progress, text);
  if (why_progress_set (progress, get_fraction (run, 0), &error))
    return;
  g_mutex_lock (&run->lock);
  if (run->error)
    g_clear_error (&error);
  else
    run->error = error;
  g_mutex_unlock (&run->lock);
}

/* tell: the caller's own progress when this is its thread, so that a picture is a part of it. */
static void
work (Run *run, WhySession *session, WhyProgress *stop, WhyProgress *tell)
{
  const WhyBatchItem *item;

  while ((item = take_item (run)))
    {
      gint64 bytes = take_memory (run, item);
      g_auto (Job) job = { .run = run, .session = session, .item = item, .progress = stop };
      GError *error = NULL;
      gboolean failed;

      tell_progress (run, tell);
      why_progress_push (tell, get_fraction (run, 0), get_fraction (run, 1));
      run_job (&job, &failed, &error);
      why_progress_pop (tell);
      give_memory (run, bytes);
      note_result (run, failed, error);
    }
}

/** A worker's thread. */
typedef struct
{
  Run *run;
  WhySession *session;
  WhyProgress *stop; /* tells the methods to */
  GThread *thread;
} Worker;

static gpointer
worker_main (gpointer data)
{
  Worker *worker = data;

  work (worker->run, worker->session, worker->stop, NULL);
  g_mutex_lock (&worker->run->lock);
  worker->run->running--;
  g_cond_broadcast (&worker->run->changed);
  g_mutex_unlock (&worker->run->lock);
  return NULL;
}

static void
run_workers (Run *run, gint jobs, gint threads, WhyProgress *progress)
{
  g_autofree Worker *workers = g_new0 (Worker, jobs);

  run->running = jobs;
  for (gint i = 0; i < jobs; i++)
    {
      workers[i].run = run;
      workers[i].session = why_session_new_sharing (run->batch->session, threads);
      workers[i].stop = why_progress_new (NULL, NULL);
      workers[i].thread = g_thread_new ("batch", worker_main, &workers[i]);
    }
  g_mutex_lock (&run->lock);
  while (run->running > 0)
    {
      g_cond_wait_until (&run->changed, &run->lock,
                         g_get_monotonic_time () + G_TIME_SPAN_SECOND / 5);
      g_mutex_unlock (&run->lock);
      tell_progress (run, progress);
      g_mutex_lock (&run->lock);
      for (gint i = 0; run->error && i < jobs; i++)
        why_progress_cancel (workers[i].stop);
    }
  g_mutex_unlock (&run->lock);
  for (gint i = 0; i < jobs; i++)
    {
      g_thread_join (workers[i].thread);
      why_session_free (workers[i].session);
      why_progress_unref (workers[i].stop);
    }
}

static gboolean
start (Run *run, WhyProgress *progress, GError **error)
{
  const WhyBatch *batch = run->batch;

  g_mutex_init (&run->lock);
  g_cond_init (&run->changed);
  run->tags = why_output_tags (batch->requests);
  run->memory = (gint64)((gdouble)why_batch_available_memory () * MEMORY_SHARE);
  if (!hash_settings (run, error) || !why_output_make_folder (batch->folder, error))
    return FALSE;
  why_progress_set_text (progress, _ ("looking for what is done"));
  why_progress_push (progress, 0.0, 0.0); /* takes no share of the time left */
  run->report = why_batch_report_open (batch, run->settings, progress, error);
  why_progress_pop (progress);
  if (!run->report)
    return FALSE;
  run->totals.total = (gint)batch->items->len;
  for (guint i = 0; i < batch->items->len; i++)
    {
      const WhyBatchItem *item = g_ptr_array_index (batch->items, i);
      run->totals.skipped += why_batch_report_has (run->report, item->name);
    }
  return TRUE;
}

gboolean
why_batch_run (const WhyBatch *batch, WhyProgress *progress, WhyBatchTotals *totals, GError **error)
{
  g_auto (Run) run = { .batch = batch };
  g_autofree gchar *report = why_batch_report_path (batch->folder, batch->shard, batch->n_shards);
  gint cores = (gint)g_get_num_processors ();
  gint jobs;

  if (batch->threads > 0)
    cores = MIN (cores, batch->threads);
  if (!start (&run, progress, error))
    return FALSE;
  run.started = g_get_monotonic_time ();
  jobs = why_batch_count_jobs (batch->jobs, cores, run.memory, why_batch_job_bytes (batch),
                               (guint)(run.totals.total - run.totals.skipped));
  if (jobs == 1) /* in the caller's thread: a host's reader may need that */
    work (&run, batch->session, progress, progress);
  else
    run_workers (&run, jobs, MAX (cores / jobs, 1), progress);
  *totals = run.totals;
  if (run.error)
    {
      g_propagate_error (error, g_steal_pointer (&run.error));
      return FALSE;
    }
  return why_batch_write_sheet (report, error) && why_batch_write_table (report, error);
}
