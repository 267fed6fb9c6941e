/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax of vectors that lie `inner` elements apart, for Softmax, LogSoftmax and Attention. */
#pragma once

#include "kernels/parallel.h"
#include "whylayer/real.h"

G_BEGIN_DECLS

/** Element k of vector (o, i) is at (o · n + k) · inner + i. */
typedef struct
{
  gint64 outer, n, inner;
} WhyVectors;

void why_softmax_forward (const WhyVectors *vectors, gboolean logarithm, const WhyReal *x,
                          WhyReal *y, WhyPool *pool);
void why_softmax_backward (const WhyVectors *vectors, gboolean logarithm, const WhyReal *y,
                           const WhyReal *gy, WhyReal *gx, WhyPool *pool);
/* DeepLIFT with y = exp (x - L), L = log Σ exp (x): three one-variable functions and two sums, each
 * with its own finite difference, so that Σ multipliers · Δx = Δy exactly. The reference of vector
 * (o, i) is (o + outer/2, i). */
void why_softmax_rescale (const WhyVectors *vectors, gboolean logarithm, const WhyReal *x,
                          const WhyReal *gy, WhyReal *gx);
/* AttnLRP (2402.05602, eq. 13): the first-order Taylor expansion of softmax at x,
 * R_x = x · (R_y - y Σ R_y), whose leak is the expansion's constant. */
void why_softmax_relevance (const WhyVectors *vectors, const WhyReal *x, const WhyReal *y,
                            const WhyReal *ry, WhyReal *rx);

G_END_DECLS
