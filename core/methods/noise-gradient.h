/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of the gradient under Gaussian noise on the input: SmoothGrad, SquareGrad and VarGrad
 * differ only in which moment they draw. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

extern const WhyParam why_noise_params[]; /* samples, sigma, seed */

/* From the mean and the mean square of the gradients to the map, element by element. */
typedef WhyReal (*WhyMoment) (gdouble mean, gdouble mean_square);

/* with_error: the map is the mean; its standard error is kept too. */
gboolean why_noise_run (WhyTask *task, WhyMoment moment, gboolean with_error, GError **error);
gdouble why_noise_estimate (const WhyParams *params, const WhyNet *net);

G_END_DECLS
