/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the map's largest value lies inside the person's selection. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

/* The middle of the first cell that has the largest value: a cell is many pixels of one value. */
static gdouble
is_hit (const WhyTrial *trial, const WhyReal *mask)
{
  gint height = trial->task.height, width = trial->task.width, top = 0, rows = 1, columns = 1;
  const WhyReal *map = trial->map;

  for (gint i = 0; i < height * width; i++)
    if (map[i] > map[top])
      top = i;
  while (top % width + columns < width && map[top + columns] == map[top])
    columns++;
  while (top / width + rows < height && map[top + rows * width] == map[top])
    rows++;
  return mask[top + rows / 2 * width + columns / 2] >= WHY_REAL (0.5) ? 1.0 : 0.0;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  why_trial_judge_mask (trial, is_hit, value);
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
