/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whylayer as a GIMP 2.10 plug-in: registers the procedures of the session's table and runs them.
 */
#include <cblas.h>
#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>
#include <libintl.h>
#include <locale.h>

#include "arguments.h"
#include "dialog/dialog.h"
#include "host/answers.h"
#include "host/gimp.h"
#include "host/host.h"

/* The catalogue lies beside the executable, where install.sh and packages put it. */
static gchar *locale_dir;

static WhySession *
new_session (void)
{
  gint threads = 0;

  gegl_init (NULL, NULL);
  /* GIMP's own processor preference; matrix products are spread over threads by the core. */
  g_object_get (gegl_config (), "threads", &threads, NULL);
  openblas_set_num_threads (1);
  return why_session_new (threads);
}

/** One call of one of our procedures. */
typedef struct
{
  const WhyProcedure *row;
  GimpRunMode run_mode;
  const WhyParams *arguments;
  WhyHost host;
  gint *n_values;
  GimpParam **values;
} Call;

static gint
run_window (GtkWidget *window)
{
  return gimp_dialog_run (GIMP_DIALOG (window));
}

/* Lets the person settle on a report; NULL without error when they cancelled. */
static WhyReport *
ask_person (Call *call, const WhyRequest *request, gboolean *update, GError **error)
{
  GtkWidget *window;

  gimp_ui_init ("whylayer", FALSE);
  window = gimp_dialog_new (_ ("Explain Classification"), "whylayer", NULL, 0,
                            gimp_standard_help_func, call->row->name, _ ("_Cancel"),
                            GTK_RESPONSE_CANCEL, _ ("_OK"), GTK_RESPONSE_OK, NULL);
  gtk_dialog_set_alternative_button_order (GTK_DIALOG (window), GTK_RESPONSE_OK,
                                           GTK_RESPONSE_CANCEL, -1);
  gtk_dialog_set_default_response (GTK_DIALOG (window), GTK_RESPONSE_OK);
  gimp_window_set_transient (GTK_WINDOW (window));
  return why_dialog_run (&call->host, window, run_window, request, update, error);
}

static gboolean
explain (Call *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_autoptr (WhyReport) report = NULL;
  gboolean update = FALSE;
  gint layer = call->host.drawable;

  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_answers_follow_last (request);
  if (!why_request_validate (request, error))
    return FALSE;
  if (call->run_mode == GIMP_RUN_INTERACTIVE)
    report = ask_person (call, request, &update, error);
  else
    {
      gimp_progress_init (_ ("Explaining the classification"));
      report = why_host_ask (&call->host, why_session_explain, request, error);
    }
  if (!report
      || !(update ? why_host_update (&call->host, report, error)
                  : why_host_write (&call->host, report, &layer, error)))
    return FALSE;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_host_show (&call->host, layer);
  why_arguments_succeed (call->row, report, layer, 0, call->n_values, call->values);
  return TRUE;
}

static gboolean
classify (Call *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_autoptr (WhyReport) report = NULL;
  gint top = (gint)why_params_get_int (call->arguments, "top");

  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_answers_follow_last (request);
  if (!why_request_validate (request, error))
    return FALSE;
  gimp_progress_init (_ ("Classifying"));
  report = why_host_ask (&call->host, why_session_classify, request, error);
  if (!report)
    return FALSE;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    {
      g_autofree gchar *text = why_answers_to_text (report, top);

      gimp_message (text);
    }
  why_arguments_succeed (call->row, report, -1, top, call->n_values, call->values);
  return TRUE;
}

static gboolean
restyle (Call *call, GError **error)
{
  gint drawable = call->host.drawable;

  if (!why_host_restyle (&call->host, why_params_get_string (call->arguments, "style"), error))
    return FALSE;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_host_show (&call->host, drawable);
  why_arguments_succeed (call->row, NULL, why_gimp_item_is_layer (drawable) ? drawable : WHY_NONE,
                         0, call->n_values, call->values);
  return TRUE;
}

/* FALSE without error: cancelled. */
typedef gboolean (*Handler) (Call *call, GError **error);

static const struct
{
  const gchar *name;
  Handler run;
} handlers[] = {
  { "plug-in-whylayer-explain", explain },
  { "plug-in-whylayer-classify", classify },
  { "plug-in-whylayer-restyle", restyle },
};

static Handler
find_handler (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (strcmp (handlers[i].name, name) == 0)
      return handlers[i].run;
  return NULL;
}

static void
query (void)
{
  gsize n;
  const WhyProcedure *rows = why_procedures (&n);

  gimp_plugin_domain_register (GETTEXT_PACKAGE, locale_dir);
  for (gsize i = 0; i < n; i++)
    if (find_handler (rows[i].name))
      why_arguments_install (&rows[i]);
}

/* The caller's arguments; with a person before the screen GIMP gives none, and the defaults do. */
static WhyParams *
read_arguments (const Call *call, gint n_params, const GimpParam *params, GError **error)
{
  g_autofree const gchar **values = NULL;
  gsize n = WHY_ARGUMENTS_FIRST + why_procedure_n_arguments (call->row);

  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    return why_params_new (call->row->arguments);
  if ((gsize)n_params != n)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%s takes %zu arguments and was given %d"), call->row->name, n, n_params);
      return NULL;
    }
  values = why_arguments_collect (call->row, params);
  return why_procedure_read (call->row, values, error);
}

static gboolean
run_call (Call *call, gint n_params, const GimpParam *params, GError **error)
{
  g_autoptr (WhyParams) arguments = read_arguments (call, n_params, params, error);
  gboolean ok;

  if (!arguments)
    return FALSE;
  call->arguments = arguments;
  why_host_init (&call->host, new_session (), params[1].data.d_image, params[2].data.d_drawable);
  ok = find_handler (call->row->name) (call, error);
  gimp_progress_end ();
  why_host_clear (&call->host);
  return ok;
}

static void
run (const gchar *name, gint n_params, const GimpParam *params, gint *n_values, GimpParam **values)
{
  Call call = { why_procedure_lookup (name), (GimpRunMode)params[0].data.d_int32,
                .n_values = n_values, .values = values };
  GError *error = NULL;

  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  if (!run_call (&call, n_params, params, &error))
    why_arguments_fail (call.run_mode, error, n_values, values);
}

static const GimpPlugInInfo plug_in_info = { NULL, NULL, query, run };

int
main (int argc, char *argv[])
{
  g_autofree gchar *dir = g_path_get_dirname (argv[0]);

  locale_dir = g_build_filename (dir, "locale", NULL);
  return gimp_main (&plug_in_info, argc, argv);
}
