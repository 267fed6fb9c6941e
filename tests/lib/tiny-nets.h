/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small networks with known or seeded weights, for exact tests. All take "input" [-1,C,H,W] and
 * give "logits" [-1,classes]; every node's output has the node's name. (transfer full) */
#pragma once

#include "onnx-builder.h"

/* Channels of the builder's picture. */
gint tiny_net_channels (const OnnxBuilder *builder);

/* A weight of n elements, uniform in ±scale/√fan_in with fan_in the product of all but the first
 * extent; the same for the same name. */
void tiny_net_random (OnnxBuilder *builder, const gchar *name, WhyShape shape, gdouble scale);

/* N1 of Captum's tests, input [1,4,4]: "conv1" 1→2 of ones without padding, bias -50, -75; "relu1";
 * "flatten"; dense 8→2 without bias, rows 1 1 1 1 1 -1 -1 -1. */
OnnxBuilder *tiny_net_n1 (void);
/* Dense layers on the pixels of a [1,1,n] picture. weights: per layer, [rows, columns] row-major;
 * biases may be NULL; a Relu follows every layer but the last. */
typedef struct
{
  gint rows, columns;
  const gdouble *weights, *bias;
} TinyDense;
OnnxBuilder *tiny_net_dense (gint n_layers, const TinyDense *layers);
/* "flatten", "logits": one dense layer with bias, seeded. */
OnnxBuilder *tiny_net_linear (gint channels, gint height, gint width, gint classes);
/* Bias-free: "conv1" 3→6 stride 2, "relu1", "conv2", "relu2", "flatten", "logits"; homogeneous. */
OnnxBuilder *tiny_net_homogeneous (gint height, gint width);
/* "conv1" with bias, "bn" (folds), "relu1", max-pooling "pool", "conv2", "relu2", global average
 * pooling and a dense layer. folded: BatchNormalization multiplied into conv1. */
OnnxBuilder *tiny_net_batchnorm (gint height, gint width, gboolean folded);
/* No rectifier: "conv1", "tanh", "conv2", "sigmoid", global average pooling, dense. */
OnnxBuilder *tiny_net_smooth (gint height, gint width);
/* Residual sums, a depthwise convolution, max-pooling, and one transformer block with a class token
 * and two heads over the pooled grid (H/4 × W/4); post-norm classifier on the class token. The
 * block's attention is "attention", its first LayerNormalization "norm1". */
OnnxBuilder *tiny_net_mixed (gint height, gint width);
/* The same network with its attention in one Attention node, "joined". */
OnnxBuilder *tiny_net_mixed_fused (gint height, gint width);
