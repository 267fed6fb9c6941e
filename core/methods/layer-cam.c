/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k relu(G_k) · A_k, element by element. */
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
        map[p] += MAX (g[p], 0) * a[p];
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_layer_cam = {
  .id = "layer-cam",
  .name = N_ ("LayerCAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Keeps cells whose own gradient is positive: finer at earlier layers."),
  .citation = "Jiang et al. 2021, IEEE TIP 30",
  .caveat = N_ ("At early layers it follows textures more than decisions."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
