/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The method table. Adding a method is one new file in this folder and one row in method-table.c.
 */
#pragma once

#include "graph/lanes.h"
#include "whylayer/explainer.h"

G_BEGIN_DECLS

/**
 * WhyTask: what a method's run sees. The helpers below do batching, scoring, progress and
 * cancellation, so that a method's file is its formula.
 */
typedef struct
{
  WhyExplainer *explainer;
  const WhyModel *model;
  gint channels, height, width; /* of the input: C, H, W */
  gint n_classes;
  const WhyReal *x; /* [C,H,W] normalised */
  WhyTarget target;
  const WhyParams *params;
  WhyValueId layer;  /* methods that use a layer; WHY_VALUE_NONE otherwise */
  WhyGrid grid;      /* of the layer */
  const gint *parts; /* [H,W]: the person's own parts, numbered from 0; NULL without */
  gint n_parts;
  WhyProgress *progress;
  WhyExplanation *out; /* run must set the map (why_explanation_take_map) */
} WhyTask;

struct _WhyMethod
{
  const gchar *id, *name;
  WhyFamily family;
  const gchar *blurb, *citation, *caveat;
  const WhyParam *params;
  gboolean is_signed, uses_layer, makes_picture;
  WhyReduce reduce;
  WhyScore score; /* the default; all but RISE: the logit */
  gdouble (*estimate) (const WhyParams *params,
                       const WhyNet *net); /* NULL: 3 (forward, backward) */
  gboolean (*run) (WhyTask *task, GError **error);
};

/* Nets whose convolutions may round as they like (WhyNetOptions.rough): for n scores alone, which
 * forget all other values; and for the patcher, which does not. (transfer none) */
WhyLanes *why_explainer_get_lanes (WhyExplainer *explainer, gint64 n, GError **error);
WhyNet *why_explainer_get_patch_net (WhyExplainer *explainer, gint batch, GError **error);

/** Scores of n inputs [n,C,H,W], in batches as large as the model takes and memory allows; progress
 * goes from 0 to 1, or stays where it is for one input. */
gboolean why_task_scores (WhyTask *task, const WhyReal *inputs, gint n, gdouble *scores,
                          GError **error);
/* The same for inputs that are made when needed: fill writes input number index. */
typedef void (*WhyTaskFill) (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data);
typedef void (*WhyTaskTake) (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient,
                             gpointer user_data);
/* Runs n made inputs; take gets each score and, with_gradient, the input gradient [C,H,W] of the
 * score. fill and take are called in order, in the caller's thread. Reports progress from..to. */
gboolean why_task_map (WhyTask *task, gint64 n, gboolean with_gradient, WhyBackwardRule rule,
                       WhyTaskFill fill, WhyTaskTake take, gpointer user_data, GError **error);
/* Σ weights[i] · the input gradient at from + alphas[i] · (to - from), for n points of the straight
 * line between two inputs; sum: [C,H,W]. Reports progress from 0 to 1. */
gboolean why_task_line (WhyTask *task, const WhyReal *from, const WhyReal *to, gint n,
                        const gdouble *alphas, const gdouble *weights, WhyReal *sum,
                        GError **error);
/* Score and input gradient of one input [C,H,W]. gradient: [C,H,W] or NULL. */
gboolean why_task_gradient (WhyTask *task, const WhyReal *input, WhyBackwardRule rule,
                            gdouble *score, WhyReal *gradient, GError **error);
/* Activations and score gradient of the task's layer for x, as [K,h,w]; gradient may be NULL.
 * (arrays of grid.channels·height·width, owned by the caller) */
gboolean why_task_layer (WhyTask *task, WhyReal *activations, WhyReal *gradient, gdouble *score,
                         GError **error);
/* A net that has seen x and computes every value of the graph as written. (transfer none) */
WhyNet *why_task_run_plain (WhyTask *task, GError **error);
/* Refuses scores other than the logit, for methods that hand out logits; WHY_ERROR_METHOD_UNSUITED.
 */
gboolean why_task_check_logit (const WhyTask *task, GError **error);
/* The batch this model and memory allow, at most `want`: of patches; of pictures whose gradients
 * are asked for. */
gint why_task_batch (WhyTask *task, gint want);
gint why_task_gradient_batch (WhyTask *task, gint want);

/** Baselines named in params: black, white, mean, blur, noise. out: [C,H,W]. */
extern const WhyChoice why_baselines[];
void why_task_baseline (WhyTask *task, const gchar *id, guint64 seed, WhyReal *out);
/* Gaussian blur of [C,H,W] with mirrored borders, sigma in pixels. */
void why_blur (const WhyReal *in, gint channels, gint height, gint width, gdouble sigma,
               WhyReal *out);
/* The same with weights only up to radius pixels away. */
void why_blur_window (const WhyReal *in, gint channels, gint height, gint width, gdouble sigma,
                      gint radius, WhyReal *out);
/* Bilinear upsampling (half-pixel centres, clamped) of [h,w] to [H,W]. */
void why_upsample (const WhyReal *in, gint h, gint w, WhyReal *out, gint height, gint width);

G_END_DECLS
