/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a transformer's attention lies in the graph: the probabilities with which every token of
 * the picture's grid looks at every other. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/** One layer of self-attention over the whole token grid, as separate products and a Softmax or as
 * one Attention node, which keeps its probabilities inside. */
typedef struct
{
  gint node; /* index of its Softmax or Attention in the graph */
  gint heads;
} WhyAttention;

/* All such layers of a net planned for one picture, input side first, and the tokens' grid (may be
 * NULL). NULL with WHY_ERROR_METHOD_UNSUITED when there is none. (element-type WhyAttention)
 * (transfer full) */
GArray *why_attention_find (WhyNet *net, WhyGrid *grid, GError **error);
/* The probabilities [heads,T,T] of the last run; rows sum to 1. Valid until the net is asked for
 * anything else. (transfer none) */
const WhyReal *why_attention_get (WhyNet *net, const WhyAttention *layer);
/* The gradient [heads,T,T] by them of the sum of seed · value `from`, which comes after the layer;
 * NULL with an error of why_net_backward_many(). As valid. (transfer none) */
const WhyReal *why_attention_gradient (WhyNet *net, const WhyAttention *layer, WhyValueId from,
                                       const WhyReal *seed, GError **error);
/* Tokens T of a grid: patches, and class or register tokens before them. */
gint why_attention_tokens (const WhyGrid *grid);
/* The last value in the shape of tokens, input side of node `before` (-1: of the whole graph), that
 * is made by adding two such values: the residual stream there. WHY_VALUE_NONE when there is none.
 */
WhyValueId why_attention_stream (WhyNet *net, gint before);

G_END_DECLS
