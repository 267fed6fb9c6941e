/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variance of the gradients at noisy copies of the picture. */
#include <glib/gi18n-lib.h>

#include "methods/noise-gradient.h"

static WhyReal
moment (gdouble mean, gdouble mean_square)
{
  return (WhyReal)(MAX (mean_square - mean * mean, 0.0));
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_noise_run (task, moment, FALSE, error);
}

const WhyMethod why_method_vargrad = {
  .id = "vargrad",
  .name = N_ ("VarGrad"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("How much the gradient varies over noisy copies: where the decision is rough."),
  .citation = "Adebayo et al. 2018, arXiv:1810.03292",
  .caveat = N_ ("Without a sign, and independent of the gradient itself."),
  .params = why_noise_params,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = why_noise_estimate,
  .run = run,
};
