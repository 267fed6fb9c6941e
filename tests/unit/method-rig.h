/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods on small networks: a built network becomes a model whose input is the pixels themselves
 * (black is 0, white is 1), asked about through the real explainer.
 *
 *   g_autoptr (MethodRig) rig = method_rig_new (tiny_net_relu (5, 7), 5, 7);
 *   g_autoptr (WhyExplanation) out = method_rig_explain (rig, "lrp", "rule=epsilon", NULL);
 */
#pragma once

#include "graph/net-private.h"
#include "methods/method.h"
#include "tiny-nets.h"
#include "whylayer/rng.h"

G_BEGIN_DECLS

/* Of the largest value compared: what sums of a few thousand products may be off by. */
#ifdef WHY_REAL_DOUBLE
#  define METHOD_TOLERANCE 1e-9
#  define METHOD_IS_DOUBLE TRUE
#else
#  define METHOD_TOLERANCE 2e-5
#  define METHOD_IS_DOUBLE FALSE
#endif

typedef struct
{
  WhyModel *model;
  WhyExplainer *explainer;
  gint channels, height, width;
  gint64 n;         /* C·H·W */
  WhyReal *x;       /* [C,H,W]: random until a test writes it */
  WhyTarget target; /* class 0, no contrast, logit */
} MethodRig;

/* Takes builder. seed: of x, which is uniform in 0 … 1. */
MethodRig *method_rig_new (OnnxBuilder *builder, gint height, gint width, guint64 seed);
/* The same where white is another value than 1. */
MethodRig *method_rig_new_white (OnnxBuilder *builder, gint height, gint width, guint64 seed,
                                 gdouble white);
/* A model file at its own size; x is a smooth random picture, the target the class it is taken for.
 */
MethodRig *method_rig_new_file (const gchar *path);
MethodRig *method_rig_new_bundled (void);
void method_rig_free (MethodRig *rig);

/* set: "NAME=VALUE;…" or NULL. Fails the test on any error. (transfer full) */
WhyExplanation *method_rig_explain (MethodRig *rig, const gchar *method, const gchar *set,
                                    const gchar *node);
void method_rig_assert_refused (MethodRig *rig, const gchar *method, const gchar *set,
                                const gchar *node, WhyError code);
gdouble method_rig_score (MethodRig *rig, const WhyReal *input);
/* Activations and gradient of a layer, [K,h,w]. (transfer full) */
void method_rig_layer (MethodRig *rig, const gchar *node, WhyGrid *grid, WhyReal **activations,
                       WhyReal **gradient);

gdouble method_rig_sum (const WhyTensor *map);
gdouble method_rig_residual (const WhyExplanation *explanation, const gchar *name);
/* Largest |a - b| over the largest |b|. */
gdouble method_rig_distance (const WhyReal *a, const WhyReal *b, gint64 n);
void method_rig_assert_near (const WhyTensor *map, const gdouble *expected, gint64 n,
                             gdouble tolerance);
void method_rig_assert_shape (const WhyTensor *map, gint64 channels, gint64 height, gint64 width);
/* |got - expected| ≤ tolerance · max (|expected|, 1) */
void method_rig_assert_close (gdouble got, gdouble expected, gdouble tolerance);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MethodRig, method_rig_free)

G_END_DECLS
