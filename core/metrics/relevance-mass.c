/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The share of the positive relevance inside the person's selection. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "metrics/trial.h"

static gdouble
mass_share (const WhyTrial *trial, const WhyReal *mask)
{
  gint n = trial->task.height * trial->task.width;
  gdouble inside = 0.0, total = 0.0;

  for (gint i = 0; i < n; i++)
    {
      gdouble relevance = MAX ((gdouble)trial->map[i], 0.0);

      inside += relevance * (gdouble)mask[i];
      total += relevance;
    }
  return total > 0.0 ? inside / total : NAN;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  why_trial_judge_mask (trial, mass_share, value);
  return TRUE;
}

const WhyMetric why_metric_relevance_mass = {
  .id = "relevance-mass",
  .name = N_ ("Relevance mass"),
  .blurb = N_ ("How much of the positive relevance lies in your selection."),
  .citation = "Arras, Osman, Samek 2020, arXiv:2003.07258",
  .higher_is_better = TRUE,
  .needs_mask = TRUE,
  .controls = TRUE,
  .measure = measure,
};
