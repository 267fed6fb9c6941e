/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whylayer as a GIMP 2.10 plug-in: registers the procedures of the session's table and runs them.
 */
#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>
#include <libintl.h>
#include <locale.h>

#include "arguments.h"
#include "dialog/dialog.h"
#include "host/gimp.h"
#include "host/procedures.h"
#include "session/process.h"

/* The catalogue lies beside the executable, where install.sh and packages put it. */
static gchar *locale_dir;

static WhySession *
new_session (void)
{
  gint threads = 0;

  why_process_prepare ();
  gegl_init (NULL, NULL);
  /* GIMP's own processor preference; matrix products are spread over threads by the core. */
  g_object_get (gegl_config (), "threads", &threads, NULL);
  return why_session_new (threads);
}

static gint
run_window (GtkWidget *window)
{
  return gimp_dialog_run (GIMP_DIALOG (window));
}

/* Lets the person settle on a report; NULL without error when they cancelled. */
static WhyReport *
ask_person (WhyCall *call, const WhyRequest *request, gboolean *update, GError **error)
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
explain (WhyCall *call, GimpRunMode run_mode, GError **error)
{
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  g_autoptr (WhyReport) report = NULL;
  gboolean update = FALSE;

  if (!request)
    return FALSE;
  if (run_mode == GIMP_RUN_INTERACTIVE)
    report = ask_person (call, request, &update, error);
  else
    report = why_host_ask (&call->host, why_session_explain, request, error);
  return report && why_call_finish_explain (call, report, update, error);
}

static void
query (void)
{
  gsize n;
  const WhyProcedure *rows = why_procedures (&n);

  gimp_plugin_domain_register (GETTEXT_PACKAGE, locale_dir);
  for (gsize i = 0; i < n; i++)
    why_arguments_install (&rows[i]);
}

/* The caller's arguments; with a person before the screen GIMP gives none, and the defaults do. */
static WhyParams *
read_arguments (const WhyCall *call, gint n_params, const GimpParam *params, GError **error)
{
  g_autofree const gchar **values = NULL;
  gsize n = (gsize)why_arguments_n_fixed (call->row) + why_procedure_n_arguments (call->row);

  if (call->interactive)
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
run_call (WhyCall *call, GimpRunMode run_mode, gint n_params, const GimpParam *params,
          GError **error)
{
  WhyCallFunc func = why_procedure_get_func (call->row);
  g_autoptr (WhyParams) arguments = read_arguments (call, n_params, params, error);
  gboolean done;

  if (!arguments)
    return FALSE;
  call->arguments = arguments;
  call->host.session = new_session ();
  if (call->row->takes_image)
    why_host_init (&call->host, call->host.session, params[1].data.d_image,
                   params[2].data.d_drawable);
  if (func || run_mode != GIMP_RUN_INTERACTIVE)
    gimp_progress_init (_ (call->row->blurb));
  done = func ? func (call, error) : explain (call, run_mode, error);
  gimp_progress_end ();
  why_host_clear (&call->host);
  return done;
}

static void
run (const gchar *name, gint n_params, const GimpParam *params, gint *n_values, GimpParam **values)
{
  GimpRunMode run_mode = (GimpRunMode)params[0].data.d_int32;
  g_autoptr (WhyAnswers) answers = why_answers_new ();
  WhyCall call = { .row = why_procedure_lookup (name),
                   .interactive = run_mode != GIMP_RUN_NONINTERACTIVE,
                   .answers = answers };
  GError *error = NULL;

  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  if (run_call (&call, run_mode, n_params, params, &error))
    why_arguments_succeed (call.row, g_steal_pointer (&answers), n_values, values);
  else
    why_arguments_fail (run_mode, error, n_values, values);
}

static const GimpPlugInInfo plug_in_info = { NULL, NULL, query, run };

int
main (int argc, char *argv[])
{
  g_autofree gchar *dir = g_path_get_dirname (argv[0]);

  locale_dir = g_build_filename (dir, "locale", NULL);
  return gimp_main (&plug_in_info, argc, argv);
}
