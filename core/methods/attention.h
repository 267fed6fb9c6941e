/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a transformer's attention lies in the graph: the probabilities with which every token of
 * the picture's grid looks at every other. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/** One layer of self-attention over the whole token grid. */
typedef struct
{
  WhyValueId probabilities; /* [heads, T, T], leading axes of any rank; rows sum to 1 */
  gint node;                /* index of its Softmax in the graph */
  gint heads;
} WhyAttention;

/* All such layers of a net planned for one picture, input side first, and the tokens' grid (may be
 * NULL). NULL with WHY_ERROR_METHOD_UNSUITED when there is none. (element-type WhyAttention)
 * (transfer full) */
GArray *why_attention_find (WhyNet *net, WhyGrid *grid, GError **error);
/* Tokens T of a grid: patches, and class or register tokens before them. */
gint why_attention_tokens (const WhyGrid *grid);
/* The last value in the shape of tokens, input side of node `before` (-1: of the whole graph), that
 * is made by adding two such values: the residual stream there. WHY_VALUE_NONE when there is none.
 */
WhyValueId why_attention_stream (WhyNet *net, gint before);

G_END_DECLS
