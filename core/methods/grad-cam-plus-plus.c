/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights Σ α·relu(G), α = G² / (2G² + (ΣA)·G³), 0 where G = 0. */
#include <glib/gi18n-lib.h>

#include "methods/cam-common.h"

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  for (gint k = 0; k < grid->channels; k++)
    {
      const WhyReal *a = activations + k * cells, *g = gradient + k * cells;

      gdouble sum = 0.0, weight = 0.0;
      for (gint64 p = 0; p < cells; p++)
        sum += (gdouble)a[p];
      for (gint64 p = 0; p < cells; p++)
        {
          gdouble d = (gdouble)g[p], below = 2.0 * d * d + sum * d * d * d;
          if (d > 0.0 && below != 0.0) /* relu(G) is zero elsewhere */
            weight += d * d / below * d;
        }
      for (gint64 p = 0; p < cells; p++)
        map[p] += (WhyReal)(weight * (gdouble)a[p]);
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_grad_cam_plus_plus = {
  .id = "grad-cam-plus-plus",
  .name = N_ ("Grad-CAM++"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Grad-CAM that counts several copies of the same thing."),
  .citation = "Chattopadhyay et al. 2017, arXiv:1710.11063",
  .caveat = N_ ("Its weights are always positive: what speaks against the class may show as "
                "evidence for it."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
