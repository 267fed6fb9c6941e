/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer explain IMAGE… */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <math.h>

#include "session/picture-write.h"
#include "session/output.h"

static void
append_class (GString *text, const WhyReport *report, gint index)
{
  const WhySubject *subject = report->subject;

  for (guint i = 0; i < subject->predictions->len; i++)
    {
      const WhyPrediction *p = &g_array_index (subject->predictions, WhyPrediction, i);
      g_autofree gchar *percent = NULL;

      if (p->index != index)
        continue;
      percent = why_cli_percent (p->probability);
      g_string_append_printf (text, "%s (%s)", why_model_get_label (subject->model, index),
                              percent);
    }
}

static void
print_text (const WhyCliTask *task, const WhyReport *report)
{
  const WhyExplanation *e = report->explanation;
  g_autoptr (GString) text = g_string_new (task->file);

  g_string_append (text, ": ");
  append_class (text, report, e->target.index);
  if (e->target.against >= 0)
    {
      g_string_append_printf (text, " %s ", _ ("against"));
      append_class (text, report, e->target.against);
    }
  if (report->subject->unsure)
    g_string_append_printf (text, ", %s", _ ("not sure"));
  /* Translators: an attribution method and the rows and columns of its map. */
  g_string_append_printf (text, _ (": %s, %d×%d cells"), _ (why_method_get_name (e->method)),
                          (gint)report->cells->shape.dims[0], (gint)report->cells->shape.dims[1]);
  if (isfinite (e->residual))
    g_string_append_printf (text, _ (", completeness residual %.3g of %.3g"), e->residual,
                            e->residual_of);
  for (guint i = 0; e->notes && i < e->notes->len; i++)
    g_string_append_printf (text, "\n  %s", (const gchar *)g_ptr_array_index (e->notes, i));
  if (task->output)
    g_string_append_printf (text, "\n  → %s", task->output);
  if (task->raw)
    g_string_append_printf (text, "\n  → %s", task->raw);
  why_cli_print (text->str);
}

/* The error about a file that was to be written names that file. */
static gboolean
blame (const gchar *path, GError **error)
{
  g_prefix_error (error, "%s ", path);
  return FALSE;
}

static gboolean
write_outputs (const WhyCliTask *task, WhyReport *report, GError **error)
{
  if (task->output)
    {
      if (!why_picture_write_report (task->output, report, task->pixels, error))
        return blame (task->output, error);
      report->output_png = g_filename_display_basename (task->output);
    }
  if (task->raw)
    {
      g_autoptr (GBytes) npy = why_npy_write (report->explanation->map);

      if (!why_output_write (task->raw, npy, error))
        return blame (task->raw, error);
      report->output_raw = g_filename_display_basename (task->raw);
    }
  return TRUE;
}

static gboolean
explain (const WhyCliTask *task, GError **error)
{
  WhyProgress *progress = why_cli_progress_new ();
  g_autoptr (WhyReport) report
      = why_session_explain (task->session, task->request, task->pixels, NULL, progress, error);

  if (!report || !write_outputs (task, report, error))
    return FALSE;
  if (task->options->json)
    why_cli_print_report (task, report);
  else
    print_text (task, report);
  return TRUE;
}

gint
why_cli_explain (gint argc, gchar **argv)
{
  g_auto (WhyCliOptions) options = { 0 };

  if (!why_cli_options_read (&options,
                             WHY_OPTIONS_MODEL | WHY_OPTIONS_EXPLAIN | WHY_OPTIONS_DRAW
                                 | WHY_OPTIONS_TOP | WHY_OPTIONS_FILES,
                             NULL, "explain", argc, argv))
    return WHY_EXIT_USAGE;
  return why_cli_run_pictures (&options, explain);
}
