/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer classify IMAGE… */
#include "cli/cli.h"

#include <glib/gi18n.h>

static void
print_text (const WhyCliTask *task, const WhyReport *report)
{
  const WhySubject *subject = report->subject;
  guint top = MIN (subject->predictions->len, (guint)task->options->top);
  g_autoptr (GString) text = g_string_new (NULL);

  /* Translators: a file and the model that looked at it. */
  g_string_append_printf (text, _ ("%s (%s):"), task->file, why_model_get_name (subject->model));
  if (subject->unsure)
    g_string_append_printf (text, " %s", _ ("not sure that any of its classes is there"));
  for (guint i = 0; i < top; i++)
    {
      const WhyPrediction *p = &g_array_index (subject->predictions, WhyPrediction, i);
      g_autofree gchar *percent = why_cli_percent (p->probability);

      g_string_append_printf (text, "\n  %9s  %s", percent,
                              why_model_get_label (subject->model, p->index));
    }
  why_cli_print (text->str);
}

static gboolean
classify (const WhyCliTask *task, GError **error)
{
  g_autoptr (WhyReport) report
      = why_session_classify (task->session, task->request, task->pixels, NULL, NULL, error);

  if (!report)
    return FALSE;
  if (task->options->json)
    why_cli_print_report (task, report);
  else
    print_text (task, report);
  return TRUE;
}

gint
why_cli_classify (gint argc, gchar **argv)
{
  g_auto (WhyCliOptions) options = { 0 };

  if (!why_cli_options_read (&options, WHY_OPTIONS_MODEL | WHY_OPTIONS_TOP | WHY_OPTIONS_FILES,
                             NULL, "classify", argc, argv))
    return WHY_EXIT_USAGE;
  return why_cli_run_pictures (&options, classify);
}
