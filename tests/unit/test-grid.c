/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the picture's rows and columns are found again inside of a network. */
#include "onnx-builder.h"
#include "places.h"
#include "whylayer/net.h"

#define HEIGHT 6
#define WIDTH 8

static WhyNet *
plan (WhyModel *model)
{
  g_autoptr (GError) error = NULL;
  WhyNet *net = why_net_new (model, &(WhyNetOptions){ .batch = 1, .threads = 1 }, &error);

  g_assert_no_error (error);
  return net;
}

static void
add_shape (OnnxBuilder *builder, const gchar *name, gint rank, const gdouble *extents)
{
  onnx_builder_add_initializer (builder, name, WHY_DTYPE_INT64, WHY_SHAPE (rank), extents);
}

/* input [1,3,6,8] → body → logits [1,4]: what the nodes in between make of "conv" [1,4,6,8] is
 * pooled from "body". */
static OnnxBuilder *
begin_network (void)
{
  OnnxBuilder *builder = onnx_builder_new (13);
  Onnx__NodeProto *conv;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 3, HEIGHT, WIDTH));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 4));
  onnx_builder_add_initializer (builder, "w", WHY_DTYPE_FLOAT, WHY_SHAPE (4, 3, 3, 3), NULL);
  conv = onnx_builder_add_node (builder, "Conv", "conv", "input w", "conv");
  onnx_builder_set_ints (builder, conv, "pads", ONNX_INTS (1, 1, 1, 1));
  return builder;
}

static void
assert_cam_layer (OnnxBuilder *builder, const gchar *layer, gint height, gint width)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyNet) net = NULL;
  WhyValueId id;
  WhyGrid grid;

  onnx_builder_add_node (builder, "GlobalAveragePool", "pool", "body", "pool");
  onnx_builder_add_node (builder, "Flatten", "logits", "pool", "logits");
  bytes = onnx_builder_serialize (builder);
  model = why_model_load_bytes (bytes, "net", NULL, NULL, &error);
  g_assert_no_error (error);
  net = plan (model);
  id = why_net_get_cam_layer (net, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (why_net_get_node_name (net, id), ==, layer);
  g_assert_true (why_net_get_grid (net, id, &grid));
  g_assert_cmpint (grid.height, ==, height);
  g_assert_cmpint (grid.width, ==, width);
}

/* Swin transformers cut a padded picture into windows and put it together again. */
static void
test_a_branch_of_windows_rejoins_its_picture (void)
{
  g_autoptr (OnnxBuilder) builder = begin_network ();
  Onnx__NodeProto *rows;

  onnx_builder_add_initializer (builder, "pads", WHY_DTYPE_INT64, WHY_SHAPE (8),
                                (const gdouble[]){ 0, 0, 0, 0, 0, 0, 3, 1 });
  add_shape (builder, "windows", 6, (const gdouble[]){ 1, 4, 3, 3, 3, 3 });
  add_shape (builder, "picture", 4, (const gdouble[]){ 1, 4, 9, 9 });
  onnx_builder_add_initializer (builder, "begin", WHY_DTYPE_INT64, WHY_SHAPE (2),
                                (const gdouble[]){ 0, 0 });
  onnx_builder_add_initializer (builder, "end", WHY_DTYPE_INT64, WHY_SHAPE (2),
                                (const gdouble[]){ HEIGHT, WIDTH });
  onnx_builder_add_initializer (builder, "axes", WHY_DTYPE_INT64, WHY_SHAPE (2),
                                (const gdouble[]){ 2, 3 });
  onnx_builder_add_node (builder, "Pad", "pad", "conv pads", "pad");
  onnx_builder_add_node (builder, "Reshape", "cut", "pad windows", "cut");
  rows = onnx_builder_add_node (builder, "Softmax", "attention", "cut", "attention");
  onnx_builder_set_int (builder, rows, "axis", -1);
  onnx_builder_add_node (builder, "Reshape", "paste", "attention picture", "paste");
  onnx_builder_add_node (builder, "Slice", "crop", "paste begin end axes", "crop");
  onnx_builder_add_node (builder, "Add", "join", "crop conv", "body");
  assert_cam_layer (builder, "join", HEIGHT, WIDTH);
}

/* Dynamically quantised networks multiply a picture by a number from the larger one before it. */
static void
test_a_number_from_a_larger_picture_does_not_lead (void)
{
  g_autoptr (OnnxBuilder) builder = begin_network ();
  Onnx__NodeProto *pool, *largest;

  pool = onnx_builder_add_node (builder, "MaxPool", "half", "conv", "half");
  onnx_builder_set_ints (builder, pool, "kernel_shape", ONNX_INTS (2, 2));
  onnx_builder_set_ints (builder, pool, "strides", ONNX_INTS (2, 2));
  largest = onnx_builder_add_node (builder, "ReduceMax", "largest", "conv", "largest");
  onnx_builder_set_int (builder, largest, "keepdims", 0);
  onnx_builder_add_node (builder, "Mul", "scaled", "largest half", "body");
  assert_cam_layer (builder, "scaled", HEIGHT / 2, WIDTH / 2);
}

static void
test_a_squeezed_gate_does_not_lead (void)
{
  g_autoptr (OnnxBuilder) builder = begin_network ();

  onnx_builder_add_node (builder, "GlobalMaxPool", "squeeze", "conv", "squeeze");
  onnx_builder_add_node (builder, "Sigmoid", "gate", "squeeze", "gate");
  onnx_builder_add_node (builder, "Mul", "gated", "gate conv", "body");
  assert_cam_layer (builder, "gated", HEIGHT, WIDTH);
}

static void
test_shared_models_have_a_layer (void)
{
  const struct
  {
    const gchar *name, *layer;
    gint side;
    guint64 parameters;
  } rows[] = {
    { "SqueezeNet_fp16", "Relu_63", 13, 1235496 },
    { "resnet_2b", "Relu_12", 8, 112006 },
    { "cifar10_large", "sequential_2/conv2d_5/BiasAdd__13", 6, 338346 },
    { "vit_pgd_2_3_16", "/1/1.1/1.1.0/fn/fn.0/Transpose_1", 2, 76188 },
    { "mobilenet_v2_int8", "n4_35", 7, 3487924 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("models/%s.onnx", rows[i].name);
      g_autofree gchar *path = test_shared (name);
      g_autoptr (WhyModel) model = path ? why_model_load (path, NULL, NULL) : NULL;
      g_autoptr (WhyNet) net = model ? plan (model) : NULL;
      WhyValueId id = net ? why_net_get_cam_layer (net, NULL) : WHY_VALUE_NONE;
      WhyNetCost cost;
      WhyGrid grid;

      if (!path)
        return;
      g_assert_true (why_net_get_grid (net, id, &grid));
      why_net_get_cost (net, &cost);
      g_test_message ("%s: %s %d×%d, %" G_GUINT64_FORMAT, rows[i].name,
                      why_net_get_node_name (net, id), grid.height, grid.width, cost.parameters);
      g_assert_cmpstr (why_net_get_node_name (net, id), ==, rows[i].layer);
      g_assert_cmpint (grid.height, ==, rows[i].side);
      g_assert_cmpint (grid.width, ==, rows[i].side);
      g_assert_cmpuint (cost.parameters, ==, rows[i].parameters);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grid/windows", test_a_branch_of_windows_rejoins_its_picture);
  g_test_add_func ("/grid/number", test_a_number_from_a_larger_picture_does_not_lead);
  g_test_add_func ("/grid/gate", test_a_squeezed_gate_does_not_lead);
  g_test_add_func ("/grid/shared-models", test_shared_models_have_a_layer);
  return g_test_run ();
}
