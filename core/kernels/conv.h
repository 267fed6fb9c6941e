/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernels/parallel.h"
#include "kernels/window.h"

G_BEGIN_DECLS

/**
 * WhyConv: a convolution of [batch, groups · in_channels] × window.in to
 * [batch, groups · out_channels] × window.out with weights
 * [groups · out_channels, in_channels] × window.kernel.
 */
typedef struct
{
  WhyWindow window;
  gint64 batch, groups;
  gint64 in_channels, out_channels; /* of one group */
} WhyConv;

/* Bytes of scratch that the functions below need with that many threads. */
gsize why_conv_scratch (const WhyConv *conv, gint threads);

/* y = conv (x, w) + bias; bias may be NULL. */
void why_conv_forward (const WhyConv *conv, const WhyReal *x, const WhyReal *w, const WhyReal *bias,
                       WhyReal *y, WhyPool *pool, gpointer scratch);
/* x += conv' (y, w): the transpose, which is the gradient with respect to x. */
void why_conv_transposed (const WhyConv *conv, const WhyReal *y, const WhyReal *w, WhyReal *x,
                          WhyPool *pool, gpointer scratch);
/* gw += the gradient with respect to the weights. */
void why_conv_weights (const WhyConv *conv, const WhyReal *x, const WhyReal *gy, WhyReal *gw,
                       WhyPool *pool, gpointer scratch);
/* gbias += the sums of gy over pictures and cells. */
void why_conv_bias (const WhyConv *conv, const WhyReal *gy, WhyReal *gbias);

G_END_DECLS
