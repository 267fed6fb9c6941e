/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all elementwise operators share: regions, and DeepLIFT's pairs. */
#pragma once

#include "ops/loop.h"

G_BEGIN_DECLS

/* Below this difference DeepLIFT's Δy/Δx is replaced by the derivative. */
#define WHY_RESCALE_TINY WHY_REAL (1e-6)

/* Elements between an item of the first half of the batch and its reference in the second. */
gint64 why_rescale_half (const WhyTensor *tensor);

/* Region callbacks of operators whose output cell depends on the same cell of their inputs. An
 * input that is broadcast along rows or columns makes it the whole output. */
WhyRegion why_region_same (const WhyNode *node, const WhyInfer *infer, WhyRegion region);

/* Brings integers that are stored as WhyReal back into their type: truncated towards zero and
 * wrapped like two's complement. Does nothing for floating types. */
void why_tensor_wrap (WhyTensor *tensor);

/* Fails unless input i is a floating type (or absent). */
gboolean why_infer_floating (const WhyInfer *infer, gint i, GError **error);

G_END_DECLS
