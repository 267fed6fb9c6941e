/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "linear-model.h"

#include <string.h>

#include "onnx-builder.h"

WhyModel *
linear_model_new (gint channels, gint height, gint width, const gdouble *weights)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new (13);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gint numel = channels * height * width;
  g_autofree gdouble *both = g_new0 (gdouble, 2 * numel);
  WhyModel *model;

  memcpy (both, weights, (gsize)numel * sizeof (gdouble));
  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT,
                          WHY_SHAPE (-1, channels, height, width));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 2));
  onnx_builder_add_initializer (builder, "weight", WHY_DTYPE_FLOAT, WHY_SHAPE (2, numel), both);
  onnx_builder_add_node (builder, "Flatten", "flatten", "input", "flat");
  onnx_builder_set_int (builder,
                        onnx_builder_add_node (builder, "Gemm", "gemm", "flat weight", "logits"),
                        "transB", 1);
  onnx_builder_add_metadata (
      builder, "whylayer",
      "{\"input\": {\"range\": [0, 1]}}");
  bytes = onnx_builder_serialize (builder);
  model = why_model_load_bytes (bytes, "linear", NULL, NULL, &error);
  g_assert_no_error (error);
  return model;
}

WhyExplanation *
linear_model_explain (WhyModel *model, const gchar *method, const gchar *parameters,
                      const WhyReal *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplainer) explainer = why_explainer_new (model, 0, 0, 1, &error);
  g_autoptr (WhyParams) params = NULL;
  WhyQuestion question
      = { .method = why_method_lookup (method, &error), .target = { 0, -1, WHY_SCORE_LOGIT } };
  WhyExplanation *explanation;

  g_assert_no_error (error);
  params = why_params_new (why_method_get_params (question.method));
  why_params_parse (params, parameters, &error);
  g_assert_no_error (error);
  question.params = params;
  explanation = why_explainer_explain (explainer, x, &question, NULL, &error);
  g_assert_no_error (error);
  return explanation;
}
