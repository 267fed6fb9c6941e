/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean of the squared gradients at noisy copies of the picture. */
#include <glib/gi18n-lib.h>

#include "methods/noise-gradient.h"

static WhyReal
moment (gdouble mean, gdouble mean_square)
{
  return (WhyReal)(mean_square);
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_noise_run (task, moment, FALSE, error);
}

const WhyMethod why_method_squaregrad = {
  .id = "squaregrad",
  .name = N_ ("SquareGrad"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb
  = N_ ("The squared gradient averaged over noisy copies: where the score is sensitive at all."),
  .citation = "Hooker et al. 2018, arXiv:1806.10758",
  .caveat = N_ ("Without a sign: it cannot tell for from against."),
  .params = why_noise_params,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = why_noise_estimate,
  .run = run,
};
