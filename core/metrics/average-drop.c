/* SPDX-License-Identifier: GPL-3.0-or-later */
/* max (0, p - p′) / p, with p′ the probability when the picture is multiplied by its map. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint64 numel = (gint64)trial->task.channels * trial->task.height * trial->task.width;
  g_autofree WhyReal *masked = g_new0 (WhyReal, numel);
  gdouble whole, left;

  why_trial_mask_picture (trial, masked); /* nothing positive: everything is hidden */
  if (!why_trial_probability (trial, trial->task.x, &whole, error)
      || !why_trial_probability (trial, masked, &left, error))
    return FALSE;
  *value = whole > 0.0 ? MAX (whole - left, 0.0) / whole : 0.0;
  return TRUE;
}

const WhyMetric why_metric_average_drop = {
  .id = "average-drop",
  .name = N_ ("Average drop"),
  .blurb = N_ ("The share of the probability lost when only what the map shows is left."),
  .citation = "Chattopadhyay et al. 2017, arXiv:1710.11063",
  .higher_is_better = FALSE,
  .controls = TRUE,
  .measure = measure,
};
