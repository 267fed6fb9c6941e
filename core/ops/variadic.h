/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of any number of inputs, all broadcast to one shape: Sum, Mean, Min, Max. */
#pragma once

#include "ops/binary.h"

G_BEGIN_DECLS

gboolean why_variadic_infer (const WhyInfer *infer, GError **error);
/* y = in[0], then y = f (y, in[i]) with rows of WHY_BINARY_ROW. */
void why_variadic_forward (const WhyRun *run, WhyLoopFunc real, WhyLoopFunc integer);
/* Adds factor·dY to every input. */
void why_variadic_backward_linear (const WhyRun *run, WhyReal factor);

/* Min and Max. sign: 1 for the largest, -1 for the smallest. */
gsize why_extremum_scratch (const WhyNode *node, const WhyInfer *infer, gint threads);
/* The first input that is the extremum takes the gradient. */
void why_extremum_backward (const WhyRun *run);
/* DeepLIFT: the change of y is walked input by input from the reference to x, in both orders, and
 * the mean is taken: exact for any number of inputs, the Shapley value for two. */
void why_extremum_rescale (const WhyRun *run, gint sign);

G_END_DECLS
