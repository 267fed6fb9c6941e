/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "method.h"
#include "target.h"
#include "view.h"

G_BEGIN_DECLS

/**
 * WhyExplanation: one attribution map with everything needed to draw, check and repeat it.
 *
 * map is the raw signed result, never normalised, never upsampled: [C,h,w] for input-space methods
 * before channel reduction, [1,h,w] for maps at a layer's or grid's own resolution. Its h×w cells
 * divide the network input evenly.
 */
typedef struct
{
  WhyTensor *map;
  WhyTensor *error; /* standard error of map, same shape; NULL when deterministic */
  WhyView view;
  WhyTarget target;
  const WhyMethod *method;
  WhyParams *params;
  gchar *layer;          /* name of the node or value used; NULL when the method has none */
  gdouble score;         /* f(x): the target's score for the picture */
  gdouble residual;      /* completeness residual Σ - Δf, NAN when the method promises none */
  gdouble residual_of;   /* the Δf it is a residual of */
  GHashTable *residuals; /* further figures: name → g_free()d gdouble*; "leak", "mass" … */
  GPtrArray *notes;      /* translated sentences a person should read with the map (gchar*) */
} WhyExplanation;

WhyExplanation *why_explanation_new (void);
void why_explanation_free (WhyExplanation *explanation);
void why_explanation_take_map (WhyExplanation *explanation, WhyTensor *map);
void why_explanation_set_residual (WhyExplanation *explanation, const gchar *name, gdouble value);
void why_explanation_add_note (WhyExplanation *explanation, const gchar *note);
/* One value a cell, reduced over channels as the method says (sum, or largest magnitude).
 * (transfer full) [h,w] */
WhyTensor *why_explanation_reduce (const WhyExplanation *explanation);

/* NumPy .npy, float32, C order. */
GBytes *why_npy_write (const WhyTensor *tensor);
WhyTensor *why_npy_read (GBytes *bytes,
                         GError **error); /* WHY_ERROR_PARASITE when not one of ours */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyExplanation, why_explanation_free)

G_END_DECLS
