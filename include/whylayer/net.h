/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"
#include "progress.h"

G_BEGIN_DECLS

/**
 * WhyNet: a model planned for one input shape: shapes inferred, constants folded, Conv+BatchNorm
 * folded, memory laid out. Runs forward and backward. Not thread-safe: one thread at a time, but
 * any thread; several nets share one WhyModel.
 */
typedef struct _WhyNet WhyNet;

typedef struct
{
  gint batch;         /* pictures per run, at least 1 */
  gint height, width; /* 0: the model's own */
  gint threads;       /* 0: one per available core */
  guint64 memory;     /* budget in bytes for activations; 0: the default of limits.h */
  gboolean unfused;   /* keep every node as written (LRP on BatchNorm, tests) */
  gboolean rough;     /* no gradients will be asked for: scores may be off by 1e-5 of the largest */
  gboolean forgets;   /* logits alone are asked for: other values share memory, gradients fail */
  gboolean joins;     /* logits alone are asked for: convolutions write into what concatenates
                       * them, gradients fail; implied by forgets */
  gboolean plain;     /* run nodes as written: no channels-last layout, no fused rectifiers (slower) */
} WhyNetOptions;

/* WHY_ERROR_MODEL_SHAPE when the graph does not accept the shape, WHY_ERROR_MEMORY over budget. */
WhyNet *why_net_new (WhyModel *model, const WhyNetOptions *options, GError **error);
void why_net_free (WhyNet *net);

WhyModel *why_net_get_model (WhyNet *net);
gint why_net_get_batch (WhyNet *net);
/* [N,C,H,W] always, also for NHWC graphs (the net converts at its edge). */
const WhyShape *why_net_get_input_shape (WhyNet *net);
gint why_net_get_n_classes (WhyNet *net);

/**
 * A value is named by its id in the graph, the same for every net of one model.
 * Logits are the values before a trailing Softmax, LogSoftmax or Sigmoid.
 */
typedef gint WhyValueId;
#define WHY_VALUE_NONE (-1)

WhyValueId why_net_get_input (WhyNet *net);
WhyValueId why_net_get_logits (WhyNet *net);
/* A node's name or its output tensor's name → that output; WHY_ERROR_NODE lists near names. */
WhyValueId why_net_find_value (WhyNet *net, const gchar *name, GError **error);
const gchar *why_net_get_value_name (WhyNet *net, WhyValueId id);
const gchar *why_net_get_node_name (WhyNet *net,
                                    WhyValueId id); /* of its producer; NULL for input */
const WhyShape *why_net_get_value_shape (WhyNet *net, WhyValueId id);

/**
 * WhyGrid: how a value lies over the input. Convolutional values are [N,K,h,w]; token values
 * [N,T,K] have T = tokens + h·w; NHWC graphs have [N,h,w,K].
 */
typedef enum
{
  WHY_GRID_NONE,
  WHY_GRID_NCHW,
  WHY_GRID_NHWC,
  WHY_GRID_TOKENS
} WhyGridKind;
typedef struct
{
  WhyGridKind kind;
  gint channels, height, width;
  gint extra_tokens; /* class/register tokens before the patches; WHY_GRID_TOKENS only */
} WhyGrid;
gboolean why_net_get_grid (WhyNet *net, WhyValueId id, WhyGrid *grid);
/* The default CAM layer of notes in docs: the sidecar's, or the last value with a spatial extent
 * over 1×1 before pooling. WHY_ERROR_NODE when the network has none. */
WhyValueId why_net_get_cam_layer (WhyNet *net, GError **error);
/* All values that have a grid, input side first. (element-type gint) (transfer full) */
GArray *why_net_list_grids (WhyNet *net);
/* Copies item n of a grid value to [K,h,w] (class tokens dropped), and back (the rest zero). */
void why_grid_gather (const WhyGrid *grid, const WhyReal *value, WhyReal *khw);
void why_grid_scatter (const WhyGrid *grid, const WhyReal *khw, WhyReal *value);

/* Runs everything the logits need; nothing when the input is the one of the forward before. input:
 * [N,C,H,W] normalised, N the net's batch. The logits are valid until the next run; [N, classes].
 * Fails only with WHY_ERROR_CANCELLED / _FAILED. */
const WhyReal *why_net_forward (WhyNet *net, const WhyReal *input, GError **error);
/* The model's own confidence (WHY_UNSURE_OUTPUT) after a forward: [N], valid until the next run;
 * NULL for a model without. Explanations are of the logits alone. */
const WhyReal *why_net_get_confidence (WhyNet *net);
/* Continues from a value: the value's data is replaced by data (its full shape) and everything
 * after it recomputed; nothing before it is touched. Needs a forward before. */
const WhyReal *why_net_forward_from (WhyNet *net, WhyValueId from, const WhyReal *data,
                                     GError **error);
/* The value's data after a forward, in plain row-major layout and the value's own shape; valid
 * until the next run. */
const WhyReal *why_net_get_value (WhyNet *net, WhyValueId id);

/** How backward treats what it passes. */
typedef enum
{
  WHY_BACKWARD_GRADIENT, /* the derivative; relu'(0) = 0, the first maximum */
  WHY_BACKWARD_GUIDED,   /* Springenberg 2014: rectifiers keep y > 0 and dY > 0 */
  WHY_BACKWARD_DECONV,   /* Zeiler 2013: rectifiers keep dY > 0 whatever y */
  WHY_BACKWARD_RESCALE   /* DeepLIFT's Rescale multipliers: batch item i + N/2 is i's reference */
} WhyBackwardRule;

/* Gradient of sum over n of seed[n]·logits[n] (seed: [N, classes]) at value `to` (the input or any
 * value after it); nothing before `to` is computed. The result has the value's shape ([N,C,H,W] for
 * the input) and is valid until the next run. Needs a forward before. */
const WhyReal *why_net_backward (WhyNet *net, const WhyReal *seed, WhyValueId to,
                                 WhyBackwardRule rule, GError **error);
/* The same from any value (seed: its shape) to several values at once: results[i] belongs to to[i].
 */
gboolean why_net_backward_many (WhyNet *net, WhyValueId from, const WhyReal *seed,
                                const WhyValueId *to, gint n_to, WhyBackwardRule rule,
                                const WhyReal **results, GError **error);

/** What `whylayer inspect` prints. */
typedef struct
{
  guint64 parameters, macs, peak_bytes;
  gint n_nodes;
} WhyNetCost;
void why_net_get_cost (WhyNet *net, WhyNetCost *cost);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyNet, why_net_free)

G_END_DECLS
