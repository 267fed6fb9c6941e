/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 3×3 convolutions of stride 1 by Winograd's algorithm, strip by strip: a strip's transformed input
 * and products stay in the second-level cache. */
#pragma once

#include "kernels/last-product.h"

G_BEGIN_DECLS

typedef struct _WhyWinogradPlan WhyWinogradPlan;

/* filters: [K,C,3,3] of the forward convolution; transposed: shape is already the gradient's (its
 * input channels are K). m: 2 or 4. */
WhyWinogradPlan *why_winograd_plan_new (const WhyLastConvShape *shape, const WhyFilters *filters,
                                        gboolean transposed, gint m);
void why_winograd_plan_free (WhyWinogradPlan *plan);
gsize why_winograd_scratch (const WhyLastConvShape *shape); /* bytes a thread, for either m */
void why_winograd_plan_run (const WhyWinogradPlan *plan, const WhyLatticeRun *run, WhyPool *pool,
                            gpointer scratch);

G_END_DECLS
