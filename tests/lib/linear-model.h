/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers whose explanations are known in closed form. */
#pragma once

#include "whylayer/explainer.h"

/* Input [N,channels,height,width] → Flatten → Gemm: logit k = Σ weights[k·numel + i]·x[i]. Two
 * classes; class 1 has no weights, so its logit is 0. */
WhyModel *linear_model_new (gint channels, gint height, gint width, const gdouble *weights);
/* The logit of class 0 explained by a method with these parameters. */
WhyExplanation *linear_model_explain (WhyModel *model, const gchar *method, const gchar *parameters,
                                      const WhyReal *x);
