/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window of MaxPool and AveragePool. */
#pragma once

#include "kernels/pooling.h"
#include "ops/check.h"
#include "ops/window-attrs.h"

G_BEGIN_DECLS

typedef struct
{
  WhyWindow window;
  gint64 planes;
  gboolean count_padding;
} WhyPooling;

/* Reads and checks the attributes. Windows that hold only padding are refused, unless padding
 * counts: they would have no maximum and no mean. */
gboolean why_pooling_read (const WhyInfer *infer, WhyPooling *pooling, GError **error);

gboolean why_pooling_infer (const WhyInfer *infer, GError **error);
gpointer why_pooling_prepare (const WhyNode *node, const WhyInfer *infer);
WhyRegion why_pooling_region_forward (const WhyNode *node, const WhyInfer *infer,
                                      WhyRegion changed);
WhyRegion why_pooling_region_backward (const WhyNode *node, const WhyInfer *infer,
                                       WhyRegion needed);

G_END_DECLS
