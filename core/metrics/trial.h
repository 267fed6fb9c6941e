/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the metrics share. */
#pragma once

#include "metrics/metric.h"

G_BEGIN_DECLS

/* Pixels by falling value; equal ones in reading order. (transfer full) [H·W] */
gint *why_trial_order (const WhyTrial *trial);
/* Shows or hides the pixels in that order, an even number a step, and measures the probability of
 * the target (or, with own_score, the question's own score) at every step: scores[0 … steps].
 * Hidden pixels are those of base [C,H,W]. insert: from base to the picture; else from the picture
 * to base. */
gboolean why_trial_curve (WhyTrial *trial, const WhyReal *base, gboolean insert, gboolean own_score,
                          gint steps, gdouble *scores, GError **error);
/* The area under scores[0 … steps] over 0 … 1, by trapezoids. */
gdouble why_curve_area (const gdouble *scores, gint steps);
/* The map's positive part scaled to a largest value of 1, as a mask over the picture: x ⊙ mask.
 * masked: [C,H,W]. FALSE when nothing is positive. */
gboolean why_trial_mask_picture (const WhyTrial *trial, WhyReal *masked);
/* The probability of the target for one input. */
gboolean why_trial_probability (WhyTrial *trial, const WhyReal *input, gdouble *probability,
                                GError **error);
void why_trial_set_detail (WhyTrial *trial, const gchar *name, gdouble value);

G_END_DECLS
