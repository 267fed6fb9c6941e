/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution on channels-last data, planned once for its shape: weights packed, algorithm chosen.
 * The input gradient is the same machinery with transposed weights.
 */
#pragma once

#include "kernels/kernels.h"
#include "kernels/parallel.h"
#include "kernels/window.h"

G_BEGIN_DECLS

/** What to convolve; the last two axes of window are rows and columns, the first is 1. */
typedef struct
{
  WhyWindow window;
  gint64 batch, groups;
  gint64 in_channels, out_channels; /* in all groups together */
  gint64 pitch;                     /* numbers from pixel to pixel of y; 0: out_channels */
  gboolean planar_input;            /* x is [N,C,H,W] (the picture), not [N,H,W,C] */
  gboolean rough; /* forward, for scores only: F(4×4,3×3) or split products, good to 1e-5 of the
                   * largest value; such errors flip rectifiers near zero, which gradients show */
  gboolean clamp; /* the rectifier that follows: low … high */
  WhyReal low, high;
} WhyLastConvShape;

/** What a convolution has learned. */
typedef struct
{
  const WhyReal *filters; /* [K, C/groups, R, S] as in ONNX */
  const gdouble *scale;   /* [K]: what each filter is multiplied by; NULL: nothing */
  const WhyReal *bias;    /* [K] or NULL */
} WhyFilters;

/* Number i of the filter to output channel k. */
static inline WhyReal
why_filters_get (const WhyFilters *filters, gint64 k, gint64 i)
{
  WhyReal number = filters->filters[i];

  return filters->scale ? (WhyReal)((gdouble)number * filters->scale[k]) : number;
}

typedef struct _WhyLastConv WhyLastConv;

/* What filters points at is kept by reference. Those for the gradient are packed at first use. */
WhyLastConv *why_last_conv_new (const WhyLastConvShape *shape, const WhyFilters *filters,
                                gint threads);
void why_last_conv_free (WhyLastConv *conv);
const gchar *why_last_conv_get_algorithm (const WhyLastConv *conv); /* for inspection and benches */
gsize why_last_conv_scratch (const WhyLastConvShape *shape,
                             gint threads); /* bytes, both directions */

/* y [N,OH,OW,K] = clamp (conv (x) + bias + residual); residual: like y, or NULL. part: NULL, or the
 * only pixels of y to compute. */
void why_last_conv_forward (WhyLastConv *conv, const WhyReal *x, const WhyReal *residual,
                            WhyReal *y, const WhyPart *part, WhyPool *pool, gpointer scratch);
/* dx = the gradient by x, or dx += it; dy is the gradient before clamp and residual. */
void why_last_conv_backward (WhyLastConv *conv, const WhyReal *dy, WhyReal *dx, gboolean accumulate,
                             WhyPool *pool, gpointer scratch);

G_END_DECLS
