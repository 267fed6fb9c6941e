/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiny-nets.h"

#include <math.h>

#include "whylayer/rng.h"

#define OPSET 17

gint
tiny_net_channels (const OnnxBuilder *builder)
{
  return (gint)builder->model->graph->input[0]->type->tensor_type->shape->dim[1]->dim_value;
}

void
tiny_net_random (OnnxBuilder *builder, const gchar *name, WhyShape shape, gdouble scale)
{
  gint64 n = why_shape_numel (&shape), fan_in = why_shape_span (&shape, 1, shape.rank);
  g_autofree gdouble *values = g_new (gdouble, n);
  WhyRng rng;

  why_rng_init (&rng, g_str_hash (name), 1);
  for (gint64 i = 0; i < n; i++) /* floats, so that both number types compute with the same */
    values[i] = (gfloat)((2.0 * why_rng_uniform (&rng) - 1.0) * scale / sqrt ((gdouble)fan_in));
  onnx_builder_add_initializer (builder, name, WHY_DTYPE_FLOAT, shape, values);
}

static OnnxBuilder *
new_net (gint channels, gint height, gint width, gint classes)
{
  OnnxBuilder *builder = onnx_builder_new (OPSET);

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT,
                          WHY_SHAPE (-1, channels, height, width));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, classes));
  return builder;
}

/* A node whose output has its name. */
static Onnx__NodeProto *
add (OnnxBuilder *builder, const gchar *op, const gchar *name, const gchar *inputs)
{
  return onnx_builder_add_node (builder, op, name, inputs, name);
}

static void
add_gemm (OnnxBuilder *builder, const gchar *name, const gchar *inputs)
{
  onnx_builder_set_int (builder, add (builder, "Gemm", name, inputs), "transB", 1);
}

/* Seeded convolution, padded to keep the size at stride 1. */
static void
add_conv (OnnxBuilder *builder, const gchar *name, const gchar *input, gint from, gint to,
          gint kernel, gint stride, gint groups, gboolean bias)
{
  g_autofree gchar *weight = g_strconcat (name, ".weight", NULL);
  g_autofree gchar *shift = g_strconcat (name, ".bias", NULL);
  g_autofree gchar *inputs = g_strjoin (" ", input, weight, bias ? shift : NULL, NULL);
  Onnx__NodeProto *node = add (builder, "Conv", name, inputs);
  gint pad = kernel / 2;

  tiny_net_random (builder, weight, WHY_SHAPE (to, from / groups, kernel, kernel), 2.0);
  if (bias)
    tiny_net_random (builder, shift, WHY_SHAPE (to), 0.3);
  onnx_builder_set_ints (builder, node, "pads", ONNX_INTS (pad, pad, pad, pad));
  onnx_builder_set_ints (builder, node, "strides", ONNX_INTS (stride, stride));
  onnx_builder_set_int (builder, node, "group", groups);
}

static void
add_classifier (OnnxBuilder *builder, const gchar *input, gint features, gint classes,
                gboolean bias)
{
  g_autofree gchar *inputs
      = g_strjoin (" ", input, "logits.weight", bias ? "logits.bias" : NULL, NULL);

  tiny_net_random (builder, "logits.weight", WHY_SHAPE (classes, features), 2.0);
  if (bias)
    tiny_net_random (builder, "logits.bias", WHY_SHAPE (classes), 0.5);
  add_gemm (builder, "logits", inputs);
}

static void
add_pooled_classifier (OnnxBuilder *builder, const gchar *input, gint features, gint classes)
{
  add (builder, "GlobalAveragePool", "gap", input);
  add (builder, "Flatten", "features", "gap");
  add_classifier (builder, "features", features, classes, TRUE);
}

OnnxBuilder *
tiny_net_n1 (void)
{
  static const gdouble ones[18] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  static const gdouble dense[] = { 1, 1, 1, 1, 1, -1, -1, -1, 1, 1, 1, 1, 1, -1, -1, -1 };
  OnnxBuilder *builder = new_net (1, 4, 4, 2);

  onnx_builder_add_initializer (builder, "conv1.weight", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 1, 3, 3),
                                ones);
  onnx_builder_add_initializer (builder, "conv1.bias", WHY_DTYPE_FLOAT, WHY_SHAPE (2),
                                (const gdouble[]){ -50, -75 });
  onnx_builder_add_initializer (builder, "dense.weight", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 8), dense);
  add (builder, "Conv", "conv1", "input conv1.weight conv1.bias");
  add (builder, "Relu", "relu1", "conv1");
  add (builder, "Flatten", "flatten", "relu1");
  add_gemm (builder, "logits", "flatten dense.weight");
  return builder;
}

OnnxBuilder *
tiny_net_dense (gint n_layers, const TinyDense *layers)
{
  OnnxBuilder *builder = new_net (1, 1, layers[0].columns, layers[n_layers - 1].rows);
  g_autofree gchar *input = g_strdup ("flatten");

  add (builder, "Flatten", "flatten", "input");
  for (gint l = 0; l < n_layers; l++)
    {
      gboolean last = l == n_layers - 1;
      g_autofree gchar *weight = g_strdup_printf ("dense%d.weight", l + 1);
      g_autofree gchar *bias = g_strdup_printf ("dense%d.bias", l + 1);
      g_autofree gchar *dense = last ? g_strdup ("logits") : g_strdup_printf ("dense%d", l + 1);
      g_autofree gchar *inputs = g_strjoin (" ", input, weight, layers[l].bias ? bias : NULL, NULL);
      onnx_builder_add_initializer (builder, weight, WHY_DTYPE_FLOAT,
                                    WHY_SHAPE (layers[l].rows, layers[l].columns),
                                    layers[l].weights);
      if (layers[l].bias)
        onnx_builder_add_initializer (builder, bias, WHY_DTYPE_FLOAT, WHY_SHAPE (layers[l].rows),
                                      layers[l].bias);
      add_gemm (builder, dense, inputs);
      g_free (input);
      input = g_strdup_printf ("relu%d", l + 1);
      if (!last)
        add (builder, "Relu", input, dense);
    }
  return builder;
}

OnnxBuilder *
tiny_net_linear (gint channels, gint height, gint width, gint classes)
{
  OnnxBuilder *builder = new_net (channels, height, width, classes);

  add (builder, "Flatten", "flatten", "input");
  add_classifier (builder, "flatten", channels * height * width, classes, TRUE);
  return builder;
}

OnnxBuilder *
tiny_net_homogeneous (gint height, gint width)
{
  OnnxBuilder *builder = new_net (3, height, width, 3);
  gint h = (height + 1) / 2, w = (width + 1) / 2;

  add_conv (builder, "conv1", "input", 3, 6, 3, 2, 1, FALSE);
  add (builder, "Relu", "relu1", "conv1");
  add_conv (builder, "conv2", "relu1", 6, 4, 3, 1, 1, FALSE);
  add (builder, "Relu", "relu2", "conv2");
  add (builder, "Flatten", "flatten", "relu2");
  add_classifier (builder, "flatten", 4 * h * w, 3, FALSE);
  return builder;
}

#define BN_CHANNELS 6

static const gdouble bn_scale[BN_CHANNELS] = { 1.5, -0.5, 0.75, 2, 1, 1.25 };
static const gdouble bn_shift[BN_CHANNELS] = { 0.25, 0.5, -0.25, 0.125, -0.5, 0 };
static const gdouble bn_mean[BN_CHANNELS] = { 0.5, -0.25, 0, 1, 0.125, -0.5 };
static const gdouble bn_var[BN_CHANNELS] = { 0.5, 1, 2, 0.25, 4, 1.5 };
#define BN_EPSILON 0.125

static void
add_batchnorm (OnnxBuilder *builder, const gchar *input)
{
  static const gdouble *const vectors[] = { bn_scale, bn_shift, bn_mean, bn_var };
  static const gchar *const names[] = { "bn.scale", "bn.shift", "bn.mean", "bn.var" };
  g_autofree gchar *inputs = g_strconcat (input, " bn.scale bn.shift bn.mean bn.var", NULL);
  Onnx__NodeProto *node = add (builder, "BatchNormalization", "bn", inputs);

  for (gint i = 0; i < 4; i++)
    onnx_builder_add_initializer (builder, names[i], WHY_DTYPE_FLOAT, WHY_SHAPE (BN_CHANNELS),
                                  vectors[i]);
  onnx_builder_set_float (builder, node, "epsilon", BN_EPSILON);
}

/* conv1 with BatchNormalization multiplied in, in double. */
static void
add_folded_conv (OnnxBuilder *builder)
{
  gdouble weight[BN_CHANNELS * 27], bias[BN_CHANNELS];
  Onnx__NodeProto *node = add (builder, "Conv", "bn", "input conv1.weight conv1.bias");
  WhyRng rng;

  why_rng_init (&rng, g_str_hash ("conv1.weight"), 1);
  for (gint i = 0; i < BN_CHANNELS * 27; i++)
    weight[i] = (gfloat)((2.0 * why_rng_uniform (&rng) - 1.0) * 2.0 / sqrt (27.0));
  why_rng_init (&rng, g_str_hash ("conv1.bias"), 1);
  for (gint k = 0; k < BN_CHANNELS; k++)
    {
      gdouble slope = bn_scale[k] / sqrt (bn_var[k] + BN_EPSILON);
      bias[k] = (gfloat)((2.0 * why_rng_uniform (&rng) - 1.0) * 0.3);
      bias[k] = (bias[k] - bn_mean[k]) * slope + bn_shift[k];
      for (gint i = 0; i < 27; i++)
        weight[k * 27 + i] *= slope;
    }
  onnx_builder_add_initializer (builder, "conv1.weight", WHY_DTYPE_DOUBLE,
                                WHY_SHAPE (BN_CHANNELS, 3, 3, 3), weight);
  onnx_builder_add_initializer (builder, "conv1.bias", WHY_DTYPE_DOUBLE, WHY_SHAPE (BN_CHANNELS),
                                bias);
  onnx_builder_set_ints (builder, node, "pads", ONNX_INTS (1, 1, 1, 1));
}

OnnxBuilder *
tiny_net_batchnorm (gint height, gint width, gboolean folded)
{
  OnnxBuilder *builder = new_net (3, height, width, 3);
  Onnx__NodeProto *node;

  if (folded)
    add_folded_conv (builder);
  else
    {
      add_conv (builder, "conv1", "input", 3, BN_CHANNELS, 3, 1, 1, TRUE);
      add_batchnorm (builder, "conv1");
    }
  add (builder, "Relu", "relu1", "bn");
  node = add (builder, "MaxPool", "pool", "relu1");
  onnx_builder_set_ints (builder, node, "kernel_shape", ONNX_INTS (3, 3));
  onnx_builder_set_ints (builder, node, "strides", ONNX_INTS (2, 2));
  onnx_builder_set_ints (builder, node, "pads", ONNX_INTS (1, 1, 1, 1));
  add_conv (builder, "conv2", "pool", BN_CHANNELS, 5, 3, 1, 1, TRUE);
  add (builder, "Relu", "relu2", "conv2");
  add_pooled_classifier (builder, "relu2", 5, 3);
  return builder;
}

OnnxBuilder *
tiny_net_smooth (gint height, gint width)
{
  OnnxBuilder *builder = new_net (3, height, width, 3);

  add_conv (builder, "conv1", "input", 3, 5, 3, 1, 1, TRUE);
  add (builder, "Tanh", "tanh", "conv1");
  add_conv (builder, "conv2", "tanh", 5, 4, 3, 2, 1, TRUE);
  add (builder, "Sigmoid", "sigmoid", "conv2");
  add_pooled_classifier (builder, "sigmoid", 4, 3);
  return builder;
}

/* ---- the mixed network ---------------------------------------------------------------------- */

#define WIDTH 8 /* features of a token */
#define HEADS 2

static void
add_norm (OnnxBuilder *builder, const gchar *name, const gchar *input)
{
  g_autofree gchar *scale = g_strconcat (name, ".scale", NULL);
  g_autofree gchar *shift = g_strconcat (name, ".shift", NULL);
  g_autofree gchar *inputs = g_strjoin (" ", input, scale, shift, NULL);

  tiny_net_random (builder, scale, WHY_SHAPE (WIDTH), 1.5);
  tiny_net_random (builder, shift, WHY_SHAPE (WIDTH), 0.3);
  add (builder, "LayerNormalization", name, inputs);
}

/* NAME = input · NAME.weight + NAME.bias over tokens. */
static void
add_projection (OnnxBuilder *builder, const gchar *name, const gchar *input, gint from, gint to)
{
  g_autofree gchar *weight = g_strconcat (name, ".weight", NULL);
  g_autofree gchar *bias = g_strconcat (name, ".bias", NULL);
  g_autofree gchar *product = g_strconcat (name, ".product", NULL);
  g_autofree gchar *multiply = g_strjoin (" ", input, weight, NULL);
  g_autofree gchar *shift = g_strjoin (" ", product, bias, NULL);

  tiny_net_random (builder, weight, WHY_SHAPE (from, to), 2.0);
  tiny_net_random (builder, bias, WHY_SHAPE (to), 0.3);
  add (builder, "MatMul", product, multiply);
  add (builder, "Add", name, shift);
}

/* Tokens [N,T,K] as heads [N,heads,T,K/heads] or, for keys, [N,heads,K/heads,T]. */
static void
split_heads (OnnxBuilder *builder, const gchar *name, const gchar *input, gboolean keys)
{
  g_autofree gchar *grouped = g_strconcat (name, ".grouped", NULL);
  g_autofree gchar *inputs = g_strjoin (" ", input, "heads.shape", NULL);
  Onnx__NodeProto *node;

  add (builder, "Reshape", grouped, inputs);
  node = add (builder, "Transpose", name, grouped);
  if (keys)
    onnx_builder_set_ints (builder, node, "perm", ONNX_INTS (0, 2, 3, 1));
  else
    onnx_builder_set_ints (builder, node, "perm", ONNX_INTS (0, 2, 1, 3));
}

/* softmax (0.5 · query · key') · value, 0.5 being 1/√(K/heads), in nodes of their own: "joined". */
static void
add_split_attention (OnnxBuilder *builder, gint tokens)
{
  static const gdouble scale = 0.5;
  Onnx__NodeProto *node;

  onnx_builder_add_initializer (builder, "heads.shape", WHY_DTYPE_INT64, WHY_SHAPE (4),
                                (const gdouble[]){ 0, tokens, HEADS, WIDTH / HEADS });
  onnx_builder_add_initializer (builder, "joined.shape", WHY_DTYPE_INT64, WHY_SHAPE (3),
                                (const gdouble[]){ 0, tokens, WIDTH });
  onnx_builder_add_initializer (builder, "scale", WHY_DTYPE_FLOAT, (WhyShape){ 0 }, &scale);
  split_heads (builder, "queries", "query", FALSE);
  split_heads (builder, "keys", "key", TRUE);
  split_heads (builder, "values", "value", FALSE);
  add (builder, "MatMul", "likeness", "queries keys");
  add (builder, "Mul", "scaled", "likeness scale");
  add (builder, "Softmax", "attention", "scaled");
  add (builder, "MatMul", "attended", "attention values");
  node = add (builder, "Transpose", "gathered", "attended");
  onnx_builder_set_ints (builder, node, "perm", ONNX_INTS (0, 2, 1, 3));
  add (builder, "Reshape", "joined", "gathered joined.shape");
}

static void
add_fused_attention (OnnxBuilder *builder)
{
  Onnx__NodeProto *node = add (builder, "Attention", "joined", "query key value");

  onnx_builder_set_int (builder, node, "q_num_heads", HEADS);
  onnx_builder_set_int (builder, node, "kv_num_heads", HEADS);
}

static void
add_attention (OnnxBuilder *builder, const gchar *input, gint tokens, gboolean fused)
{
  add_projection (builder, "query", input, WIDTH, WIDTH);
  add_projection (builder, "key", input, WIDTH, WIDTH);
  add_projection (builder, "value", input, WIDTH, WIDTH);
  if (fused)
    add_fused_attention (builder);
  else
    add_split_attention (builder, tokens);
  add_projection (builder, "mixed", "joined", WIDTH, WIDTH);
}

/* The class token, one copy for each picture of the batch whatever its size: it is added to a row
 * of zeros made from the picture. */
static void
add_tokens (OnnxBuilder *builder, const gchar *grid, gint h, gint w)
{
  Onnx__NodeProto *node;

  onnx_builder_add_initializer (builder, "patches.shape", WHY_DTYPE_INT64, WHY_SHAPE (3),
                                (const gdouble[]){ 0, WIDTH, h * w });
  onnx_builder_add_initializer (builder, "first", WHY_DTYPE_INT64, WHY_SHAPE (1),
                                (const gdouble[]){ 0 });
  onnx_builder_add_initializer (builder, "second", WHY_DTYPE_INT64, WHY_SHAPE (1),
                                (const gdouble[]){ 1 });
  onnx_builder_add_initializer (builder, "zero", WHY_DTYPE_FLOAT, (WhyShape){ 0 },
                                (const gdouble[]){ 0 });
  {
    g_autofree gchar *inputs = g_strjoin (" ", grid, "patches.shape", NULL);
    add (builder, "Reshape", "columns", inputs);
  }
  node = add (builder, "Transpose", "patches", "columns");
  onnx_builder_set_ints (builder, node, "perm", ONNX_INTS (0, 2, 1));
  add (builder, "Slice", "one.patch", "patches first second second");
  add (builder, "Mul", "nothing", "one.patch zero");
  tiny_net_random (builder, "class.token", WHY_SHAPE (1, 1, WIDTH), 2.0);
  add (builder, "Add", "class", "nothing class.token");
  node = add (builder, "Concat", "row", "class patches");
  onnx_builder_set_int (builder, node, "axis", 1);
  tiny_net_random (builder, "positions", WHY_SHAPE (1, h * w + 1, WIDTH), 2.0);
  add (builder, "Add", "tokens", "row positions");
}

static void
add_block (OnnxBuilder *builder, gint tokens, gboolean fused)
{
  add_norm (builder, "norm1", "tokens");
  add_attention (builder, "norm1", tokens, fused);
  add (builder, "Add", "stream1", "tokens mixed");
  add_norm (builder, "norm2", "stream1");
  add_projection (builder, "wide", "norm2", WIDTH, 2 * WIDTH);
  add (builder, "Relu", "wide.relu", "wide");
  add_projection (builder, "narrow", "wide.relu", 2 * WIDTH, WIDTH);
  add (builder, "Add", "stream2", "stream1 narrow");
}

static OnnxBuilder *
make_mixed (gint height, gint width, gboolean fused)
{
  OnnxBuilder *builder = new_net (3, height, width, 4);
  Onnx__NodeProto *node;

  g_assert_true (height % 4 == 0 && width % 4 == 0);
  add_conv (builder, "stem", "input", 3, WIDTH, 3, 2, 1, TRUE);
  add (builder, "Relu", "stem.relu", "stem");
  add_conv (builder, "depthwise", "stem.relu", WIDTH, WIDTH, 3, 1, WIDTH, TRUE);
  add (builder, "Relu", "depthwise.relu", "depthwise");
  add_conv (builder, "pointwise", "depthwise.relu", WIDTH, WIDTH, 1, 1, 1, TRUE);
  add (builder, "Add", "residual", "stem.relu pointwise");
  add (builder, "Relu", "residual.relu", "residual");
  node = add (builder, "MaxPool", "grid", "residual.relu");
  onnx_builder_set_ints (builder, node, "kernel_shape", ONNX_INTS (2, 2));
  onnx_builder_set_ints (builder, node, "strides", ONNX_INTS (2, 2));
  add_tokens (builder, "grid", height / 4, width / 4);
  add_block (builder, height / 4 * (width / 4) + 1, fused);
  add_norm (builder, "norm3", "stream2");
  onnx_builder_add_initializer (builder, "class.index", WHY_DTYPE_INT64, (WhyShape){ 0 },
                                (const gdouble[]){ 0 });
  node = add (builder, "Gather", "read", "norm3 class.index");
  onnx_builder_set_int (builder, node, "axis", 1);
  add_classifier (builder, "read", WIDTH, 4, TRUE);
  return builder;
}

OnnxBuilder *
tiny_net_mixed (gint height, gint width)
{
  return make_mixed (height, width, FALSE);
}

OnnxBuilder *
tiny_net_mixed_fused (gint height, gint width)
{
  OnnxBuilder *builder = make_mixed (height, width, TRUE);

  builder->model->opset_import[0]->version = 23; /* the first with Attention */
  return builder;
}
