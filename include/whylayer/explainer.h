/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "explanation.h"

G_BEGIN_DECLS

/**
 * WhyExplainer: one model at one input size with its planned nets: the place where classification
 * and attribution are run. Not thread-safe: one thread at a time.
 */
typedef struct _WhyExplainer WhyExplainer;

/* height, width: 0 for the model's own; threads: 0 for one per core. (transfer full) */
WhyExplainer *why_explainer_new (WhyModel *model, gint height, gint width, gint threads,
                                 GError **error);
/* Another model at the same input size with as many threads. (transfer full) */
WhyExplainer *why_explainer_new_like (WhyExplainer *explainer, WhyModel *model, GError **error);
void why_explainer_free (WhyExplainer *explainer);
WhyModel *why_explainer_get_model (WhyExplainer *explainer);
/* The net for a batch, planned at first use and kept; a graph that does not take the batch gives
 * WHY_ERROR_MODEL_SHAPE. (transfer none) */
WhyNet *why_explainer_get_net (WhyExplainer *explainer, gint batch, GError **error);

/* Logits of one normalised input [C,H,W]. logits: [classes]. */
gboolean why_explainer_classify (WhyExplainer *explainer, const WhyReal *input, WhyReal *logits,
                                 GError **error);

typedef struct
{
  const WhyMethod *method;
  const WhyParams *params; /* NULL: defaults */
  const gchar *node;       /* layer by name; NULL or "": the default */
  WhyTarget target;
  const WhyView *view; /* NULL: the input itself is the picture */
  /* Parts of the picture, 0 … n_parts - 1 for each input pixel [H,W] (shapley-of-parts); or NULL.
   */
  const gint *parts;
  gint n_parts;
} WhyQuestion;

/* Runs the method on one normalised input [C,H,W]. Errors: CANCELLED, NODE, METHOD_UNSUITED,
 * ARGUMENT, MEMORY. (transfer full) */
WhyExplanation *why_explainer_explain (WhyExplainer *explainer, const WhyReal *input,
                                       const WhyQuestion *question, WhyProgress *progress,
                                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyExplainer, why_explainer_free)

G_END_DECLS
