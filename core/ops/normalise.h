/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalisation by the statistics of the input itself: the formula that LayerNormalization,
 * InstanceNormalization, GroupNormalization and RMSNormalization share,
 * y = (x - mean) / sqrt (var + epsilon) · scale + bias over groups of n elements.
 */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/** Element i of the tensor is in group i / n. Scale and bias come in segments that divide a group:
 * either all elements of a segment share one of `count` numbers (one for each channel), or every
 * segment runs along all of them (one for each element). */
typedef struct
{
  gint64 groups, n;
  gint64 segment, count;
  gboolean along;
  gdouble epsilon;
  gboolean centred; /* FALSE: the mean is taken as 0 (root mean square) */
  gint scale, bias; /* which inputs these are; -1: none */
  gint axis;        /* of the first extent that is normalised */
} WhyNormalise;

typedef gboolean (*WhyNormaliseRead) (const WhyInfer *infer, WhyNormalise *plan, GError **error);

/* Reads a normalisation of all axes from the attribute "axis" on, with scale (and bias, or -1)
 * along the last of them. */
gboolean why_normalise_read_last (const WhyInfer *infer, gboolean centred, gint bias,
                                  WhyNormalise *plan, GError **error);

/* The run's plan is a WhyNormalise; input 0 is X, outputs 1 and 2, where present, get the mean and
 * the inverse deviation of each group. */
gboolean why_normalise_infer (const WhyInfer *infer, WhyNormaliseRead read, GError **error);
gpointer why_normalise_prepare (const WhyInfer *infer, WhyNormaliseRead read);
gsize why_normalise_scratch (const WhyInfer *infer, WhyNormaliseRead read, gint threads);
void why_normalise_forward (const WhyRun *run);
void why_normalise_backward (const WhyRun *run);
/* DeepLIFT: differences d = x - mean are linear, v = mean (d²) and d·r are products (midpoint rule)
 * and r = 1/√(v + epsilon) is a function of one number (Δr/Δv), so Σ multipliers · Δx = Δy. */
void why_normalise_rescale (const WhyRun *run);
/* The deviation is held constant (2202.07304, 2402.05602): an affine map then, by the epsilon rule.
 */
void why_normalise_relevance (const WhyRun *run);

/* The callbacks and the row of an operator from its NAME_read. */
#define WHY_DEFINE_NORMALISE(id)                                                                   \
  static gboolean id##_infer (const WhyInfer *infer, GError **error)                               \
  {                                                                                                \
    return why_normalise_infer (infer, id##_read, error);                                          \
  }                                                                                                \
  static gpointer id##_prepare (const WhyNode *node, const WhyInfer *infer)                        \
  {                                                                                                \
    return why_normalise_prepare (infer, id##_read);                                               \
  }                                                                                                \
  static gsize id##_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)             \
  {                                                                                                \
    return why_normalise_scratch (infer, id##_read, threads);                                      \
  }

#define WHY_NORMALISE_ROW(id)                                                                      \
  .infer = id##_infer, .prepare = id##_prepare, .unprepare = g_free, .scratch = id##_scratch,      \
  .forward = why_normalise_forward, .backward = why_normalise_backward,                            \
  .rescale = why_normalise_rescale, .relevance_kind = WHY_RELEVANCE_OWN,                           \
  .relevance = why_normalise_relevance

G_END_DECLS
