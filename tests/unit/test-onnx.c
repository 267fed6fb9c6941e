/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "graph/model-private.h"
#include "onnx-builder.h"

static WhyOnnx *
read_builder (OnnxBuilder *builder, const gchar *folder, GError **error)
{
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);

  return why_onnx_read (bytes, folder, error);
}

static WhyTensor *
read_tensor (const Onnx__TensorProto *proto, GError **error)
{
  gsize size = onnx__tensor_proto__get_packed_size (proto);
  guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;

  onnx__tensor_proto__pack (proto, data);
  bytes = g_bytes_new_take (data, size);
  return why_onnx_read_tensor (bytes, error);
}

static const WhyDType dtypes[]
    = { WHY_DTYPE_FLOAT, WHY_DTYPE_DOUBLE, WHY_DTYPE_FLOAT16, WHY_DTYPE_BFLOAT16,
        WHY_DTYPE_INT8,  WHY_DTYPE_UINT8,  WHY_DTYPE_INT16,   WHY_DTYPE_UINT16,
        WHY_DTYPE_INT32, WHY_DTYPE_UINT32, WHY_DTYPE_INT64,   WHY_DTYPE_UINT64 };

static void
test_raw_data_of_every_type (void)
{
  const gdouble values[6] = { 0, 1, 2, 96, 100, 127 };

  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyTensor) tensor = read_tensor (
          onnx_builder_make_tensor (builder, "t", dtypes[i], WHY_SHAPE (2, 3), values), &error);
      g_assert_no_error (error);
      g_assert_cmpint (tensor->dtype, ==, dtypes[i]);
      g_assert_true (why_shape_equal (&tensor->shape, &WHY_SHAPE (2, 3)));
      for (gint k = 0; k < 6; k++)
        g_assert_cmpfloat (why_tensor_get (tensor, k), ==, values[k]);
    }
}

static void
test_raw_data_keeps_signs (void)
{
  const WhyDType signed_types[]
      = { WHY_DTYPE_FLOAT, WHY_DTYPE_DOUBLE, WHY_DTYPE_FLOAT16, WHY_DTYPE_BFLOAT16,
          WHY_DTYPE_INT8,  WHY_DTYPE_INT16,  WHY_DTYPE_INT32,   WHY_DTYPE_INT64 };
  const gdouble values[3] = { -1, -96, -128 };

  for (gsize i = 0; i < G_N_ELEMENTS (signed_types); i++)
    {
      g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
      g_autoptr (WhyTensor) tensor = read_tensor (
          onnx_builder_make_tensor (builder, "t", signed_types[i], WHY_SHAPE (3), values), NULL);
      for (gint k = 0; k < 3; k++)
        g_assert_cmpfloat (why_tensor_get (tensor, k), ==, values[k]);
    }
}

/* Bit patterns of IEEE 754 binary16, in the typed field. */
static void
test_half_covers_subnormals_and_infinity (void)
{
  int32_t bits[] = { 0x0001, 0x83ff, 0x3c01, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000 };
  const gdouble values[] = { 0x1p-24, -0x3ffp-24, 1 + 0x1p-10, 65504, INFINITY, -INFINITY };
  Onnx__TensorProto proto = ONNX__TENSOR_PROTO__INIT;
  g_autoptr (WhyTensor) tensor = NULL;
  int64_t dims[] = { 8 };

  proto.n_dims = 1;
  proto.dims = dims;
  proto.has_data_type = TRUE;
  proto.data_type = WHY_DTYPE_FLOAT16;
  proto.n_int32_data = 8;
  proto.int32_data = bits;
  tensor = read_tensor (&proto, NULL);
  g_assert_nonnull (tensor);
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    g_assert_cmpfloat (why_tensor_get (tensor, (gint64)i), ==, values[i]);
  g_assert_true (isnan (why_tensor_get (tensor, 6)));
  g_assert_true (signbit (why_tensor_get (tensor, 7)));
}

static void
test_typed_data_fields (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  float floats[] = { -1.5f, 2.25f };
  double doubles[] = { -1e-300, 2 };
  int32_t ints[] = { -128, 127 };
  int64_t longs[] = { G_MININT64, G_MAXINT64 };
  uint64_t unsigned_longs[] = { 0, 4000000000u };
  Onnx__TensorProto *proto
      = onnx_builder_make_tensor (builder, "t", WHY_DTYPE_FLOAT, WHY_SHAPE (2), NULL);
  const WhyDType types[]
      = { WHY_DTYPE_FLOAT, WHY_DTYPE_DOUBLE, WHY_DTYPE_INT8, WHY_DTYPE_INT64, WHY_DTYPE_UINT32 };
  const gdouble second[] = { 2.25, 2, 127, (gdouble)G_MAXINT64, 4000000000.0 };

  proto->has_raw_data = FALSE;
  proto->n_float_data = proto->n_double_data = proto->n_int32_data = 2;
  proto->n_int64_data = proto->n_uint64_data = 2;
  proto->float_data = floats;
  proto->double_data = doubles;
  proto->int32_data = ints;
  proto->int64_data = longs;
  proto->uint64_data = unsigned_longs;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyTensor) tensor = NULL;
      proto->data_type = (int32_t)types[i];
      tensor = read_tensor (proto, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (why_tensor_get (tensor, 1), ==, second[i]);
      if (types[i] == WHY_DTYPE_INT64)
        g_assert_cmpint (tensor->i64[0], ==, G_MININT64);
    }
}

static void
test_scalars_and_empty_tensors (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (WhyTensor) scalar
      = read_tensor (onnx_builder_make_tensor (builder, "s", WHY_DTYPE_FLOAT, (WhyShape){ 0 },
                                               (const gdouble[]){ 7 }),
                     NULL);
  g_autoptr (WhyTensor) empty = read_tensor (
      onnx_builder_make_tensor (builder, "e", WHY_DTYPE_INT64, WHY_SHAPE (0), NULL), NULL);

  g_assert_cmpint (scalar->shape.rank, ==, 0);
  g_assert_cmpfloat (why_tensor_get (scalar, 0), ==, 7);
  g_assert_cmpint (why_tensor_numel (empty), ==, 0);
}

/* "constant" from a Constant node of each kind, made by fill, with the graph's input as output. */
static WhyTensor *
read_constant (void (*fill) (OnnxBuilder *builder, Onnx__NodeProto *node))
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;
  const WhyValue *value;

  fill (builder, onnx_builder_add_node (builder, "Constant", NULL, "", "constant"));
  onnx_builder_add_output (builder, "constant", WHY_DTYPE_FLOAT, WHY_SHAPE (2));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (onnx->graph->nodes->len, ==, 0);
  value = why_graph_value (onnx->graph, g_array_index (onnx->graph->outputs, WhyValueId, 0));
  return why_tensor_ref (value->constant);
}

static void
fill_tensor (OnnxBuilder *builder, Onnx__NodeProto *node)
{
  onnx_builder_set_tensor (builder, node, "value", WHY_DTYPE_FLOAT16, WHY_SHAPE (2),
                           (const gdouble[]){ 1, -2 });
}

static void
fill_ints (OnnxBuilder *builder, Onnx__NodeProto *node)
{
  onnx_builder_set_ints (builder, node, "value_ints", ONNX_INTS (1, -2));
}

static void
fill_floats (OnnxBuilder *builder, Onnx__NodeProto *node)
{
  onnx_builder_set_floats (builder, node, "value_floats", 2, (const gfloat[]){ 1, -2 });
}

static void
fill_int (OnnxBuilder *builder, Onnx__NodeProto *node)
{
  onnx_builder_set_int (builder, node, "value_int", -2);
}

static void
fill_float (OnnxBuilder *builder, Onnx__NodeProto *node)
{
  onnx_builder_set_float (builder, node, "value_float", -2);
}

static void
test_constant_nodes_become_constants (void)
{
  const struct
  {
    void (*fill) (OnnxBuilder *, Onnx__NodeProto *);
    WhyDType dtype;
    gint rank;
  } rows[] = { { fill_tensor, WHY_DTYPE_FLOAT16, 1 },
               { fill_ints, WHY_DTYPE_INT64, 1 },
               { fill_floats, WHY_DTYPE_FLOAT, 1 },
               { fill_int, WHY_DTYPE_INT64, 0 },
               { fill_float, WHY_DTYPE_FLOAT, 0 } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (WhyTensor) tensor = read_constant (rows[i].fill);
      g_assert_cmpint (tensor->dtype, ==, rows[i].dtype);
      g_assert_cmpint (tensor->shape.rank, ==, rows[i].rank);
      g_assert_cmpfloat (why_tensor_get (tensor, rows[i].rank), ==, -2);
    }
}

static void
test_inputs_keep_open_dimensions (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;
  Onnx__ValueInfoProto *info
      = onnx_builder_add_input (builder, "x", WHY_DTYPE_FLOAT16, WHY_SHAPE (-1, 3, 32, -1));
  const WhyValue *value;

  info->type->tensor_type->shape->dim[2]->dim_value = 0; /* some writers' way to leave it open */
  onnx_builder_add_input (builder, "shapeless", WHY_DTYPE_FLOAT, (WhyShape){ .rank = -1 });
  onnx_builder_add_output (builder, "x", WHY_DTYPE_FLOAT16, WHY_SHAPE (-1, 3, 32, -1));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (onnx->graph->inputs->len, ==, 2);
  value = why_graph_value (onnx->graph, why_graph_find_value (onnx->graph, "x"));
  g_assert_cmpint (value->dtype, ==, WHY_DTYPE_FLOAT16);
  g_assert_true (why_shape_equal (&value->shape, &WHY_SHAPE (-1, 3, -1, -1)));
  value = why_graph_value (onnx->graph, why_graph_find_value (onnx->graph, "shapeless"));
  g_assert_cmpint (value->shape.rank, ==, -1);
}

static void
test_weights_listed_as_inputs_are_weights (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;

  builder->model->ir_version = 3;
  onnx_builder_add_input (builder, "head.bias", WHY_DTYPE_FLOAT, WHY_SHAPE (5));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (onnx->graph->inputs->len, ==, 1);
  g_assert_cmpint (onnx->ir_version, ==, 3);
}

static void
test_nodes_get_unique_names (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;
  const gchar *wanted[] = { "Relu_0", "a", "Relu_2_", "Relu_2", "a_4" };

  onnx_builder_add_input (builder, "v0", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx_builder_add_node (builder, "Relu", NULL, "v0", "v1");
  onnx_builder_add_node (builder, "Relu", "a", "v1", "v2");
  onnx_builder_add_node (builder, "Relu", "", "v2", "v3");
  onnx_builder_add_node (builder, "Relu", "Relu_2", "v3", "v4");
  onnx_builder_add_node (builder, "Relu", "a", "v4", "v5");
  onnx_builder_add_output (builder, "v5", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  for (gint i = 0; i < 5; i++)
    g_assert_cmpstr (why_graph_node (onnx->graph, i)->name, ==, wanted[i]);
}

static void
test_attributes_of_every_type (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;
  Onnx__NodeProto *proto;
  const WhyNode *node;
  const gint64 *ints;
  gint n;

  onnx_builder_add_input (builder, "x", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  proto = onnx_builder_add_node (builder, "Relu", "relu", "x", "y");
  onnx_builder_set_int (builder, proto, "int", -3);
  onnx_builder_set_float (builder, proto, "float", 0.5f);
  onnx_builder_set_string (builder, proto, "string", "SAME_UPPER");
  onnx_builder_set_ints (builder, proto, "ints", ONNX_INTS (1, -2, 3));
  onnx_builder_set_floats (builder, proto, "floats", 2, (const gfloat[]){ 1, -2 });
  onnx_builder_set_tensor (builder, proto, "tensor", WHY_DTYPE_INT64, WHY_SHAPE (1),
                           (const gdouble[]){ 9 });
  onnx_builder_add_output (builder, "y", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  node = why_graph_node (onnx->graph, 0);
  g_assert_cmpint (node->opset, ==, 17);
  g_assert_cmpint (why_node_int (node, "int", 0), ==, -3);
  g_assert_cmpfloat (why_node_float (node, "float", 0), ==, 0.5);
  g_assert_cmpstr (why_node_string (node, "string", ""), ==, "SAME_UPPER");
  ints = why_node_ints (node, "ints", &n);
  g_assert_cmpint (n, ==, 3);
  g_assert_cmpint (ints[1], ==, -2);
  g_assert_cmpfloat (why_node_attr (node, "floats")->floats[1], ==, -2);
  g_assert_cmpint (why_node_attr (node, "tensor")->t->i64[0], ==, 9);
}

/* In reverse: a sort that starts over for every node would take minutes. */
static void
test_a_long_reversed_chain_is_sorted (void)
{
  const gint length = 50000;
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  Onnx__GraphProto *graph = builder->model->graph;
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;

  onnx_builder_add_input (builder, "v0", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  graph->node = onnx_builder_alloc (builder, (gsize)length * sizeof (gpointer));
  for (gint i = 0; i < length; i++)
    {
      g_autofree gchar *from = g_strdup_printf ("v%d", i), *to = g_strdup_printf ("v%d", i + 1);
      Onnx__GraphProto alone = ONNX__GRAPH_PROTO__INIT;
      builder->model->graph = &alone; /* adding to a growing list would be slow */
      graph->node[length - 1 - i] = onnx_builder_add_node (builder, "Relu", to, from, to);
    }
  builder->model->graph = graph;
  graph->n_node = (size_t)length;
  onnx_builder_add_output (builder, "v50000", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  for (gint i = 1; i < length; i++)
    g_assert_cmpint (why_graph_node (onnx->graph, i)->inputs[0], ==,
                     why_graph_node (onnx->graph, i - 1)->outputs[0]);
}

static void
test_nodes_in_any_order_are_sorted (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = NULL;

  onnx_builder_add_input (builder, "x", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx_builder_add_node (builder, "Relu", "second", "a", "b");
  onnx_builder_add_node (builder, "Relu", "first", "x", "a");
  onnx_builder_add_output (builder, "b", WHY_DTYPE_FLOAT, WHY_SHAPE (2, 3));
  onnx = read_builder (builder, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (why_graph_node (onnx->graph, 0)->name, ==, "first");
}

/* ---- external data -------------------------------------------------------------------------- */

typedef struct
{
  gchar *top, *folder; /* folder lies in top */
} Place;

static Place
place_new (void)
{
  Place place = { g_dir_make_tmp ("whylayer-onnx-XXXXXX", NULL), NULL };
  const gfloat values[3] = { 1, 2, 3 };
  g_autofree gchar *inside = NULL, *outside = NULL;
  gchar bytes[13] = { 42 }; /* one byte first: offsets need no alignment */

  place.folder = g_build_filename (place.top, "model", NULL);
  g_assert_cmpint (g_mkdir (place.folder, 0700), ==, 0);
  memcpy (bytes + 1, values, sizeof values);
  inside = g_build_filename (place.folder, "weights.bin", NULL);
  outside = g_build_filename (place.top, "outside.bin", NULL);
  g_assert_true (g_file_set_contents (inside, bytes, sizeof bytes, NULL));
  g_assert_true (g_file_set_contents (outside, bytes, sizeof bytes, NULL));
  return place;
}

static void
place_remove (Place *place)
{
  const gchar *files[] = { "model/weights.bin", "model/link.bin", "outside.bin", "model", "." };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree gchar *path = g_build_filename (place->top, files[i], NULL);
      if (i + 1 == G_N_ELEMENTS (files))
        g_rmdir (place->top);
      else
        g_remove (path);
    }
  g_free (place->folder);
  g_free (place->top);
}

static WhyOnnx *
read_external (const Place *place, const gchar *location, gint64 offset, gint64 length,
               GError **error)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  Onnx__TensorProto *tensor
      = onnx_builder_add_initializer (builder, "w", WHY_DTYPE_FLOAT, WHY_SHAPE (3), NULL);

  onnx_builder_set_external (builder, tensor, location, offset, length);
  onnx_builder_add_output (builder, "w", WHY_DTYPE_FLOAT, WHY_SHAPE (3));
  return read_builder (builder, place ? place->folder : NULL, error);
}

static void
test_external_data_is_read (void)
{
  Place place = place_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyOnnx) onnx = read_external (&place, "weights.bin", 1, 12, &error);
  g_autoptr (WhyOnnx) whole = read_external (&place, "./weights.bin", 1, -1, NULL);

  g_assert_no_error (error);
  g_assert_cmpfloat (why_tensor_get (why_graph_value (onnx->graph, 0)->constant, 2), ==, 3);
  g_assert_nonnull (whole);
  place_remove (&place);
}

static void
assert_refused (WhyOnnx *onnx, GError *error, WhyError code, const gchar *text)
{
  g_assert_null (onnx);
  g_assert_error (error, WHY_ERROR, (gint)code);
  if (!strstr (error->message, text))
    g_error ("'%s' does not name '%s'", error->message, text);
  g_error_free (error);
}

static void
test_external_data_is_confined (void)
{
  Place place = place_new ();
  g_autofree gchar *absolute = g_build_filename (place.folder, "weights.bin", NULL);
  g_autofree gchar *link = g_build_filename (place.folder, "link.bin", NULL);
  const struct
  {
    const gchar *location;
    gint64 offset, length;
    WhyError code;
    const gchar *text;
  } rows[] = {
    { "missing.bin", 0, 12, WHY_ERROR_MODEL_DATA, "missing.bin" },
    { absolute, 1, 12, WHY_ERROR_MODEL_DATA, absolute },
    { "../outside.bin", 1, 12, WHY_ERROR_MODEL_DATA, "'../outside.bin'" },
    { "../model/weights.bin", 1, 12, WHY_ERROR_MODEL_DATA, "relative" },
    { "", 1, 12, WHY_ERROR_MODEL_DATA, "outside" },
    { ".", 1, 12, WHY_ERROR_MODEL_DATA, "'.'" },
    { "link.bin", 1, 12, WHY_ERROR_MODEL_DATA, "link.bin" },
    { "weights.bin", 2, 12, WHY_ERROR_MODEL_DATA, "too short" },
    { "weights.bin", G_MAXINT64, 12, WHY_ERROR_MODEL_DATA, "too short" },
    { "weights.bin", 1, 8, WHY_ERROR_MODEL_INVALID, "'w'" },
  };

  g_assert_cmpint (symlink ("../outside.bin", link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GError *error = NULL;
      WhyOnnx *onnx
          = read_external (&place, rows[i].location, rows[i].offset, rows[i].length, &error);
      assert_refused (onnx, error, rows[i].code, rows[i].text);
    }
  place_remove (&place);
}

static void
test_external_data_needs_a_folder (void)
{
  GError *error = NULL;
  WhyOnnx *onnx = read_external (NULL, "weights.bin", 0, 12, &error);

  assert_refused (onnx, error, WHY_ERROR_MODEL_DATA, "weights.bin");
}

static void
test_location_zero_means_here (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (17);
  Onnx__TensorProto *proto
      = onnx_builder_make_tensor (builder, "t", WHY_DTYPE_FLOAT, WHY_SHAPE (2), NULL);
  g_autoptr (WhyTensor) tensor = NULL;

  proto->has_data_location = TRUE;
  tensor = read_tensor (proto, NULL);
  g_assert_nonnull (tensor);
}

static void
test_metadata_and_producer_are_handed_over (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (WhyOnnx) onnx = NULL;

  onnx_builder_add_metadata (builder, "whylayer", "{}");
  onnx_builder_add_metadata (builder, "broken", "\xff");
  onnx = read_builder (builder, NULL, NULL);
  g_assert_cmpstr (g_hash_table_lookup (onnx->metadata, "whylayer"), ==, "{}");
  g_assert_false (g_hash_table_contains (onnx->metadata, "broken"));
  g_assert_cmpstr (onnx->producer, ==, "test");
}

static void
test_survey_lists_what_is_unsupported (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autofree gchar *folder = g_dir_make_tmp ("whylayer-survey-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "model.onnx", NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModelSurvey) survey = NULL;
  const WhyModelOperator *use;

  onnx_builder_add_node (builder, "NonMaxSuppression", "nms", "input", "boxes");
  onnx_builder_add_node (builder, "Relu", "r2", "conv", "unused");
  onnx_builder_add_input (builder, "head.bias", WHY_DTYPE_FLOAT, WHY_SHAPE (5));
  bytes = onnx_builder_serialize (builder);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                      (gssize)g_bytes_get_size (bytes), NULL));
  survey = why_model_survey (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (survey->opset, ==, 17);
  g_assert_cmpuint (survey->inputs->len, ==, 1);
  g_assert_cmpuint (survey->operators->len, ==, 6);
  use = survey->operators->pdata[4];
  g_assert_cmpstr (use->name, ==, "NonMaxSuppression");
  g_assert_false (use->supported);
  g_assert_cmpstr (use->nodes->pdata[0], ==, "nms");
  use = survey->operators->pdata[5];
  g_assert_cmpstr (use->name, ==, "Relu");
  g_assert_true (use->supported);
  g_assert_cmpint (use->count, ==, 2);
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/onnx/tensor/raw-data-of-every-type", test_raw_data_of_every_type);
  g_test_add_func ("/onnx/tensor/raw-data-keeps-signs", test_raw_data_keeps_signs);
  g_test_add_func ("/onnx/tensor/half-covers-subnormals-and-infinity",
                   test_half_covers_subnormals_and_infinity);
  g_test_add_func ("/onnx/tensor/typed-data-fields", test_typed_data_fields);
  g_test_add_func ("/onnx/tensor/scalars-and-empty-tensors", test_scalars_and_empty_tensors);
  g_test_add_func ("/onnx/tensor/location-zero-means-here", test_location_zero_means_here);
  g_test_add_func ("/onnx/graph/constant-nodes-become-constants",
                   test_constant_nodes_become_constants);
  g_test_add_func ("/onnx/graph/inputs-keep-open-dimensions", test_inputs_keep_open_dimensions);
  g_test_add_func ("/onnx/graph/weights-listed-as-inputs-are-weights",
                   test_weights_listed_as_inputs_are_weights);
  g_test_add_func ("/onnx/graph/nodes-get-unique-names", test_nodes_get_unique_names);
  g_test_add_func ("/onnx/graph/attributes-of-every-type", test_attributes_of_every_type);
  g_test_add_func ("/onnx/graph/nodes-in-any-order-are-sorted", test_nodes_in_any_order_are_sorted);
  g_test_add_func ("/onnx/graph/a-long-reversed-chain-is-sorted",
                   test_a_long_reversed_chain_is_sorted);
  g_test_add_func ("/onnx/graph/metadata-and-producer-are-handed-over",
                   test_metadata_and_producer_are_handed_over);
  g_test_add_func ("/onnx/external/is-read", test_external_data_is_read);
  g_test_add_func ("/onnx/external/is-confined", test_external_data_is_confined);
  g_test_add_func ("/onnx/external/needs-a-folder", test_external_data_needs_a_folder);
  g_test_add_func ("/onnx/survey/lists-what-is-unsupported", test_survey_lists_what_is_unsupported);
  return g_test_run ();
}
