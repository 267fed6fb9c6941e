/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics on a report's map. */
#include <glib/gi18n-lib.h>

#include "session/session-private.h"

static void
measure_free (gpointer data)
{
  WhyMeasure *measure = data;

  g_clear_pointer (&measure->params, why_params_free);
  g_free (measure);
}

static WhyMeasure *
measure_new (const WhyMetric *metric, gboolean asked)
{
  WhyMeasure *measure = g_new0 (WhyMeasure, 1);

  measure->metric = metric;
  measure->asked = asked;
  measure->params = why_params_new (why_metric_get_params (metric));
  return measure;
}

/* "ID" or "ID:NAME=VALUE;…" */
static gboolean
add_measure (GPtrArray *measures, const gchar *text, gboolean with_mask, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  const WhyMetric *metric = why_metric_lookup (parts[0] ? parts[0] : "", error);
  WhyMeasure *measure;

  if (!metric)
    return FALSE;
  if (why_metric_needs_mask (metric) && !with_mask)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("the metric '%s' compares the map with a mask: give one"),
                   why_metric_get_id (metric));
      return FALSE;
    }
  measure = measure_new (metric, TRUE);
  g_ptr_array_add (measures, measure);
  return why_params_parse (measure->params, parts[1], error);
}

GPtrArray *
why_measures_parse (const gchar *const *texts, gboolean with_mask, GError **error)
{
  g_autoptr (GPtrArray) measures = g_ptr_array_new_with_free_func (measure_free);
  const WhyMetric *const *metrics;
  gsize n;

  for (gint i = 0; texts && texts[i]; i++)
    if (!add_measure (measures, texts[i], with_mask, error))
      return NULL;
  metrics = why_metrics (&n);
  for (gsize i = 0; !texts && i < n; i++)
    if (with_mask || !why_metric_needs_mask (metrics[i]))
      g_ptr_array_add (measures, measure_new (metrics[i], FALSE));
  return g_steal_pointer (&measures);
}

gboolean
why_session_check (WhySession *session, WhyReport *report, const GPtrArray *measures,
                   const WhyTensor *mask, gboolean controls, WhyProgress *progress, GError **error)
{
  const WhySubject *subject = report->subject;
  WhyExplainer *explainer = why_session_get_explainer (
      session, subject->model, subject->view.input_width, subject->view.input_height, error);

  for (guint i = 0; explainer && i < measures->len; i++)
    {
      const WhyMeasure *measure = g_ptr_array_index (measures, i);
      g_autoptr (GError) failure = NULL;
      WhyCheck *check;

      why_progress_push (progress, (gdouble)i / measures->len, (i + 1.0) / measures->len);
      why_progress_set_text (progress, _ (why_metric_get_name (measure->metric)));
      check = why_metric_check (measure->metric, measure->params, explainer, subject->input->real,
                                report->explanation, mask, controls, progress, &failure);
      why_progress_pop (progress);
      if (check)
        g_ptr_array_add (report->checks, check);
      else if (!measure->asked && g_error_matches (failure, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED))
        continue;
      else
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
  return explainer != NULL;
}

WhyTensor *
why_report_sample_mask (const WhyReport *report, WhyPixels *mask, GError **error)
{
  static const gdouble outside[3] = { 0, 0, 0 };
  const WhyView *view = &report->subject->view;
  gsize n = (gsize)view->input_width * view->input_height;
  const WhyShape shape = WHY_SHAPE (view->input_height, view->input_width);
  g_autofree gfloat *rgb = g_new (gfloat, n * 3);
  WhyTensor *values;

  if (why_pixels_get_width (mask) != report->width
      || why_pixels_get_height (mask) != report->height)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("the mask has %d×%d pixels and the picture %d×%d: make them alike"),
                   why_pixels_get_width (mask), why_pixels_get_height (mask), report->width,
                   report->height);
      return NULL;
    }
  if (!why_view_sample (view, mask, outside, rgb, NULL, error))
    return NULL;
  values = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  for (gsize i = 0; i < n; i++)
    values->real[i] = (rgb[i] + rgb[n + i] + rgb[2 * n + i]) / 3;
  return values;
}
