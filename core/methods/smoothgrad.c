/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean of the gradients at noisy copies of the picture. */
#include <glib/gi18n-lib.h>

#include "methods/noise-gradient.h"

static WhyReal
moment (gdouble mean, gdouble mean_square)
{
  return (WhyReal)(mean);
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_noise_run (task, moment, TRUE, error);
}

const WhyMethod why_method_smoothgrad = {
  .id = "smoothgrad",
  .name = N_ ("SmoothGrad"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("The gradient averaged over noisy copies: the same answer with less grain."),
  .citation = "Smilkov et al. 2017, arXiv:1706.03825",
  .caveat = N_ ("The noise level decides what is seen; compare two before believing one."),
  .params = why_noise_params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_MAX_ABS,
  .estimate = why_noise_estimate,
  .run = run,
};
