/* SPDX-License-Identifier: GPL-3.0-or-later */
/* |Σ map - Δf| / |Δf|, for methods that promise that the map sums to a difference of scores. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "metrics/trial.h"

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  const WhyExplanation *explanation = trial->explanation;

  *value = explanation && explanation->residual_of != 0.0
               ? fabs (explanation->residual) / fabs (explanation->residual_of)
               : NAN;
  return TRUE;
}

static gboolean
flag (gdouble value, const WhyParams *params)
{
  return value > 0.05;
}

const WhyMetric why_metric_completeness = {
  .id = "completeness",
  .name = N_ ("Completeness"),
  .blurb = N_ ("How far the map is from summing to the score it explains; flagged above 5 %."),
  .citation = "Sundararajan, Taly, Yan 2017, arXiv:1703.01365",
  .higher_is_better = FALSE,
  .measure = measure,
  .flag = flag,
};
