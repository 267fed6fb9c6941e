/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer check IMAGE… */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <math.h>

#include "cli/picture.h"

/* Screen columns of the table: a metric's id, a figure. */
#define NAME_COLUMN 26
#define COLUMN 13

/* One command, one process. */
static GPtrArray *measures;
static gchar *mask_file;
static gboolean alone;

/* Screen columns: characters of East Asian scripts take two. */
static gint
text_width (const gchar *text)
{
  gint width = 0;

  for (; *text; text = g_utf8_next_char (text))
    width += g_unichar_iswide (g_utf8_get_char (text)) ? 2 : 1;
  return width;
}

/* Appends text, filled up to width screen columns; a negative width aligns to the right. */
static void
append_cell (GString *line, const gchar *text, gint width)
{
  gint blanks = MAX (ABS (width) - text_width (text), 0);

  g_string_append_printf (line, "  %*s%s%*s", width < 0 ? blanks : 0, "", text,
                          width < 0 ? 0 : blanks, "");
}

static void
append_number (GString *line, gdouble value)
{
  g_autofree gchar *text = isfinite (value) ? g_strdup_printf ("%.4g", value) : g_strdup ("–");

  append_cell (line, text, -COLUMN);
}

/* A row: the figure of the map beside those of maps that know nothing of the network. */
static void
append_check (GString *text, const WhyCheck *check)
{
  g_string_append_c (text, '\n');
  append_cell (text, why_metric_get_id (check->metric), NAME_COLUMN);
  append_number (text, check->value);
  append_number (text, check->standard_error);
  append_number (text, check->random);
  append_number (text, check->centre);
  append_number (text, check->edges);
  append_cell (text,
               why_metric_higher_is_better (check->metric) ? _ ("higher is better")
                                                           : _ ("lower is better"),
               0);
  if (check->flagged)
    append_cell (text, _ ("FAILS"), 0);
}

static void
print_text (const WhyCliTask *task, const WhyReport *report)
{
  const gchar *const heads[] = { N_ ("this map"), N_ ("± std. error"), N_ ("a random map"),
                                 N_ ("the centre"), N_ ("edges") };
  const WhyExplanation *e = report->explanation;
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%s: %s, %s\n", task->file, _ (why_method_get_name (e->method)),
                          why_model_get_label (report->subject->model, e->target.index));
  append_cell (text, "", NAME_COLUMN);
  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    append_cell (text, _ (heads[i]), -COLUMN);
  for (guint i = 0; i < report->checks->len; i++)
    append_check (text, g_ptr_array_index (report->checks, i));
  why_cli_print (text->str);
}

static WhyTensor *
read_mask (const WhyReport *report, GError **error)
{
  g_autoptr (WhyPixels) pixels = why_picture_read (mask_file, error);

  return pixels ? why_report_sample_mask (report, pixels, error) : NULL;
}

static gboolean
check (const WhyCliTask *task, GError **error)
{
  WhyProgress *progress = why_cli_progress_new ();
  g_autoptr (WhyReport) report
      = why_session_explain (task->session, task->request, task->pixels, NULL, progress, error);
  g_autoptr (WhyTensor) mask = NULL;

  if (!report)
    return FALSE;
  if (mask_file && !(mask = read_mask (report, error)))
    return FALSE;
  if (!why_session_check (task->session, report, measures, mask, !alone, progress, error))
    return FALSE;
  if (task->options->json)
    why_cli_print_report (task, report);
  else
    print_text (task, report);
  return TRUE;
}

gint
why_cli_check (gint argc, gchar **argv)
{
  const GOptionEntry entries[] = {
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &mask_file,
      N_ ("A picture of the same size, white where the evidence should be."), "MASK.png" },
    { "alone", 0, 0, G_OPTION_ARG_NONE, &alone,
      N_ ("Measures the map alone, without the maps that know nothing: four times as fast."),
      NULL },
    { NULL },
  };
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  if (!why_cli_options_read (&options,
                             WHY_OPTIONS_MODEL | WHY_OPTIONS_EXPLAIN | WHY_OPTIONS_METRIC
                                 | WHY_OPTIONS_TOP | WHY_OPTIONS_FILES,
                             entries, "check", argc, argv))
    return WHY_EXIT_USAGE;
  measures = why_measures_parse ((const gchar *const *)options.metrics, mask_file != NULL, &error);
  if (!measures)
    {
      why_cli_complain (NULL, error);
      return WHY_EXIT_USAGE;
    }
  return why_cli_run_pictures (&options, check);
}
