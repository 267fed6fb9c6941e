/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the probability rises when the picture is multiplied by its map: 1 or 0, averaged over
 * many pictures by whoever asks about many. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint64 numel = (gint64)trial->task.channels * trial->task.height * trial->task.width;
  g_autofree WhyReal *masked = g_new0 (WhyReal, numel);
  gdouble whole, left;

  why_trial_mask_picture (trial, masked);
  if (!why_trial_probability (trial, trial->task.x, &whole, error)
      || !why_trial_probability (trial, masked, &left, error))
    return FALSE;
  *value = left > whole ? 1.0 : 0.0;
  return TRUE;
}

const WhyMetric why_metric_average_increase = {
  .id = "average-increase",
  .name = N_ ("Average increase"),
  .blurb = N_ ("Whether the probability rises when only what the map shows is left."),
  .citation = "Chattopadhyay et al. 2017, arXiv:1710.11063",
  .higher_is_better = TRUE,
  .controls = TRUE,
  .measure = measure,
};
