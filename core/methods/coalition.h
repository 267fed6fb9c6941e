/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures in which only some features are shown and the rest is filled: what LIME, the Shapley
 * methods and the minimal region ask the network about. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/** Features are sets of pixels; channels apart when per_channel. */
typedef struct
{
  gint n;
  gint *labels; /* [H,W], or [C,H,W] when per_channel: the feature of each number */
  gboolean per_channel;
  WhyReal *fill; /* [C,H,W]: what stands where a feature is off */
} WhyFeatures;

void why_features_clear (WhyFeatures *features);
/* A grid of rows × columns cells, numbered row by row. */
void why_features_init_grid (WhyFeatures *features, WhyTask *task, gint rows, gint columns,
                             const gchar *fill, guint64 seed);
/* About n superpixels (SLIC, Achanta 2012) of the task's picture. */
void why_features_init_segments (WhyFeatures *features, WhyTask *task, gint n, const gchar *fill,
                                 guint64 seed);

/* Scores of count coalitions; on: [count][n], non-zero where a feature is shown. */
gboolean why_coalition_scores (WhyTask *task, const WhyFeatures *features, const guint8 *on,
                               gint64 count, gdouble *scores, GError **error);
/* All 2ⁿ coalitions, in the order of their bit patterns (feature i is bit i). n ≤ WHY_MAX_PARTS. */
gboolean why_coalition_enumerate (WhyTask *task, const WhyFeatures *features, gdouble *scores,
                                  GError **error);
/* Exact Shapley values of n features from all 2ⁿ scores. */
void why_shapley_exact (const gdouble *scores, gint n, gdouble *values);

/* A [1,H,W] map (or [C,H,W] when per_channel) in which each feature's value is spread evenly over
 * its numbers, so that the map sums to the values' sum. (transfer full) */
WhyTensor *why_features_spread (const WhyFeatures *features, const WhyTask *task,
                                const gdouble *values);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WhyFeatures, why_features_clear)

G_END_DECLS
