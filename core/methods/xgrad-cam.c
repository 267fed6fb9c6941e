/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k (Σ A_k·G_k / Σ A_k) · A_k. */
#include <glib/gi18n-lib.h>

#include "methods/cam-common.h"

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  for (gint k = 0; k < grid->channels; k++)
    {
      const WhyReal *a = activations + k * cells, *g = gradient + k * cells;

      gdouble product = 0.0, sum = 0.0;
      for (gint64 p = 0; p < cells; p++)
        {
          product += (gdouble)a[p] * (gdouble)g[p];
          sum += (gdouble)a[p];
        }
      if (sum == 0.0) /* a silent channel has nothing to share out */
        continue;
      for (gint64 p = 0; p < cells; p++)
        map[p] += (WhyReal)(product / sum * (gdouble)a[p]);
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_xgrad_cam = {
  .id = "xgrad-cam",
  .name = N_ ("XGrad-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Grad-CAM with weights that make the map add up better."),
  .citation = "Fu et al. 2020, arXiv:2008.02312",
  .caveat = N_ ("As coarse as the layer it reads."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
