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
/* The raw map of the same question about another input, or (explainer not the trial's own) of
 * another model: the method is run again, a control is filled again. (transfer full) */
WhyTensor *why_trial_redo (WhyTrial *trial, WhyExplainer *explainer, const WhyReal *input,
                           GError **error);
/* The raw map that is judged, shaped like those of why_trial_redo. (transfer full) */
WhyTensor *why_trial_raw (const WhyTrial *trial);
/* What a map says about a selection [H,W]. */
typedef gdouble (*WhyMaskScore) (const WhyTrial *trial, const WhyReal *mask);
/* The score for the person's selection; as details its "area" (share of the picture) and what the
 * same selection would score elsewhere, "moved" (mean over random places inside the picture), so
 * that a large selection does not look good for free. */
void why_trial_judge_mask (const WhyTrial *trial, WhyMaskScore score, gdouble *value);
void why_trial_set_detail (const WhyTrial *trial, const gchar *name, gdouble value);

G_END_DECLS
