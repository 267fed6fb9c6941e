/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shapes of a convolution, shared by Conv, ConvInteger and QLinearConv. */
#pragma once

#include "kernels/conv.h"
#include "ops/op.h"

G_BEGIN_DECLS

/* Which inputs of the node are picture, weights and bias (-1: none). */
typedef struct
{
  gint x, w, bias;
} WhyConvInputs;

/* Reads and checks attributes and input shapes. */
gboolean why_conv_read (const WhyInfer *infer, const WhyConvInputs *inputs, WhyConv *conv,
                        GError **error);
/* The shape of Y. */
WhyShape why_conv_shape (const WhyInfer *infer, const WhyConvInputs *inputs, const WhyConv *conv);
WhyRegion why_conv_changed (const WhyInfer *infer, const WhyConvInputs *inputs, WhyRegion changed);
WhyRegion why_conv_needed (const WhyInfer *infer, const WhyConvInputs *inputs, WhyRegion needed);
guint64 why_conv_macs (const WhyInfer *infer, const WhyConvInputs *inputs);

G_END_DECLS
