/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k G_k · A_k, element by element. */
#include <glib/gi18n-lib.h>

#include "methods/cam-common.h"

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  for (gint k = 0; k < grid->channels; k++)
    {
      const WhyReal *a = activations + k * cells, *g = gradient + k * cells;

      for (gint64 p = 0; p < cells; p++)
        map[p] += g[p] * a[p];
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_hires_cam = {
  .id = "hires-cam",
  .name = N_ ("HiResCAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Each cell with its own gradient: only places that really raised the score."),
  .citation = "Draelos, Carin 2020, arXiv:2011.08891",
  .caveat = N_ ("On networks that end in pooling and one linear layer it equals Grad-CAM."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
