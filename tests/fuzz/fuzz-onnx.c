/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole model file: parsing, checks, shapes, constants, labels. */
#include "fuzz.h"

#include "onnx-builder.h"
#include "whylayer/model.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = why_model_load_bytes (bytes, "fuzz", NULL, NULL, &error);

  g_assert_true ((model != NULL) == (error == NULL));
  g_assert_true (!error || g_utf8_validate (error->message, -1, NULL));
  return 0;
}

static void
take (GPtrArray *seeds, OnnxBuilder *builder)
{
  g_ptr_array_add (seeds, onnx_builder_serialize (builder));
  onnx_builder_free (builder);
}

/* Shape arithmetic as exporters write it: reshape to [N, features] by Shape, Gather, Concat. */
static OnnxBuilder *
new_with_shape_arithmetic (void)
{
  OnnxBuilder *builder = onnx_builder_new (13);
  const gdouble zero[] = { 0 }, rest[] = { -1 };
  Onnx__NodeProto *node;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3, 4, 2));
  onnx_builder_add_output (builder, "out", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 24));
  onnx_builder_add_initializer (builder, "zero", WHY_DTYPE_INT64, WHY_SHAPE (1), zero);
  node = onnx_builder_add_node (builder, "Constant", NULL, "", "rest");
  onnx_builder_set_tensor (builder, node, "value", WHY_DTYPE_INT64, WHY_SHAPE (1), rest);
  onnx_builder_add_node (builder, "Shape", NULL, "input", "shape");
  onnx_builder_add_node (builder, "Gather", NULL, "shape zero", "batch");
  node = onnx_builder_add_node (builder, "Concat", NULL, "batch rest", "to");
  onnx_builder_set_int (builder, node, "axis", 0);
  onnx_builder_add_node (builder, "Reshape", NULL, "input to", "flat");
  node = onnx_builder_add_node (builder, "Softmax", NULL, "flat", "out");
  onnx_builder_set_int (builder, node, "axis", -1);
  return builder;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  OnnxBuilder *described = onnx_builder_new_classifier (1, 5, 7, 2);

  onnx_builder_add_metadata (described, "whylayer",
                             "{\"labels\": [\"cat\", \"dog\"], \"input\": {\"mean\": [0.5]}}");
  take (seeds, described);
  take (seeds, onnx_builder_new_classifier (3, -1, -1, 3));
  take (seeds, new_with_shape_arithmetic ());
}
