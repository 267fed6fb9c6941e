/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer-wise relevance propagation through anything that is linear in one input with constant
 * weights: the rules are written once, over a product and its transpose.
 */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/**
 * WhyLinear: y = W x + bias as two callbacks. The arrays are the operator's own: x and rx have n_x
 * elements in [batch, channels, cells] order, w has n_w, y has n_y.
 */
typedef struct
{
  const WhyRun *run;
  gint64 n_x, n_w, n_y;
  gint64 channels,
      cells; /* of x, for the box of z^B; 0: x is no picture, z^B falls back to epsilon */
  /* y = W x, without bias. */
  void (*forward) (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y);
  /* x += W' y. */
  void (*transposed) (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x);
  /* y = the bias of every output; NULL: none. */
  void (*bias) (const WhyRun *run, WhyReal *y);
} WhyLinear;

/* Adds the relevance of x to rx by the rule of run->lrp; what the inputs do not get (the share of
 * the bias, of epsilon, of z^- …) is added to run->lrp->leak. */
void why_linear_relevance (const WhyLinear *linear, const WhyReal *x, const WhyReal *w,
                           const WhyReal *ry, WhyReal *rx);

/* r / z with z moved away from zero by epsilon in its own direction; 0 where both are 0. */
static inline WhyReal
why_stable_ratio (WhyReal r, WhyReal z, gdouble epsilon)
{
  WhyReal moved = z + (WhyReal)(z >= 0 ? epsilon : -epsilon);
  return moved != 0 ? r / moved : 0;
}

/* Sum of all elements in double. */
gdouble why_sum (const WhyReal *x, gint64 n);

G_END_DECLS
