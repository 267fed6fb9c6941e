/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Broken and hostile ONNX files: one row per failure, with the code and what the message names. */
#include <string.h>

#include "graph/model-private.h"
#include "limits.h"
#include "onnx-builder.h"

/* Each breaks the small classifier in one way. */
typedef struct
{
  const gchar *name;
  void (*tamper) (OnnxBuilder *builder);
  WhyError code;
  const gchar *text;
} Broken;

#define GRAPH(builder) ((builder)->model->graph)

static void
no_graph (OnnxBuilder *b)
{
  b->model->graph = NULL;
}

static void
old_opset (OnnxBuilder *b)
{
  b->model->opset_import[0]->version = 5;
}

static void
new_opset (OnnxBuilder *b)
{
  b->model->opset_import[0]->version = 24;
}

static void
huge_opset (OnnxBuilder *b)
{
  b->model->opset_import[0]->version = G_MAXINT64;
}

static void
no_opset (OnnxBuilder *b)
{
  b->model->n_opset_import = 0;
}

static void
unknown_operator (OnnxBuilder *b)
{
  onnx_builder_add_node (b, "NonMaxSuppression", "nms", "input", "boxes");
}

static void
unknown_domain (OnnxBuilder *b)
{
  GRAPH (b)->node[1]->domain = onnx_builder_strdup (b, "org.example");
}

static void
no_operator (OnnxBuilder *b)
{
  GRAPH (b)->node[1]->op_type = NULL;
}

static void
cycle (OnnxBuilder *b)
{
  GRAPH (b)->node[0]->input[0] = onnx_builder_strdup (b, "pool");
}

static void
unmade_input (OnnxBuilder *b)
{
  GRAPH (b)->node[1]->input[0] = onnx_builder_strdup (b, "nowhere");
}

static void
unmade_output (OnnxBuilder *b)
{
  GRAPH (b)->output[0]->name = onnx_builder_strdup (b, "nowhere");
}

static void
nameless_output (OnnxBuilder *b)
{
  GRAPH (b)->output[0]->name = NULL;
}

static void
twice_made (OnnxBuilder *b)
{
  onnx_builder_add_node (b, "Relu", "again", "conv", "relu");
}

static void
twice_initialized (OnnxBuilder *b)
{
  onnx_builder_add_initializer (b, "head.bias", WHY_DTYPE_FLOAT, WHY_SHAPE (5), NULL);
}

static void
twice_an_input (OnnxBuilder *b)
{
  onnx_builder_add_input (b, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (1, 3, 8, 6));
}

static void
node_makes_a_weight (OnnxBuilder *b)
{
  onnx_builder_add_node (b, "Relu", "again", "conv", "head.bias");
}

static void
nameless_weight (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->name = NULL;
}

static void
no_outputs (OnnxBuilder *b)
{
  onnx_builder_add_node (b, "Relu", "mute", "conv", "");
}

static void
twice_the_attribute (OnnxBuilder *b)
{
  onnx_builder_set_int (b, GRAPH (b)->node[4], "transB", 0);
}

static void
attribute_of_ours (OnnxBuilder *b)
{
  onnx_builder_add_attribute (b, GRAPH (b)->node[1], ".pitch", 2);
}

static void
nameless_attribute (OnnxBuilder *b)
{
  onnx_builder_set_int (b, GRAPH (b)->node[4], "", 0);
}

static void
subgraph_attribute (OnnxBuilder *b)
{
  onnx_builder_add_attribute (b, GRAPH (b)->node[1], "then_branch", 5);
}

static void
attribute_not_text (OnnxBuilder *b)
{
  onnx_builder_set_string (b, GRAPH (b)->node[1], "mode", "\xff\xfe");
}

static void
name_not_utf8 (OnnxBuilder *b)
{
  GRAPH (b)->node[1]->name = onnx_builder_strdup (b, "\xc3(");
}

static void
name_with_escape (OnnxBuilder *b)
{
  GRAPH (b)->output[0]->name = onnx_builder_strdup (b, "\x1b[31mred");
}

static void
name_too_long (OnnxBuilder *b)
{
  g_autofree gchar *name = g_strnfill (WHY_MAX_NAME_BYTES + 1, 'x');

  GRAPH (b)->node[1]->op_type = onnx_builder_strdup (b, name);
}

static void
rank_nine_weight (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->n_dims = 9;
  GRAPH (b)->initializer[0]->dims = onnx_builder_alloc (b, 9 * sizeof (int64_t));
}

static void
rank_nine_input (OnnxBuilder *b)
{
  Onnx__TensorShapeProto *shape = GRAPH (b)->input[0]->type->tensor_type->shape;
  Onnx__DimensionProto *first = shape->dim[0];

  shape->n_dim = 9;
  shape->dim = onnx_builder_alloc (b, 9 * sizeof (gpointer));
  for (gint i = 0; i < 9; i++)
    shape->dim[i] = first;
}

static void
negative_dimension (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->dims[1] = -3;
}

static void
overflowing_dimensions (OnnxBuilder *b)
{
  for (gint i = 0; i < 4; i++)
    GRAPH (b)->initializer[0]->dims[i] = G_GINT64_CONSTANT (1) << 40;
}

static void
enormous_weight (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->dims[0] = G_GINT64_CONSTANT (1) << 40;
}

static void
short_raw_data (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->raw_data.len--;
}

static void
no_data (OnnxBuilder *b)
{
  GRAPH (b)->initializer[1]->has_raw_data = FALSE;
}

static void
text_weight (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->data_type = 8;
}

static void
unknown_location (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->has_data_location = TRUE;
  GRAPH (b)->initializer[0]->data_location = 2;
}

static void
external_nowhere (OnnxBuilder *b)
{
  GRAPH (b)->initializer[0]->has_data_location = TRUE;
  GRAPH (b)->initializer[0]->data_location = 1;
}

static void
external_offset_text (OnnxBuilder *b)
{
  onnx_builder_set_external (b, GRAPH (b)->initializer[0], "-", -1, -1);
  GRAPH (b)->initializer[0]->n_external_data = 0;
  onnx_builder_set_external (b, GRAPH (b)->initializer[0], "no-such-file", 0, -1);
  GRAPH (b)->initializer[0]->external_data[1]->value = onnx_builder_strdup (b, "-4");
}

static void
sparse_weights (OnnxBuilder *b)
{
  GRAPH (b)->n_sparse_initializer = 1;
  GRAPH (b)->sparse_initializer = onnx_builder_alloc (b, sizeof (ProtobufCBinaryData));
}

static void
input_not_a_tensor (OnnxBuilder *b)
{
  GRAPH (b)->input[0]->type->tensor_type = NULL;
}

static void
input_of_text (OnnxBuilder *b)
{
  GRAPH (b)->input[0]->type->tensor_type->elem_type = 8;
}

static void
constant_of_text (OnnxBuilder *b)
{
  onnx_builder_set_string (b, onnx_builder_add_node (b, "Constant", "word", "", "w"),
                           "value_string", "x");
}

static void
constant_without_value (OnnxBuilder *b)
{
  onnx_builder_add_node (b, "Constant", "void", "", "w");
}

static void
too_many_nodes (OnnxBuilder *b)
{
  Onnx__NodeProto **nodes = onnx_builder_alloc (b, (WHY_MAX_NODES + 1) * sizeof (gpointer));

  for (gint i = 0; i <= WHY_MAX_NODES; i++)
    nodes[i] = GRAPH (b)->node[1];
  GRAPH (b)->node = nodes;
  GRAPH (b)->n_node = WHY_MAX_NODES + 1;
}

static void
too_many_attributes (OnnxBuilder *b)
{
  for (gint i = 0; i <= WHY_MAX_NODE_ATTRIBUTES; i++)
    onnx_builder_set_int (b, GRAPH (b)->node[1], "same", i);
}

/* Two bytes for each empty node, two hundred once parsed. */
static void
parsing_bomb (OnnxBuilder *b)
{
  const gsize n = 4000000;
  Onnx__NodeProto *empty = onnx_builder_alloc (b, sizeof *empty);

  onnx__node_proto__init (empty);
  GRAPH (b)->node = onnx_builder_alloc (b, n * sizeof (gpointer));
  GRAPH (b)->n_node = n;
  for (gsize i = 0; i < n; i++)
    GRAPH (b)->node[i] = empty;
}

static const Broken broken[] = {
  { "no graph", no_graph, WHY_ERROR_MODEL_INVALID, "not an ONNX model" },
  { "an old opset", old_opset, WHY_ERROR_MODEL_UNSUPPORTED, "opset 5" },
  { "a new opset", new_opset, WHY_ERROR_MODEL_UNSUPPORTED, "opset 24" },
  { "a huge opset", huge_opset, WHY_ERROR_MODEL_UNSUPPORTED, "opset" },
  { "no opset", no_opset, WHY_ERROR_MODEL_INVALID, "which ONNX opset" },
  { "an unknown operator", unknown_operator, WHY_ERROR_MODEL_UNSUPPORTED,
    "'NonMaxSuppression' of domain 'ai.onnx' (node 'nms'" },
  { "an unknown domain", unknown_domain, WHY_ERROR_MODEL_UNSUPPORTED, "'org.example'" },
  { "no operator", no_operator, WHY_ERROR_MODEL_UNSUPPORTED, "'relu'" },
  { "a cycle", cycle, WHY_ERROR_MODEL_INVALID, "cycle" },
  { "an unmade input", unmade_input, WHY_ERROR_MODEL_INVALID, "'nowhere'" },
  { "an unmade output", unmade_output, WHY_ERROR_MODEL_INVALID, "'nowhere'" },
  { "a nameless output", nameless_output, WHY_ERROR_MODEL_INVALID, "''" },
  { "a value made twice", twice_made, WHY_ERROR_MODEL_INVALID, "'relu'" },
  { "a weight twice", twice_initialized, WHY_ERROR_MODEL_INVALID, "'head.bias'" },
  { "an input twice", twice_an_input, WHY_ERROR_MODEL_INVALID, "'input'" },
  { "a weight made by a node", node_makes_a_weight, WHY_ERROR_MODEL_INVALID, "'head.bias'" },
  { "a nameless weight", nameless_weight, WHY_ERROR_MODEL_INVALID, "name" },
  { "no outputs of a node", no_outputs, WHY_ERROR_MODEL_INVALID, "'mute'" },
  { "an attribute twice", twice_the_attribute, WHY_ERROR_MODEL_INVALID, "'transB'" },
  { "an attribute of our own", attribute_of_ours, WHY_ERROR_MODEL_UNSUPPORTED, "'.pitch'" },
  { "a nameless attribute", nameless_attribute, WHY_ERROR_MODEL_INVALID, "'logits'" },
  { "a subgraph", subgraph_attribute, WHY_ERROR_MODEL_UNSUPPORTED, "'then_branch'" },
  { "an attribute that is no text", attribute_not_text, WHY_ERROR_MODEL_UNSUPPORTED, "'mode'" },
  { "a name that is no text", name_not_utf8, WHY_ERROR_MODEL_INVALID, "UTF-8" },
  { "a control character", name_with_escape, WHY_ERROR_MODEL_INVALID, "control" },
  { "a long name", name_too_long, WHY_ERROR_MODEL_INVALID, "4097" },
  { "a weight of rank 9", rank_nine_weight, WHY_ERROR_MODEL_UNSUPPORTED, "9 dimensions" },
  { "an input of rank 9", rank_nine_input, WHY_ERROR_MODEL_UNSUPPORTED, "'input'" },
  { "a negative dimension", negative_dimension, WHY_ERROR_MODEL_INVALID, "'conv.weight'" },
  { "overflowing dimensions", overflowing_dimensions, WHY_ERROR_MODEL_INVALID, "'conv.weight'" },
  { "an enormous weight", enormous_weight, WHY_ERROR_MEMORY, "4096 MiB" },
  { "short raw data", short_raw_data, WHY_ERROR_MODEL_INVALID, "'conv.weight'" },
  { "no data", no_data, WHY_ERROR_MODEL_INVALID, "'head.weight'" },
  { "a weight of text", text_weight, WHY_ERROR_MODEL_UNSUPPORTED, "'conv.weight'" },
  { "an unknown data location", unknown_location, WHY_ERROR_MODEL_INVALID, "'conv.weight'" },
  { "external data without a file", external_nowhere, WHY_ERROR_MODEL_INVALID, "'conv.weight'" },
  { "an offset that is no number", external_offset_text, WHY_ERROR_MODEL_DATA, "no-such-file" },
  { "sparse weights", sparse_weights, WHY_ERROR_MODEL_UNSUPPORTED, "sparse" },
  { "an input that is no tensor", input_not_a_tensor, WHY_ERROR_MODEL_UNSUPPORTED, "'input'" },
  { "an input of text", input_of_text, WHY_ERROR_MODEL_UNSUPPORTED, "'input'" },
  { "a constant of text", constant_of_text, WHY_ERROR_MODEL_UNSUPPORTED, "'word'" },
  { "a constant without value", constant_without_value, WHY_ERROR_MODEL_INVALID, "'void'" },
  { "too many nodes", too_many_nodes, WHY_ERROR_MODEL_UNSUPPORTED, "100001" },
  { "too many attributes", too_many_attributes, WHY_ERROR_MODEL_UNSUPPORTED, "257" },
  { "a parsing bomb", parsing_bomb, WHY_ERROR_MEMORY, "memory" },
};

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
test_refused (gconstpointer data)
{
  const Broken *row = data;
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  GError *error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  WhyOnnx *onnx;

  row->tamper (builder);
  bytes = onnx_builder_serialize (builder);
  onnx = why_onnx_read (bytes, g_get_tmp_dir (), &error);
  assert_refused (onnx, error, row->code, row->text);
}

static void
test_every_truncation_is_refused (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);

  for (gsize size = 0; size < g_bytes_get_size (bytes); size++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (bytes, 0, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyOnnx) onnx = why_onnx_read (part, NULL, &error);
      g_assert_null (onnx);
      g_assert_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID);
    }
}

static void
test_other_files_are_refused (void)
{
  const gchar *texts[] = { "", "hello, world\n", "\x89PNG\r\n\x1a\n", "{\"model\": 1}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (texts[i], strlen (texts[i]));
      GError *error = NULL;
      WhyOnnx *onnx = why_onnx_read (bytes, NULL, &error);
      assert_refused (onnx, error, WHY_ERROR_MODEL_INVALID, "not an ONNX model");
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autofree gchar *path
          = g_strdelimit (g_strdup_printf ("/onnx/refuses/%s", broken[i].name), " ", '-');
      g_test_add_data_func (path, &broken[i], test_refused);
    }
  g_test_add_func ("/onnx/refuses/every-truncation", test_every_truncation_is_refused);
  g_test_add_func ("/onnx/refuses/other-files", test_other_files_are_refused);
  return g_test_run ();
}
