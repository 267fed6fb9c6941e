/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k mean(G_k) · A_k, negative evidence dropped unless relu=no. */
#include <glib/gi18n-lib.h>

#include "methods/cam.h"

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  for (gint k = 0; k < grid->channels; k++)
    {
      gdouble mean = 0.0;
      for (gint64 p = 0; p < cells; p++)
        mean += (gdouble)gradient[k * cells + p];
      mean /= (gdouble)cells;
      for (gint64 p = 0; p < cells; p++)
        map[p] += (WhyReal)(mean * (gdouble)activations[k * cells + p]);
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_grad_cam = {
  .id = "grad-cam",
  .name = N_ ("Grad-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb
  = N_ ("Where the last layer's features that speak for the class are active: fast and coarse."),
  .citation = "Selvaraju et al. 2017, arXiv:1610.02391",
  .caveat = N_ ("As coarse as the layer it reads; it can miss several copies of the same thing."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
