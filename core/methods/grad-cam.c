/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k mean(G_k) · A_k, negative evidence dropped unless relu=no. */
#include <glib/gi18n-lib.h>

#include "methods/cam-common.h"

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, why_cam_weigh_by_mean, error);
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
