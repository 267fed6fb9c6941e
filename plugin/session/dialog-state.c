/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/dialog-state.h"

#include <glib/gi18n-lib.h>

#include "session/arguments.h"
#include "session/job.h"
#include "session/session-private.h"

/* How often a running computation is shown to go on, in milliseconds. */
#define TICK 100

/* How long a pass of the network is timed, in microseconds, unless one alone takes longer. */
#define TIMING (20 * G_TIME_SPAN_MILLISECOND)

/* From coarse and fast to detailed and slow; those this build does not have are left out. */
static const gchar *const ladder[] = { "grad-cam", "layer-cam", "guided-ig", "occlusion", "rise" };

/* One computation: what the worker is given, and what it hands over on the way. */
typedef struct
{
  WhyDialog *dialog;
  WhyRequest *request;
  WhyPixels *pixels;
  WhyRect region;
  gboolean wants_picture, wants_costs;
  guint generation; /* of the settings that it answers */
} Work;

struct _WhyDialog
{
  WhySession *session;
  WhyDialogListener listener;
  gpointer listener_data;

  WhyRequest *request;
  const WhyMethod *method;
  WhyParams *params, *style;
  gchar *edited; /* name of the layer that the map is to replace, or NULL */
  gboolean updates;
  GHashTable *remembered; /* method id → its parameters as last set */

  WhyPixels *pixels;
  WhyRect region;

  WhyPicture *picture;
  WhyPixels *picture_of; /* what picture shows */
  WhySubject *subject;
  WhyReport *report;
  gchar *error;

  guint generation; /* counts changes that ask for another map */
  guint answered;   /* the generation that report or error answers */
  gboolean stopped;
  gboolean completing; /* all of a group is wanted, not only what the preview shows */
  Work *work;
  WhyJob *job;
  guint tick;

  gdouble *costs; /* seconds for each method with its defaults, or NULL */

  GMutex lock; /* guards what the worker hands over */
  WhyPicture *new_picture;
  WhyPixels *new_picture_of;
  WhySubject *new_subject;
  gdouble *new_costs;
  guint new_costs_of; /* the generation that asked for them */
};

static void start_if_needed (WhyDialog *dialog);

static void
tell (WhyDialog *dialog, WhyDialogChange changes)
{
  if (dialog->listener)
    dialog->listener (dialog, changes, dialog->listener_data);
}

/* --- Settings ------------------------------------------------------------------------------- */

static void
set_error (WhyDialog *dialog, const gchar *message)
{
  g_free (dialog->error);
  dialog->error = g_strdup (message);
}

/* Fills in every default, so that widgets and copied commands see what is meant. */
static WhyRequest *
complete_request (const WhyRequest *request)
{
  WhyRequest *complete = why_request_new ();
  const WhyParam *table = why_procedure_lookup ("plug-in-whylayer-explain")->arguments;

  for (gsize i = 0; table[i].name; i++)
    why_request_set (complete, table[i].name, table[i].def);
  for (const gchar *const *name = why_request_names (); *name; name++)
    if (*why_request_get (request, *name))
      why_request_set (complete, *name, why_request_get (request, *name));
  return complete;
}

static void
write_params (WhyDialog *dialog)
{
  g_autofree gchar *params = why_params_to_string (dialog->params, FALSE);
  g_autofree gchar *style = why_params_to_string (dialog->style, FALSE);

  why_request_set (dialog->request, "method", why_method_get_id (dialog->method));
  why_request_set (dialog->request, "parameters", params);
  why_request_set (dialog->request, "style", style);
}

/* Reads method, parameters and style of a request; what is wrong becomes the default. */
static void
read_params (WhyDialog *dialog)
{
  g_autoptr (WhyParams) params = NULL;
  g_autoptr (WhyParams) style = why_params_new (why_style_params ());

  dialog->method = why_method_lookup (why_request_get (dialog->request, "method"), NULL);
  if (!dialog->method)
    dialog->method = why_method_lookup (NULL, NULL);
  params = why_params_new (why_method_get_params (dialog->method));
  if (!why_params_parse (params, why_request_get (dialog->request, "parameters"), NULL))
    {
      why_params_free (params);
      params = why_params_new (why_method_get_params (dialog->method));
    }
  if (!why_params_parse (style, why_request_get (dialog->request, "style"), NULL))
    {
      why_params_free (style);
      style = why_params_new (why_style_params ());
    }
  g_clear_pointer (&dialog->params, why_params_free);
  g_clear_pointer (&dialog->style, why_params_free);
  dialog->params = g_steal_pointer (&params);
  dialog->style = g_steal_pointer (&style);
  write_params (dialog);
}

static void
ask_again (WhyDialog *dialog)
{
  dialog->generation++;
  dialog->stopped = FALSE;
  dialog->completing = FALSE;
  start_if_needed (dialog);
}

static void
redraw (WhyDialog *dialog)
{
  if (dialog->report)
    why_report_set_style (dialog->report, why_request_get (dialog->request, "style"), NULL);
  tell (dialog, WHY_DIALOG_MAP);
}

WhyDialog *
why_dialog_new (WhySession *session, const WhyRequest *request)
{
  WhyDialog *dialog = g_new0 (WhyDialog, 1);

  dialog->session = session;
  dialog->remembered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  dialog->request = complete_request (request);
  dialog->generation = 1;
  g_mutex_init (&dialog->lock);
  read_params (dialog);
  return dialog;
}

void
why_dialog_set_listener (WhyDialog *dialog, WhyDialogListener listener, gpointer data)
{
  dialog->listener = listener;
  dialog->listener_data = data;
}

void
why_dialog_set_pixels (WhyDialog *dialog, WhyPixels *pixels, const WhyRect *region)
{
  why_pixels_ref (pixels);
  g_clear_pointer (&dialog->pixels, why_pixels_unref);
  dialog->pixels = pixels;
  dialog->region = *region;
  ask_again (dialog);
}

const WhyRequest *
why_dialog_get_request (const WhyDialog *dialog)
{
  return dialog->request;
}

static void
set_method (WhyDialog *dialog, const gchar *id)
{
  const gchar *parameters;

  g_hash_table_insert (dialog->remembered, g_strdup (why_method_get_id (dialog->method)),
                       g_strdup (why_request_get (dialog->request, "parameters")));
  parameters = g_hash_table_lookup (dialog->remembered, id);
  why_request_set (dialog->request, "method", id);
  why_request_set (dialog->request, "parameters", parameters);
  read_params (dialog);
}

/* Another model has other classes and layers. */
static void
set_model (WhyDialog *dialog, const gchar *model)
{
  why_request_set (dialog->request, "model", model);
  why_request_set (dialog->request, "target", "top");
  why_request_set (dialog->request, "against", "");
  why_request_set (dialog->request, "node", "");
}

/* Another model, or another size of its input, takes another time. */
static gboolean
sets_speed (const gchar *field)
{
  return g_str_equal (field, "model") || g_str_equal (field, "view");
}

void
why_dialog_set (WhyDialog *dialog, const gchar *field, const gchar *value)
{
  gboolean host_only = g_str_equal (field, "region") || g_str_equal (field, "output");

  if (g_strcmp0 (why_request_get (dialog->request, field), value ? value : "") == 0)
    return;
  if (g_str_equal (field, "method"))
    set_method (dialog, value);
  else if (g_str_equal (field, "model"))
    set_model (dialog, value);
  else
    {
      why_request_set (dialog->request, field, value);
      read_params (dialog);
    }
  if (sets_speed (field))
    g_clear_pointer (&dialog->costs, g_free);
  if (g_str_equal (field, "style"))
    redraw (dialog);
  else if (!host_only)
    ask_again (dialog);
  tell (dialog, WHY_DIALOG_SETTINGS);
}

void
why_dialog_set_request (WhyDialog *dialog, const WhyRequest *request)
{
  WhyRequest *complete = complete_request (request);

  why_request_free (dialog->request);
  dialog->request = complete;
  g_clear_pointer (&dialog->costs, g_free);
  read_params (dialog);
  redraw (dialog);
  ask_again (dialog);
  tell (dialog, WHY_DIALOG_SETTINGS);
}

void
why_dialog_set_edited (WhyDialog *dialog, const gchar *layer)
{
  g_free (dialog->edited);
  dialog->edited = g_strdup (layer);
  why_dialog_set_updates (dialog, layer != NULL);
}

const gchar *
why_dialog_get_edited (const WhyDialog *dialog)
{
  return dialog->edited;
}

void
why_dialog_set_updates (WhyDialog *dialog, gboolean updates)
{
  dialog->updates = updates && dialog->edited;
  tell (dialog, WHY_DIALOG_SETTINGS);
}

gboolean
why_dialog_get_updates (const WhyDialog *dialog)
{
  return dialog->updates;
}

const WhyMethod *
why_dialog_get_method (const WhyDialog *dialog)
{
  return dialog->method;
}

const WhyParams *
why_dialog_get_params (const WhyDialog *dialog)
{
  return dialog->params;
}

const WhyParams *
why_dialog_get_style (const WhyDialog *dialog)
{
  return dialog->style;
}

/* TRUE when the value is right and differs from the one before. */
static gboolean
change_param (WhyDialog *dialog, WhyParams *params, const gchar *name, const gchar *value)
{
  g_autofree gchar *before = why_params_dup_value (params, name);
  g_autofree gchar *after = NULL;
  g_autoptr (GError) error = NULL;

  if (!why_params_set (params, name, value, &error))
    {
      set_error (dialog, error->message);
      tell (dialog, WHY_DIALOG_BUSY);
      return FALSE;
    }
  after = why_params_dup_value (params, name);
  return !g_str_equal (before, after);
}

void
why_dialog_set_param (WhyDialog *dialog, const gchar *name, const gchar *value)
{
  if (!change_param (dialog, dialog->params, name, value))
    return;
  write_params (dialog);
  ask_again (dialog);
}

void
why_dialog_set_style_param (WhyDialog *dialog, const gchar *name, const gchar *value)
{
  if (!change_param (dialog, dialog->style, name, value))
    return;
  write_params (dialog);
  redraw (dialog);
}

const WhyMethod *
why_dialog_get_neighbour (const WhyDialog *dialog, gint step)
{
  const gchar *id = why_method_get_id (dialog->method);
  gint n = G_N_ELEMENTS (ladder), at = 0;

  while (at < n && !g_str_equal (ladder[at], id))
    at++;
  /* Off the ladder: its foot is one step up. */
  if (at == n)
    at = step > 0 ? -1 : 0;
  for (at += step; at >= 0 && at < n; at += step)
    {
      const WhyMethod *method = why_method_lookup (ladder[at], NULL);

      if (method)
        return method;
    }
  return NULL;
}

/* --- Work ----------------------------------------------------------------------------------- */

static void
work_free (Work *work)
{
  if (!work)
    return;
  why_request_free (work->request);
  why_pixels_unref (work->pixels);
  g_free (work);
}

/* In the main thread: what the worker has handed over so far. */
static gboolean
receive (gpointer data)
{
  WhyDialog *dialog = data;
  WhyDialogChange changes = 0;

  g_mutex_lock (&dialog->lock);
  if (dialog->new_picture)
    {
      g_clear_pointer (&dialog->picture, why_picture_unref);
      g_clear_pointer (&dialog->picture_of, why_pixels_unref);
      dialog->picture = g_steal_pointer (&dialog->new_picture);
      dialog->picture_of = g_steal_pointer (&dialog->new_picture_of);
      changes |= WHY_DIALOG_PICTURE;
    }
  if (dialog->new_subject)
    {
      /* Another method asks about the same one again: its classes need not be listed anew. */
      if (dialog->new_subject != dialog->subject)
        changes |= WHY_DIALOG_SUBJECT;
      g_clear_pointer (&dialog->subject, why_subject_unref);
      dialog->subject = g_steal_pointer (&dialog->new_subject);
    }
  if (dialog->new_costs && dialog->new_costs_of == dialog->generation)
    {
      g_free (dialog->costs);
      dialog->costs = g_steal_pointer (&dialog->new_costs);
      changes |= WHY_DIALOG_COSTS;
    }
  g_mutex_unlock (&dialog->lock);
  if (changes)
    tell (dialog, changes);
  return G_SOURCE_REMOVE;
}

/* In the worker. */
static void
hand_over_picture (WhyDialog *dialog, WhyPicture *picture, WhyPixels *pixels)
{
  g_mutex_lock (&dialog->lock);
  g_clear_pointer (&dialog->new_picture, why_picture_unref);
  g_clear_pointer (&dialog->new_picture_of, why_pixels_unref);
  dialog->new_picture = picture;
  dialog->new_picture_of = why_pixels_ref (pixels);
  g_mutex_unlock (&dialog->lock);
  g_idle_add_full (G_PRIORITY_DEFAULT, receive, dialog, NULL);
}

static void
hand_over_subject (WhyDialog *dialog, WhySubject *subject)
{
  g_mutex_lock (&dialog->lock);
  g_clear_pointer (&dialog->new_subject, why_subject_unref);
  dialog->new_subject = why_subject_ref (subject);
  g_mutex_unlock (&dialog->lock);
  g_idle_add_full (G_PRIORITY_DEFAULT, receive, dialog, NULL);
}

/* How long one forward pass takes here and now, in seconds: the quickest of a few, for the first is
 * slowed by fetching memory and any by what else the machine does. */
static gdouble
time_pass (WhyNet *net, const WhySubject *subject)
{
  g_autofree WhyReal *input = g_new0 (WhyReal, why_tensor_numel (subject->input));
  gint64 begin = g_get_monotonic_time (), before, now = begin, quickest = G_MAXINT64;

  do
    {
      before = now;
      /* A net does not compute the same input again. */
      input[0] += 1;
      why_net_forward (net, input, NULL);
      now = g_get_monotonic_time ();
      quickest = MIN (quickest, now - before);
    }
  while (now - begin < TIMING);
  return (gdouble)quickest / G_USEC_PER_SEC;
}

/* In the worker: how long each method would take on this subject. */
static void
hand_over_costs (WhyDialog *dialog, const Work *work, const WhySubject *subject)
{
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);
  WhyExplainer *explainer = why_session_get_explainer (
      dialog->session, subject->model, subject->view.input_width, subject->view.input_height, NULL);
  WhyNet *net = explainer ? why_explainer_get_net (explainer, 1, NULL) : NULL;
  gdouble *costs, pass;

  if (!net)
    return;
  costs = g_new (gdouble, n);
  pass = time_pass (net, subject);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (WhyParams) defaults = why_params_new (why_method_get_params (methods[i]));

      costs[i] = why_method_estimate (methods[i], defaults, net) * pass;
    }
  g_mutex_lock (&dialog->lock);
  g_free (dialog->new_costs);
  dialog->new_costs = costs;
  dialog->new_costs_of = work->generation;
  g_mutex_unlock (&dialog->lock);
  g_idle_add_full (G_PRIORITY_DEFAULT, receive, dialog, NULL);
}

static gpointer
work_run (gpointer data, WhyProgress *progress, GError **error)
{
  Work *work = data;
  g_autoptr (WhyReport) seen = NULL;

  if (work->wants_picture)
    {
      WhyPicture *picture;

      why_progress_push (progress, 0.0, 0.05);
      picture = why_picture_new (work->pixels, progress, error);
      why_progress_pop (progress);
      if (!picture)
        return NULL;
      hand_over_picture (work->dialog, picture, work->pixels);
    }
  why_progress_push (progress, 0.05, 0.1);
  seen = why_session_classify (work->dialog->session, work->request, work->pixels, &work->region,
                               progress, error);
  why_progress_pop (progress);
  if (!seen)
    return NULL;
  if (work->wants_costs)
    hand_over_costs (work->dialog, work, seen->subject);
  hand_over_subject (work->dialog, seen->subject);

  why_progress_push (progress, 0.1, 1.0);
  g_clear_pointer (&seen, why_report_free);
  seen = why_session_explain (work->dialog->session, work->request, work->pixels, &work->region,
                              progress, error);
  why_progress_pop (progress);
  return g_steal_pointer (&seen);
}

static gint
method_index (const WhyMethod *method)
{
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);

  for (gsize i = 0; i < n; i++)
    if (methods[i] == method)
      return (gint)i;
  g_return_val_if_reached (0);
}

/* What took a while says better than a single pass how fast this machine is with this model. */
static void
learn_speed (WhyDialog *dialog, const WhyReport *report)
{
  gdouble seconds = (gdouble)report->elapsed_ms / 1000.0, factor;
  gsize n;

  /* Only the defaults' cost is known. */
  if (!dialog->costs || seconds < 1.0 || *why_request_get (report->request, "parameters"))
    return;
  why_methods (&n);
  factor = seconds / dialog->costs[method_index (report->explanation->method)];
  for (gsize i = 0; i < n; i++)
    dialog->costs[i] *= factor;
  tell (dialog, WHY_DIALOG_COSTS);
}

/* In the main thread, after the worker's last word. */
static gboolean
finish (gpointer data)
{
  WhyDialog *dialog = data;
  g_autoptr (GError) error = NULL;
  WhyReport *report;
  Work *work = g_steal_pointer (&dialog->work);

  receive (dialog);
  report = why_job_take (dialog->job, &error);
  g_clear_pointer (&dialog->job, why_job_free);
  if (report && work->generation == dialog->generation)
    {
      g_clear_pointer (&dialog->report, why_report_free);
      dialog->report = report;
      dialog->answered = work->generation;
      learn_speed (dialog, report);
      set_error (dialog, NULL);
      redraw (dialog);
    }
  else
    g_clear_pointer (&report, why_report_free);
  if (error && work->generation == dialog->generation
      && !g_error_matches (error, WHY_ERROR, WHY_ERROR_CANCELLED))
    {
      set_error (dialog, error->message);
      dialog->answered = work->generation;
    }
  if (error || why_dialog_is_complete (dialog))
    dialog->completing = FALSE;
  work_free (work);
  start_if_needed (dialog);
  tell (dialog, WHY_DIALOG_BUSY);
  return G_SOURCE_REMOVE;
}

/* In the worker. */
static void
work_done (gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, finish, data, NULL);
}

static gboolean
tick (gpointer data)
{
  WhyDialog *dialog = data;

  if (!dialog->job)
    {
      dialog->tick = 0;
      return G_SOURCE_REMOVE;
    }
  tell (dialog, WHY_DIALOG_BUSY);
  return G_SOURCE_CONTINUE;
}

/* One computation at a time; a running one that answers older settings is told to stop, and its
 * end starts the next. */
static void
start_if_needed (WhyDialog *dialog)
{
  Work *work;

  if (dialog->job)
    {
      if (dialog->work->generation != dialog->generation)
        why_job_cancel (dialog->job);
      return;
    }
  if (!dialog->pixels || dialog->stopped
      || (dialog->answered == dialog->generation && !dialog->completing))
    return;
  work = g_new0 (Work, 1);
  work->dialog = dialog;
  work->request = why_request_copy (dialog->request);
  if (!dialog->completing)
    why_request_set (work->request, "output", "layer");
  work->pixels = why_pixels_ref (dialog->pixels);
  work->region = dialog->region;
  work->wants_picture = dialog->picture_of != dialog->pixels;
  work->wants_costs = !dialog->costs;
  work->generation = dialog->generation;
  dialog->work = work;
  set_error (dialog, NULL);
  dialog->job = why_job_start (work_run, work, (GDestroyNotify)why_report_free, work_done, dialog);
  if (!dialog->tick)
    dialog->tick = g_timeout_add (TICK, tick, dialog);
  tell (dialog, WHY_DIALOG_BUSY);
}

void
why_dialog_free (WhyDialog *dialog)
{
  if (!dialog)
    return;
  g_clear_pointer (&dialog->job, why_job_free);
  while (g_source_remove_by_user_data (dialog))
    ;
  g_clear_pointer (&dialog->work, work_free);
  g_clear_pointer (&dialog->new_picture, why_picture_unref);
  g_clear_pointer (&dialog->new_picture_of, why_pixels_unref);
  g_clear_pointer (&dialog->picture_of, why_pixels_unref);
  g_clear_pointer (&dialog->new_subject, why_subject_unref);
  g_free (dialog->new_costs);
  g_free (dialog->costs);
  g_free (dialog->error);
  g_free (dialog->edited);
  g_clear_pointer (&dialog->report, why_report_free);
  g_clear_pointer (&dialog->subject, why_subject_unref);
  g_clear_pointer (&dialog->picture, why_picture_unref);
  g_clear_pointer (&dialog->pixels, why_pixels_unref);
  g_clear_pointer (&dialog->params, why_params_free);
  g_clear_pointer (&dialog->style, why_params_free);
  g_hash_table_unref (dialog->remembered);
  why_request_free (dialog->request);
  g_mutex_clear (&dialog->lock);
  g_free (dialog);
}

/* --- What is known -------------------------------------------------------------------------- */

WhyPicture *
why_dialog_get_picture (const WhyDialog *dialog)
{
  return dialog->picture;
}

WhySubject *
why_dialog_get_subject (const WhyDialog *dialog)
{
  return dialog->subject;
}

WhyReport *
why_dialog_get_report (const WhyDialog *dialog)
{
  return dialog->report;
}

gboolean
why_dialog_is_current (const WhyDialog *dialog)
{
  return dialog->report && !dialog->error && dialog->answered == dialog->generation;
}

static gboolean
wants_group (const WhyDialog *dialog)
{
  WhyOutputSpec spec;

  return why_output_spec_parse (why_request_get (dialog->request, "output"), &spec, NULL)
         && g_str_equal (spec.kind, "group") && !dialog->updates;
}

gboolean
why_dialog_is_complete (const WhyDialog *dialog)
{

  return why_dialog_is_current (dialog)
         && (!wants_group (dialog)
             || g_str_equal (why_request_get (dialog->report->request, "output"),
                             why_request_get (dialog->request, "output")));
}

void
why_dialog_complete (WhyDialog *dialog)
{
  dialog->completing = !why_dialog_is_complete (dialog);
  why_dialog_start (dialog);
}

WhyReport *
why_dialog_take_report (WhyDialog *dialog)
{
  if (!why_dialog_is_complete (dialog))
    return NULL;
  /* Fields that ask for nothing new to be computed may have changed since. */
  why_request_free (dialog->report->request);
  dialog->report->request = why_request_copy (dialog->request);
  if (!wants_group (dialog))
    g_clear_pointer (&dialog->report->others, g_ptr_array_unref);
  for (guint i = 0; dialog->report->others && i < dialog->report->others->len; i++)
    why_report_set_style (dialog->report->others->pdata[i],
                          why_request_get (dialog->request, "style"), NULL);
  return g_steal_pointer (&dialog->report);
}

void
why_dialog_fail (WhyDialog *dialog, const gchar *message)
{
  why_dialog_stop (dialog);
  dialog->generation++;
  dialog->answered = dialog->generation;
  set_error (dialog, message);
  tell (dialog, WHY_DIALOG_BUSY);
}

gboolean
why_dialog_is_busy (const WhyDialog *dialog)
{
  return dialog->job != NULL;
}

gdouble
why_dialog_get_progress (const WhyDialog *dialog, gdouble *remaining, gchar **text)
{
  if (dialog->job)
    return why_job_get_progress (dialog->job, remaining, text);
  if (remaining)
    *remaining = -1.0;
  if (text)
    *text = NULL;
  return 0.0;
}

const gchar *
why_dialog_get_error (const WhyDialog *dialog)
{
  return dialog->error;
}

void
why_dialog_stop (WhyDialog *dialog)
{
  dialog->stopped = TRUE;
  if (dialog->job)
    why_job_cancel (dialog->job);
}

void
why_dialog_start (WhyDialog *dialog)
{
  dialog->stopped = FALSE;
  if (dialog->error)
    dialog->generation++;
  start_if_needed (dialog);
}

gdouble
why_dialog_estimate (const WhyDialog *dialog, const WhyMethod *method)
{
  return dialog->costs ? dialog->costs[method_index (method)] : -1.0;
}
