/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the map's largest value lies inside the person's selection; the selection's share of the
 * area stands beside it, because a large selection is easily hit. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint64 plane = (gint64)trial->task.height * trial->task.width, top = 0;
  gdouble area = 0.0;

  for (gint64 i = 0; i < plane; i++)
    {
      if (trial->map[i] > trial->map[top])
        top = i;
      area += (gdouble)trial->mask[i];
    }
  *value = trial->mask[top] >= WHY_REAL (0.5) ? 1.0 : 0.0;
  why_trial_set_detail (trial, "area", area / (gdouble)plane);
  return TRUE;
}

const WhyMetric why_metric_pointing_game = {
  .id = "pointing-game",
  .name = N_ ("Pointing game"),
  .blurb = N_ ("Whether the most relevant place lies in your selection."),
  .citation = "Zhang et al. 2016, arXiv:1608.00507",
  .higher_is_better = TRUE,
  .needs_mask = TRUE,
  .controls = TRUE,
  .measure = measure,
};
