/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whylayer as a GIMP 3 plug-in: registers the procedures of the session's table and runs them. */
#include <cblas.h>
#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "arguments.h"
#include "dialog/dialog.h"
#include "host/answers.h"
#include "host/gimp.h"
#include "host/host.h"

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

  gegl_init (NULL, NULL);
  /* GIMP's own processor preference; matrix products are spread over threads by the core. */
  g_object_get (gegl_config (), "threads", &threads, NULL);
  openblas_set_num_threads (1);
  return why_session_new (threads);
}

/** One call of one of our procedures. */
typedef struct
{
  GimpProcedure *procedure;
  const WhyProcedure *row;
  GimpRunMode run_mode;
  GimpProcedureConfig *config;
  const WhyParams *arguments;
  WhyHost host;
} Call;

static gint
run_window (GtkWidget *window)
{
  return gimp_dialog_run (GIMP_DIALOG (window));
}

/* GIMP keeps the configuration of a successful run for the next one. */
static void
keep_settings (Call *call, const WhyRequest *request)
{
  for (const WhyParam *param = call->row->arguments; param->name; param++)
    g_object_set (call->config, param->name, why_request_get (request, param->name), NULL);
}

/* Lets the person settle on a report; NULL without error when they cancelled. */
static WhyReport *
ask_person (Call *call, const WhyRequest *request, gboolean *update, GError **error)
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
    keep_settings (call, report->request);
  return report;
}

static GimpValueArray *
explain (Call *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_autoptr (WhyReport) report = NULL;
  gboolean update = FALSE;
  gint layer = call->host.drawable;

  if (!why_request_validate (request, error))
    return NULL;
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
    return NULL;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_host_show (&call->host, layer);
  return why_arguments_succeed (call->procedure, call->row, report, gimp_layer_get_by_id (layer),
                                0);
}

static GimpValueArray *
classify (Call *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);
  g_autoptr (WhyReport) report = NULL;
  gint top = (gint)why_params_get_int (call->arguments, "top");

  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_answers_follow_last (request);
  if (!why_request_validate (request, error))
    return NULL;
  gimp_progress_init (_ ("Classifying"));
  report = why_host_ask (&call->host, why_session_classify, request, error);
  if (!report)
    return NULL;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    {
      g_autofree gchar *text = why_answers_to_text (report, top);

      gimp_message (text);
    }
  return why_arguments_succeed (call->procedure, call->row, report, NULL, top);
}

static GimpValueArray *
restyle (Call *call, GError **error)
{
  gint drawable = call->host.drawable;

  if (!why_host_restyle (&call->host, why_params_get_string (call->arguments, "style"), error))
    return NULL;
  if (call->run_mode != GIMP_RUN_NONINTERACTIVE)
    why_host_show (&call->host, drawable);
  return why_arguments_succeed (
      call->procedure, call->row, NULL,
      why_gimp_item_is_layer (drawable) ? gimp_layer_get_by_id (drawable) : NULL, 0);
}

/* NULL without error: cancelled. */
typedef GimpValueArray *(*Handler) (Call *call, GError **error);

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

static GimpValueArray *
run_call (Call *call, GimpImage *image, GimpDrawable **drawables, GError **error)
{
  GimpDrawable *drawable = only_drawable (drawables, error);
  g_autoptr (WhyParams) arguments = NULL;
  GimpValueArray *values;

  if (!drawable)
    return NULL;
  arguments = why_arguments_read (call->row, call->config, error);
  if (!arguments)
    return NULL;
  call->arguments = arguments;
  why_host_init (&call->host, new_session (), gimp_image_get_id (image),
                 gimp_item_get_id (GIMP_ITEM (drawable)));
  values = find_handler (call->row->name) (call, error);
  gimp_progress_end ();
  why_host_clear (&call->host);
  return values;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode run_mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer run_data)
{
  Call call
      = { procedure, why_procedure_lookup (gimp_procedure_get_name (procedure)), run_mode, config };
  GError *error = NULL;
  GimpValueArray *values = run_call (&call, image, drawables, &error);

  return values ? values : why_arguments_fail (procedure, run_mode, error);
}

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  GList *names = NULL;
  gsize n;
  const WhyProcedure *rows = why_procedures (&n);

  for (gsize i = 0; i < n; i++)
    if (find_handler (rows[i].name))
      names = g_list_append (names, g_strdup (rows[i].name));
  return names;
}

static GimpProcedure *
create_procedure (GimpPlugIn *plug_in, const gchar *name)
{
  const WhyProcedure *row = why_procedure_lookup (name);
  GimpProcedure *procedure
      = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  gimp_procedure_set_image_types (procedure, "RGB*, GRAY*, INDEXED*");
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
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
