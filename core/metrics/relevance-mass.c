/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The share of the positive relevance inside the person's selection, beside the selection's share
 * of the area. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "metrics/trial.h"

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint64 plane = (gint64)trial->task.height * trial->task.width;
  gdouble inside = 0.0, total = 0.0, area = 0.0;

  for (gint64 i = 0; i < plane; i++)
    {
      gdouble relevance = MAX ((gdouble)trial->map[i], 0.0);
      inside += relevance * (gdouble)trial->mask[i];
      total += relevance;
      area += (gdouble)trial->mask[i];
    }
  *value = total > 0.0 ? inside / total : NAN;
  why_trial_set_detail (trial, "area", area / (gdouble)plane);
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
