/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found out about a classifier: picture, size, preprocessing, classes, logits. */
#include <string.h>

#include "graph/model-private.h"
#include "onnx-builder.h"
#include "places.h"
#include "whylayer/model.h"

/* The builder's file as model.onnx, with a sidecar unless that is NULL. */
static WhyModel *
load (OnnxBuilder *builder, const gchar *sidecar, const gchar *preset, GError **error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);
  g_autofree gchar *path = test_folder_path (folder, "model.onnx");

  test_folder_write_bytes (folder, "model.onnx", bytes);
  if (sidecar)
    test_folder_write (folder, "model.json", sidecar);
  return why_model_load (path, preset, error);
}

static WhyModel *
load_ok (OnnxBuilder *builder, const gchar *sidecar)
{
  g_autoptr (GError) error = NULL;
  WhyModel *model = load (builder, sidecar, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static void
assert_refused (OnnxBuilder *builder, const gchar *sidecar, WhyError code, const gchar *text)
{
  GError *error = NULL;

  g_assert_null (load (builder, sidecar, NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, "model.onnx: "));
  test_assert_error (&error, (gint)code, text);
}

static const gchar *
logits_name (const WhyModel *model)
{
  return why_graph_value (why_model_get_graph (model), why_model_get_logits_value (model))->name;
}

/* ---- picture and size ----------------------------------------------------------------------- */

static void
test_says_what_the_graph_says (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);
  g_autofree gchar *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpstr (why_model_get_name (model), ==, "model");
  g_assert_cmpstr (why_model_get_sha256 (model), ==, sum);
  g_assert_null (why_model_get_description (model));
  g_assert_cmpint (why_model_get_n_channels (model), ==, 3);
  g_assert_cmpint (why_model_get_n_classes (model), ==, 5);
  g_assert_cmpint (pre->width, ==, 6);
  g_assert_cmpint (pre->height, ==, 8);
  g_assert_true (pre->fixed_size);
  g_assert_cmpint (pre->layout, ==, WHY_LAYOUT_NCHW);
  g_assert_cmpint (why_model_get_activation (model), ==, WHY_ACTIVATION_SOFTMAX);
  g_assert_cmpfloat (why_model_get_temperature (model), ==, 1);
  g_assert_cmpint (why_model_get_unsure (model, NULL), ==, WHY_UNSURE_NONE);
  g_assert_cmpstr (why_model_get_label_c (model, 3), ==, "class 3");
  g_assert_cmpstr (logits_name (model), ==, "logits");
}

static void
test_from_memory_is_the_same (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = why_model_load_bytes (bytes, "memory", NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (why_model_get_name (model), ==, "memory");
  g_assert_null (why_model_get_path (model));
  g_assert_cmpint (why_model_get_n_classes (model), ==, 5);
}

/* Transpose to NCHW first, as tf2onnx writes it. */
static OnnxBuilder *
new_nhwc (void)
{
  OnnxBuilder *builder = onnx_builder_new_classifier (3, 8, 6, 5);
  Onnx__GraphProto *graph = builder->model->graph;
  Onnx__NodeProto *node;

  graph->n_input = 0;
  onnx_builder_add_input (builder, "nhwc", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 8, 6, 3));
  node = onnx_builder_add_node (builder, "Transpose", "transpose", "nhwc", "input");
  onnx_builder_set_ints (builder, node, "perm", ONNX_INTS (0, 3, 1, 2));
  return builder;
}

static void
test_layout_is_where_the_channels_stand (void)
{
  g_autoptr (OnnxBuilder) builder = new_nhwc ();
  g_autoptr (WhyModel) model = load_ok (builder, NULL);
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpint (pre->layout, ==, WHY_LAYOUT_NHWC);
  g_assert_cmpint (pre->width, ==, 6);
  g_assert_cmpint (pre->height, ==, 8);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "inferred tf");
}

static void
test_open_size_is_the_usual_one (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, -1, -1, 5);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);
  g_autoptr (WhyModel) chosen = load_ok (builder, "{\"input\": {\"size\": [20, 12]}}");
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_false (pre->fixed_size);
  g_assert_cmpint (pre->width, ==, 224);
  g_assert_cmpint (pre->short_side, ==, 256);
  pre = why_model_get_preprocessing (chosen);
  g_assert_false (pre->fixed_size);
  g_assert_cmpint (pre->width, ==, 20);
  g_assert_cmpint (pre->height, ==, 12);
}

/* Without global pooling the dense layer takes one size only. */
static OnnxBuilder *
new_dense (gint side)
{
  OnnxBuilder *builder = onnx_builder_new (17);

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3, -1, -1));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, (WhyShape){ .rank = -1 });
  onnx_builder_add_initializer (builder, "weight", WHY_DTYPE_FLOAT, WHY_SHAPE (3 * side * side, 4),
                                NULL);
  onnx_builder_add_node (builder, "Flatten", NULL, "input", "flat");
  onnx_builder_add_node (builder, "MatMul", NULL, "flat weight", "logits");
  return builder;
}

static void
test_open_size_that_fits_is_found (void)
{
  g_autoptr (OnnxBuilder) builder = new_dense (32);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);

  g_assert_cmpint (why_model_get_preprocessing (model)->height, ==, 32);
  g_assert_cmpint (why_model_get_n_classes (model), ==, 4);
}

static void
test_open_size_that_never_fits_is_asked_for (void)
{
  g_autoptr (OnnxBuilder) builder = new_dense (23);
  g_autoptr (WhyModel) model = load_ok (builder, "{\"input\": {\"size\": [23, 23]}}");

  assert_refused (builder, NULL, WHY_ERROR_MODEL_INVALID, "\"size\"");
  g_assert_cmpint (why_model_get_preprocessing (model)->height, ==, 23);
}

static void
test_open_channels_are_the_convolution_s (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (1, 8, 6, 5);
  g_autoptr (WhyModel) model = NULL;

  builder->model->graph->input[0]->type->tensor_type->shape = NULL;
  model = load_ok (builder, NULL);
  g_assert_cmpint (why_model_get_n_channels (model), ==, 1);
}

static void
test_further_unused_inputs_do_not_matter (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (WhyModel) model = NULL;

  onnx_builder_add_input (builder, "training", WHY_DTYPE_BOOL, (WhyShape){ .rank = 0 });
  onnx_builder_add_node (builder, "Relu", "unused", "training", "unused");
  model = load_ok (builder, NULL);
  g_assert_cmpint (why_model_get_n_classes (model), ==, 5);
}

/* ---- preprocessing -------------------------------------------------------------------------- */

static void
test_gray_networks_take_gray (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (1, 8, 6, 5);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);
  g_autoptr (WhyModel) asked = load (builder, NULL, "torchvision", NULL);
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpint (pre->channels, ==, WHY_CHANNELS_GRAY);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "inferred unit");
  pre = why_model_get_preprocessing (asked);
  g_assert_cmpint (pre->channels, ==, WHY_CHANNELS_GRAY);
  g_assert_cmpfloat_with_epsilon (pre->mean[0], (0.485 + 0.456 + 0.406) / 3, 1e-12);
}

static void
test_usual_preprocessing_is_inferred (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);
  g_autoptr (WhyModel) caffe = NULL, bytes = NULL;
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "inferred torchvision");
  g_assert_cmpint (pre->resize, ==, WHY_RESIZE_CROP);
  g_assert_cmpint (pre->short_side, ==, 9); /* 8 · 256 / 224 */
  g_assert_cmpfloat (pre->std[2], ==, 0.225);

  builder->model->producer_name = onnx_builder_strdup (builder, "onnx-caffe2");
  caffe = load_ok (builder, NULL);
  pre = why_model_get_preprocessing (caffe);
  g_assert_cmpint (pre->channels, ==, WHY_CHANNELS_BGR);
  g_assert_cmpfloat (pre->mean[0], ==, 104);
  g_assert_cmpfloat (pre->range[1], ==, 255);

  builder->model->graph->input[0]->type->tensor_type->elem_type = WHY_DTYPE_UINT8;
  bytes = load_ok (builder, NULL);
  g_assert_cmpstr (why_model_get_preprocessing_source (bytes), ==, "inferred raw");
}

static void
test_preset_fills_what_the_file_leaves_open (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (WhyModel) model = load (builder, NULL, "tf", NULL);
  g_autoptr (WhyModel) said = load (builder, "{\"input\": {\"range\": [0, 2]}}", "tf", NULL);
  GError *error = NULL;

  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "preset tf");
  g_assert_cmpfloat (why_model_get_preprocessing (model)->range[0], ==, -1);
  g_assert_cmpstr (why_model_get_preprocessing_source (said), ==, "sidecar");
  g_assert_cmpfloat (why_model_get_preprocessing (said)->range[1], ==, 2);
  g_assert_null (load (builder, NULL, "mystery", &error));
  test_assert_error (&error, WHY_ERROR_ARGUMENT, "torchvision");
}

static void
test_every_preset_is_complete (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  gsize n;
  const WhyPreset *presets = why_model_presets (&n);

  g_assert_cmpuint (n, >=, 4);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (WhyModel) model = load (builder, NULL, presets[i].id, NULL);
      const WhyPreprocessing *pre = why_model_get_preprocessing (model);
      g_assert_cmpfloat (pre->std[0] * pre->std[1] * pre->std[2], >, 0);
      g_assert_cmpfloat (pre->range[1], >, pre->range[0]);
      g_assert_cmpint (pre->short_side, >=, 8);
      g_assert_true (*presets[i].nick && *presets[i].blurb);
    }
}

static void
test_channel_order_turns_a_preset (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (WhyModel) model = load_ok (builder, "{\"input\": {\"channels\": \"bgr\"}}");
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpint (pre->channels, ==, WHY_CHANNELS_BGR);
  g_assert_cmpfloat (pre->mean[0], ==, 0.406);
  g_assert_cmpfloat (pre->std[2], ==, 0.229);
}

/* ---- classes and logits --------------------------------------------------------------------- */

/* The classifier with a node after its logits, which becomes the output. */
static OnnxBuilder *
new_with_tail (const gchar *op_type, gint axis)
{
  OnnxBuilder *builder = onnx_builder_new_classifier (3, 8, 6, 5);
  Onnx__NodeProto *node = onnx_builder_add_node (builder, op_type, "tail", "logits", "tail");

  if (axis != G_MAXINT)
    onnx_builder_set_int (builder, node, "axis", axis);
  builder->model->graph->output[0]->name = onnx_builder_strdup (builder, "tail");
  return builder;
}

static void
test_trailing_activation_is_stripped (void)
{
  const struct
  {
    const gchar *op_type;
    gint axis;
    WhyActivation activation;
    const gchar *logits;
  } rows[] = {
    { "Softmax", G_MAXINT, WHY_ACTIVATION_SOFTMAX, "logits" },
    { "Softmax", 1, WHY_ACTIVATION_SOFTMAX, "logits" },
    { "LogSoftmax", -1, WHY_ACTIVATION_SOFTMAX, "logits" },
    { "Softmax", 0, WHY_ACTIVATION_SOFTMAX, "tail" }, /* over the batch: no class scores */
    { "Sigmoid", G_MAXINT, WHY_ACTIVATION_SIGMOID, "logits" },
    { "Tanh", G_MAXINT, WHY_ACTIVATION_SOFTMAX, "tail" },
    { "Identity", G_MAXINT, WHY_ACTIVATION_SOFTMAX, "tail" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OnnxBuilder) builder = new_with_tail (rows[i].op_type, rows[i].axis);
      g_autoptr (WhyModel) model = load_ok (builder, NULL);
      g_assert_cmpint (why_model_get_activation (model), ==, rows[i].activation);
      g_assert_cmpstr (logits_name (model), ==, rows[i].logits);
    }
}

static void
test_activation_behind_views_is_found (void)
{
  g_autoptr (OnnxBuilder) builder = new_with_tail ("Softmax", -1);
  g_autoptr (WhyModel) model = NULL;

  onnx_builder_add_initializer (builder, "shape", WHY_DTYPE_INT64, WHY_SHAPE (4),
                                (const gdouble[]){ -1, 5, 1, 1 });
  onnx_builder_add_node (builder, "Reshape", "reshape", "tail shape", "reshaped");
  onnx_builder_add_node (builder, "Identity", "identity", "reshaped", "out");
  builder->model->graph->output[0]->name = onnx_builder_strdup (builder, "out");
  model = load_ok (builder, NULL);
  g_assert_cmpstr (logits_name (model), ==, "logits");
}

static void
test_said_activation_decides (void)
{
  g_autoptr (OnnxBuilder) builder = new_with_tail ("Softmax", -1);
  g_autoptr (WhyModel) none = load_ok (builder, "{\"activation\": \"none\"}");
  g_autoptr (WhyModel) softmax = load_ok (builder, "{\"activation\": \"softmax\"}");

  g_assert_cmpint (why_model_get_activation (none), ==, WHY_ACTIVATION_NONE);
  g_assert_cmpstr (logits_name (none), ==, "tail");
  g_assert_cmpstr (logits_name (softmax), ==, "logits");
}

/* Opset 7 to 12: everything from the axis on is one row, here [N,5,1,1] from axis 1. */
static void
test_old_softmax_flattens (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (9);
  g_autoptr (WhyModel) model = NULL;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 3, 8, 6));
  onnx_builder_add_node (builder, "GlobalAveragePool", NULL, "input", "pool");
  onnx_builder_add_node (builder, "Softmax", NULL, "pool", "out");
  onnx_builder_add_output (builder, "out", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 3, 1, 1));
  model = load_ok (builder, NULL);
  g_assert_cmpstr (logits_name (model), ==, "pool");
  g_assert_cmpint (why_model_get_n_classes (model), ==, 3);
}

static void
test_one_class_is_a_sigmoid (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 1);
  g_autoptr (WhyModel) model = load_ok (builder, NULL);

  g_assert_cmpint (why_model_get_activation (model), ==, WHY_ACTIVATION_SIGMOID);
}

static void
test_output_with_a_row_of_classes_is_chosen (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  Onnx__GraphProto *graph = builder->model->graph;
  g_autoptr (WhyModel) model = NULL;

  graph->n_output = 0;
  onnx_builder_add_output (builder, "pool", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 4, 1, 1));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 5));
  model = load_ok (builder, NULL);
  g_assert_cmpstr (logits_name (model), ==, "logits");
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void
test_networks_without_a_picture_are_refused (void)
{
  g_autoptr (OnnxBuilder) tokens = onnx_builder_new (17);
  g_autoptr (OnnxBuilder) bands = onnx_builder_new_classifier (4, 8, 6, 5);
  g_autoptr (OnnxBuilder) huge = onnx_builder_new_classifier (3, 8, 5000, 5);

  onnx_builder_add_input (tokens, "tokens", WHY_DTYPE_INT64, WHY_SHAPE (1, 16));
  onnx_builder_add_output (tokens, "tokens", WHY_DTYPE_INT64, WHY_SHAPE (1, 16));
  assert_refused (tokens, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "classifier");
  onnx_builder_add_node (tokens, "Cast", "cast", "tokens", "real");
  onnx_builder_set_int (tokens, tokens->model->graph->node[0], "to", 1);
  onnx_builder_add_output (tokens, "real", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 16));
  assert_refused (tokens, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "[N,C,H,W]");
  assert_refused (bands, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "4 channels");
  assert_refused (huge, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "5000×8");
}

static void
test_networks_without_classes_are_refused (void)
{
  g_autoptr (OnnxBuilder) map = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (OnnxBuilder) none = onnx_builder_new_classifier (3, 8, 6, 5);

  map->model->graph->output[0]->name = onnx_builder_strdup (map, "relu");
  assert_refused (map, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "[1, 4, 8, 6]");
  none->model->graph->n_output = 0;
  assert_refused (none, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "no output");
}

static void
test_a_second_input_is_refused (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);

  onnx_builder_add_input (builder, "mask", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 5));
  onnx_builder_add_node (builder, "Add", "add", "logits mask", "masked");
  builder->model->graph->output[0]->name = onnx_builder_strdup (builder, "masked");
  assert_refused (builder, NULL, WHY_ERROR_MODEL_UNSUPPORTED, "'mask'");
}

static void
test_inconsistent_nodes_are_refused (void)
{
  g_autoptr (OnnxBuilder) few = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (OnnxBuilder) blank = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (OnnxBuilder) many = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (OnnxBuilder) shapes = onnx_builder_new_classifier (3, 8, 6, 5);

  few->model->graph->node[0]->n_input = 1;
  assert_refused (few, NULL, WHY_ERROR_MODEL_INVALID, "'conv'");
  blank->model->graph->node[0]->input[1] = onnx_builder_strdup (blank, "");
  assert_refused (blank, NULL, WHY_ERROR_MODEL_INVALID, "'conv'");
  onnx_builder_add_node (many, "Relu", "crowded", "logits logits", "out");
  many->model->graph->output[0]->name = onnx_builder_strdup (many, "out");
  assert_refused (many, NULL, WHY_ERROR_MODEL_INVALID, "'crowded'");
  shapes->model->graph->initializer[1]->dims[1] = 2; /* [5,2] for 4 features */
  shapes->model->graph->initializer[1]->raw_data.len /= 2;
  assert_refused (shapes, NULL, WHY_ERROR_MODEL_INVALID, "'logits'");
}

static void
test_missing_files_are_named (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree gchar *path = test_folder_path (folder, "missing.onnx");
  GError *error = NULL;

  g_assert_null (why_model_load (path, NULL, &error));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, "missing.onnx");
  g_assert_null (why_model_load (folder->path, NULL, &error));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, "not a file");
  g_assert_null (why_model_survey (path, &error));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, "missing.onnx");
}

/* ---- real files ----------------------------------------------------------------------------- */

static WhyModel *
load_file (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  WhyModel *model = why_model_load (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static void
test_bundled_model_describes_itself (void)
{
  g_autofree gchar *path = test_source ("models/whylayer-tiny64.onnx");
  g_autoptr (WhyModel) model = load_file (path);
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpstr (why_model_get_name (model), ==, "whylayer-tiny64");
  g_assert_cmpint (why_model_get_n_classes (model), ==, 200);
  g_assert_cmpstr (why_model_get_label_c (model, 0), ==, "goldfish");
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "metadata");
  g_assert_cmpint (pre->width, ==, 64);
  g_assert_false (pre->fixed_size);
  g_assert_nonnull (why_model_get_cam_layer_name (model));
}

static void
test_shared_models_load (void)
{
  const struct
  {
    const gchar *name;
    gint classes, channels, width;
    WhyLayout layout;
  } rows[] = {
    { "SqueezeNet_fp16", 1000, 3, 224, WHY_LAYOUT_NCHW },
    { "resnet_2b", 10, 3, 32, WHY_LAYOUT_NCHW },
    { "mnist_8", 10, 1, 28, WHY_LAYOUT_NCHW },
    { "cifar10_large", 10, 3, 32, WHY_LAYOUT_NHWC },
    { "vit_pgd_2_3_16", 10, 3, 32, WHY_LAYOUT_NCHW },
    { "mobilenet_v2_int8", 1000, 3, 224, WHY_LAYOUT_NCHW },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("models/%s.onnx", rows[i].name);
      g_autofree gchar *path = test_shared (name);
      g_autoptr (WhyModel) model = path ? load_file (path) : NULL;
      if (!model)
        return;
      g_assert_cmpint (why_model_get_n_classes (model), ==, rows[i].classes);
      g_assert_cmpint (why_model_get_n_channels (model), ==, rows[i].channels);
      g_assert_cmpint (why_model_get_preprocessing (model)->width, ==, rows[i].width);
      g_assert_cmpint (why_model_get_preprocessing (model)->layout, ==, rows[i].layout);
    }
}

static void
test_shared_model_without_its_data_is_refused (void)
{
  g_autofree gchar *path = test_shared ("models/mobilenet_v2_fp32.onnx");
  GError *error = NULL;

  if (!path)
    return;
  g_assert_null (why_model_load (path, NULL, &error));
  test_assert_error (&error, WHY_ERROR_MODEL_DATA, "'mobilenet_v2_fp32.onnx.data'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/says-what-the-graph-says", test_says_what_the_graph_says);
  g_test_add_func ("/model/from-memory-is-the-same", test_from_memory_is_the_same);
  g_test_add_func ("/model/input/layout-is-where-the-channels-stand",
                   test_layout_is_where_the_channels_stand);
  g_test_add_func ("/model/input/open-size-is-the-usual-one", test_open_size_is_the_usual_one);
  g_test_add_func ("/model/input/open-size-that-fits-is-found", test_open_size_that_fits_is_found);
  g_test_add_func ("/model/input/open-size-that-never-fits-is-asked-for",
                   test_open_size_that_never_fits_is_asked_for);
  g_test_add_func ("/model/input/open-channels-are-the-convolution-s",
                   test_open_channels_are_the_convolution_s);
  g_test_add_func ("/model/input/further-unused-inputs-do-not-matter",
                   test_further_unused_inputs_do_not_matter);
  g_test_add_func ("/model/preprocessing/gray-networks-take-gray", test_gray_networks_take_gray);
  g_test_add_func ("/model/preprocessing/usual-one-is-inferred",
                   test_usual_preprocessing_is_inferred);
  g_test_add_func ("/model/preprocessing/preset-fills-what-the-file-leaves-open",
                   test_preset_fills_what_the_file_leaves_open);
  g_test_add_func ("/model/preprocessing/every-preset-is-complete", test_every_preset_is_complete);
  g_test_add_func ("/model/preprocessing/channel-order-turns-a-preset",
                   test_channel_order_turns_a_preset);
  g_test_add_func ("/model/classes/trailing-activation-is-stripped",
                   test_trailing_activation_is_stripped);
  g_test_add_func ("/model/classes/activation-behind-views-is-found",
                   test_activation_behind_views_is_found);
  g_test_add_func ("/model/classes/said-activation-decides", test_said_activation_decides);
  g_test_add_func ("/model/classes/old-softmax-flattens", test_old_softmax_flattens);
  g_test_add_func ("/model/classes/one-class-is-a-sigmoid", test_one_class_is_a_sigmoid);
  g_test_add_func ("/model/classes/output-with-a-row-of-classes-is-chosen",
                   test_output_with_a_row_of_classes_is_chosen);
  g_test_add_func ("/model/refuses/networks-without-a-picture",
                   test_networks_without_a_picture_are_refused);
  g_test_add_func ("/model/refuses/networks-without-classes",
                   test_networks_without_classes_are_refused);
  g_test_add_func ("/model/refuses/a-second-input", test_a_second_input_is_refused);
  g_test_add_func ("/model/refuses/inconsistent-nodes", test_inconsistent_nodes_are_refused);
  g_test_add_func ("/model/refuses/missing-files", test_missing_files_are_named);
  g_test_add_func ("/model/files/bundled-model-describes-itself",
                   test_bundled_model_describes_itself);
  g_test_add_func ("/model/files/shared-models-load", test_shared_models_load);
  g_test_add_func ("/model/files/shared-model-without-its-data-is-refused",
                   test_shared_model_without_its_data_is_refused);
  return g_test_run ();
}
