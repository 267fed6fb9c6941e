/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the class activation maps share: one forward, one backward that stops at the layer, and a
 * weighting of activations A by gradients G, both [K,h,w]. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

extern const WhyParam why_cam_params[]; /* relu */

/* Adds the map's cells to map [h,w], which starts at zero. */
typedef void (*WhyCamWeigh) (const WhyGrid *grid, const WhyReal *activations,
                             const WhyReal *gradient, WhyReal *map);

/* Grad-CAM's own: Σ_k mean(G_k)·A_k. */
void why_cam_weigh_by_mean (const WhyGrid *grid, const WhyReal *activations,
                            const WhyReal *gradient, WhyReal *map);
/* Adds Σ_k weights[k]·A_k to map. */
void why_cam_combine (const WhyGrid *grid, const WhyReal *activations, const gdouble *weights,
                      WhyReal *map);

gboolean why_cam_run (WhyTask *task, WhyCamWeigh weigh, GError **error);
/* Drops negative cells when the params say so, and says when nothing is left. */
void why_cam_finish (WhyTask *task, WhyTensor *map);

G_END_DECLS
