/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The area under the target's probability while pixels are taken away, the most relevant first. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

static const WhyParam params[] = {
  { "steps", N_ ("_Steps"), N_ ("Points of the curve; 28 are 1,792 pixels a step at 224×224."),
    WHY_PARAM_INT, 1, 10000, "28", NULL },
  { "own-score", N_ ("_Own score"),
    N_ ("Measure the question's own score instead of the probability."), WHY_PARAM_BOOL, 0, 0, "no",
    NULL },
  WHY_PARAM_END,
};

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint steps = (gint)why_params_get_int (trial->params, "steps");
  gint64 numel = (gint64)trial->task.channels * trial->task.height * trial->task.width;
  g_autofree WhyReal *zero = g_new0 (WhyReal, numel);
  g_autofree gdouble *scores = g_new (gdouble, steps + 1);

  if (!why_trial_curve (trial, zero, FALSE, why_params_get_bool (trial->params, "own-score"), steps,
                        scores, error))
    return FALSE;
  *value = why_curve_area (scores, steps);
  return TRUE;
}

const WhyMetric why_metric_deletion = {
  .id = "deletion",
  .name = N_ ("Deletion"),
  .blurb = N_ ("How fast the probability falls when the most relevant pixels go first."),
  .citation = "Petsiuk, Das, Saenko 2018, arXiv:1806.07421",
  .params = params,
  .higher_is_better = FALSE,
  .controls = TRUE,
  .measure = measure,
};
