/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whylayer as a GIMP 3 plug-in: registers the procedures of the session's table and runs them. */
#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "arguments.h"
#include "dialog/dialog.h"
#include "host/gimp.h"
#include "host/procedures.h"
#include "session/process.h"

#define WHY_TYPE_PLUG_IN (why_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (WhyPlugIn, why_plug_in, WHY, PLUG_IN, GimpPlugIn)

struct _WhyPlugIn
{
  GimpPlugIn parent_instance;
};

G_DEFINE_TYPE (WhyPlugIn, why_plug_in, GIMP_TYPE_PLUG_IN)
GIMP_MAIN (WHY_TYPE_PLUG_IN)

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

/* GIMP keeps the configuration of a successful run for the next one. */
static void
keep_settings (const WhyProcedure *row, GimpProcedureConfig *config, const WhyRequest *request)
{
  for (const WhyParam *param = row->arguments; param->name; param++)
    g_object_set (config, param->name, why_request_get (request, param->name), NULL);
}

/* Lets the person settle on a report; NULL without error when they cancelled. */
static WhyReport *
ask_person (WhyCall *call, GimpProcedureConfig *config, const WhyRequest *request, gboolean *update,
            GError **error)
{
  GtkWidget *window;
  WhyReport *report;

  gimp_ui_init ("whylayer");
  window = gimp_dialog_new (_ ("Explain Classification"), "whylayer", NULL, 0,
                            gimp_standard_help_func, call->row->name, _ ("_Cancel"),
                            GTK_RESPONSE_CANCEL, _ ("_OK"), GTK_RESPONSE_OK, NULL);
  gtk_dialog_set_default_response (GTK_DIALOG (window), GTK_RESPONSE_OK);
  gimp_window_set_transient (GTK_WINDOW (window));
  report = why_dialog_run (&call->host, window, run_window, request, update, error);
  if (report)
    keep_settings (call->row, config, report->request);
  return report;
}

static gboolean
explain (WhyCall *call, GimpRunMode run_mode, GimpProcedureConfig *config, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_autoptr (WhyReport) report = NULL;
  gboolean update = FALSE;

  if (!why_request_validate (request, error))
    return FALSE;
  if (run_mode == GIMP_RUN_INTERACTIVE)
    report = ask_person (call, config, request, &update, error);
  else
    report = why_host_ask (&call->host, why_session_explain, request, error);
  return report && why_call_finish_explain (call, report, update, error);
}

static GimpDrawable *
only_drawable (GimpDrawable **drawables, GError **error)
{
  gsize n = gimp_core_object_array_get_length ((GObject **)drawables);

  if (n == 1)
    return drawables[0];
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               _ ("%zu layers are selected: select exactly one"), n);
  return NULL;
}

/* drawables: NULL for a procedure that takes no image. */
static gboolean
run_call (WhyCall *call, GimpRunMode run_mode, GimpImage *image, GimpDrawable **drawables,
          GimpProcedureConfig *config, GError **error)
{
  WhyCallFunc func = why_procedure_get_func (call->row);
  GimpDrawable *drawable = drawables ? only_drawable (drawables, error) : NULL;
  g_autoptr (WhyParams) arguments = NULL;
  gboolean done;

  if (drawables && !drawable)
    return FALSE;
  arguments = why_arguments_read (call->row, config, error);
  if (!arguments)
    return FALSE;
  call->arguments = arguments;
  call->host.session = new_session ();
  if (image)
    why_host_init (&call->host, call->host.session, gimp_image_get_id (image),
                   gimp_item_get_id (GIMP_ITEM (drawable)));
  if (func || run_mode != GIMP_RUN_INTERACTIVE)
    gimp_progress_init (_ (call->row->blurb));
  done = func ? func (call, error) : explain (call, run_mode, config, error);
  gimp_progress_end ();
  why_host_clear (&call->host);
  return done;
}

static GimpValueArray *
run_any (GimpProcedure *procedure, GimpRunMode run_mode, GimpImage *image, GimpDrawable **drawables,
         GimpProcedureConfig *config)
{
  g_autoptr (WhyAnswers) answers = why_answers_new ();
  WhyCall call = { .row = why_procedure_lookup (gimp_procedure_get_name (procedure)),
                   .interactive = run_mode != GIMP_RUN_NONINTERACTIVE,
                   .answers = answers };
  GError *error = NULL;

  return run_call (&call, run_mode, image, drawables, config, &error)
             ? why_arguments_succeed (procedure, call.row, answers)
             : why_arguments_fail (procedure, run_mode, error);
}

static GimpValueArray *
run_on_image (GimpProcedure *procedure, GimpRunMode run_mode, GimpImage *image,
              GimpDrawable **drawables, GimpProcedureConfig *config, gpointer run_data)
{
  return run_any (procedure, run_mode, image, drawables, config);
}

static GimpValueArray *
run_alone (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer run_data)
{
  GimpRunMode run_mode;

  g_object_get (config, "run-mode", &run_mode, NULL);
  return run_any (procedure, run_mode, NULL, NULL, config);
}

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  GList *names = NULL;
  gsize n;
  const WhyProcedure *rows = why_procedures (&n);

  for (gsize i = 0; i < n; i++)
    names = g_list_append (names, g_strdup (rows[i].name));
  return names;
}

static GimpProcedure *
create_procedure (GimpPlugIn *plug_in, const gchar *name)
{
  const WhyProcedure *row = why_procedure_lookup (name);
  GimpProcedure *procedure
      = row->takes_image
            ? gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run_on_image,
                                        NULL, NULL)
            : gimp_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run_alone, NULL, NULL);

  if (row->takes_image)
    {
      gimp_procedure_set_image_types (procedure, "RGB*, GRAY*, INDEXED*");
      gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
    }
  gimp_procedure_set_documentation (procedure, _ (row->blurb), _ (row->help), name);
  gimp_procedure_set_attribution (procedure, "Whylayer", "GPL-3.0-or-later", "2026");
  if (row->menu_label)
    {
      gimp_procedure_set_menu_label (procedure, _ (row->menu_label));
      gimp_procedure_add_menu_path (procedure, WHY_MENU_PATH);
    }
  why_arguments_register (procedure, row);
  return procedure;
}

static gboolean
set_i18n (GimpPlugIn *plug_in, const gchar *procedure_name, gchar **gettext_domain,
          gchar **catalog_dir)
{
  /* GIMP looks beside the executable and complains where there is nothing, as in a build without
   * translations. */
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *folder = g_path_get_dirname (program ? program : "");
  g_autofree gchar *catalogues = g_build_filename (folder, "locale", NULL);

  if (!g_file_test (catalogues, G_FILE_TEST_IS_DIR))
    return FALSE;
  *gettext_domain = g_strdup (GETTEXT_PACKAGE);
  return TRUE;
}

static void
why_plug_in_class_init (WhyPlugInClass *klass)
{
  GimpPlugInClass *plug_in_class = GIMP_PLUG_IN_CLASS (klass);

  plug_in_class->query_procedures = query_procedures;
  plug_in_class->create_procedure = create_procedure;
  plug_in_class->set_i18n = set_i18n;
}

static void
why_plug_in_init (WhyPlugIn *plug_in)
{
}
