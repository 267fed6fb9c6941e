/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published expected values on tiny models (Captum's test-suite conventions). */
#include "method-rig.h"

#include <math.h>
#include <string.h>

static const gdouble ones[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

/* N1 on 0 … 15, all of them moved by shift. */
static MethodRig *
new_n1 (gdouble shift)
{
  MethodRig *rig = method_rig_new (tiny_net_n1 (), 4, 4, 0);

  for (gint i = 0; i < 16; i++)
    rig->x[i] = (WhyReal)(i + shift);
  return rig;
}

static MethodRig *
new_dense (gint n_layers, const TinyDense *layers, const gdouble *x)
{
  MethodRig *rig = method_rig_new (tiny_net_dense (n_layers, layers), 1, layers[0].columns, 0);

  for (gint i = 0; i < layers[0].columns; i++)
    rig->x[i] = (WhyReal)x[i];
  return rig;
}

static MethodRig *
new_n2 (gdouble white)
{
  static const gdouble identity[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  static const gdouble bias2[] = { -10, 1, 1, 1 }, bias3[] = { -1, 1 };
  /* The identity is followed by no rectifier; x is positive, so one changes nothing. */
  const TinyDense layers[]
      = { { 3, 3, identity, NULL }, { 4, 3, ones, bias2 }, { 2, 4, ones, bias3 } };

  MethodRig *rig
      = method_rig_new_white (tiny_net_dense (3, layers), 1, 3, 0, white > 0 ? white : 1);

  memcpy (rig->x, (const WhyReal[]){ 20, 50, 30 }, 3 * sizeof (WhyReal));
  return rig;
}

static void
expect (MethodRig *rig, const gchar *method, const gchar *set, const gchar *node,
        const gdouble *expected, gint n, gdouble tolerance)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, method, set, node);

  method_rig_assert_near (out->map, expected, n, tolerance);
}

static const gdouble n1_relevance[] = { 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0 };

static void
test_1_input_x_gradient (void)
{
  g_autoptr (MethodRig) rig = new_n1 (0);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "input-x-gradient", NULL, NULL);

  method_rig_assert_close (out->score, 54, 1e-6);
  method_rig_assert_near (out->map, n1_relevance, 16, 1e-6);
}

/* Relevance of conv1's units: each of its outputs and their weights in the logit. */
static void
choose_epsilon (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data)
{
  lrp->rule = WHY_LRP_EPSILON;
  lrp->epsilon = 1e-9;
}

static void
test_2_lrp_of_a_layer (void)
{
  static const gdouble expected[] = { 0, 4, 31, 40, 0, 0, -6, -15 };
  g_autoptr (MethodRig) rig = new_n1 (0);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyValueId layer = why_net_find_value (net, "conv1", NULL);
  const WhyReal seed[] = { 54, 0 }, *result;

  g_assert_nonnull (why_net_forward (net, rig->x, NULL));
  g_assert_true (why_net_relevance (net, why_net_get_logits (net), seed, &layer, 1, choose_epsilon,
                                    NULL, &result, NULL, NULL));
  for (gint i = 0; i < 8; i++)
    method_rig_assert_close ((gdouble)result[i], expected[i], 1e-5);
}

static void
test_3_and_4_rectifier_rules (void)
{
  static const gdouble guided[] = { 0, 1, 1, 1, 1, 3, 3, 2, 1, 3, 3, 2, 1, 2, 2, 1 };
  static const gdouble deconv[] = { 2, 3, 3, 1, 3, 5, 5, 2, 3, 5, 5, 2, 1, 2, 2, 1 };
  g_autoptr (MethodRig) rig = new_n1 (0);

  expect (rig, "guided-backprop", NULL, NULL, guided, 16, 1e-6);
  expect (rig, "deconvnet", NULL, NULL, deconv, 16, 1e-6);
}

static void
test_5_grad_cam (void)
{
  g_autoptr (MethodRig) rig = new_n1 (0);

  expect (rig, "grad-cam", "relu=no", "conv1", (const gdouble[]){ 11.25, 13.5, 20.25, 22.5 }, 4,
          1e-6);
  expect (rig, "grad-cam", "relu=no", "relu1", (const gdouble[]){ 0, 4, 28, 32.5 }, 4, 1e-6);
}

static void
test_6_guided_grad_cam (void)
{
  static const gdouble expected[] = { 0, 0, 4, 4, 0, 0, 12, 8, 28, 84, 97.5, 65, 28, 56, 65, 32.5 };
  g_autoptr (MethodRig) rig = new_n1 (0);

  expect (rig, "guided-grad-cam", "upsampling=nearest", "relu1", expected, 16, 1e-6);
}

/* With white as the fill: pixel values of 1. */
static void
test_7_and_8_occlusion (void)
{
  static const gdouble windows[]
      = { 17, 17, 17, 17, 17, 17, 17, 17, 64, 65.5, 65.5, 67, 64, 65.5, 65.5, 67 };
  static const gdouble single[] = { 0, 2, 4, 3, 4, 9, 10, 7, 4, 13, 14, 11, 0, 0, 0, 0 };
  g_autoptr (MethodRig) rig = new_n1 (1);

  expect (rig, "occlusion", "window=2;window-width=3;stride=2;stride-x=1;fill=white", NULL, windows,
          16, 1e-6);
  expect (rig, "occlusion", "window=1;stride=1;fill=white", NULL, single, 16, 1e-6);
}

static void
test_9_occlusion_of_dense_layers (void)
{
  g_autoptr (MethodRig) rig = new_n2 (1);

  expect (rig, "occlusion", "window=1;stride=1;fill=black", NULL, (const gdouble[]){ 80, 200, 120 },
          3, 1e-6);
  expect (rig, "occlusion", "window=1;window-width=2;stride=2;fill=black", NULL,
          (const gdouble[]){ 280, 280, 120 }, 3, 1e-6);
  {
    g_autoptr (MethodRig) tens = new_n2 (10);
    expect (tens, "occlusion", "window=1;window-width=2;stride=1;fill=white", NULL,
            (const gdouble[]){ 200, 220, 240 }, 3, 1e-6);
  }
}

/* Exact Shapley values of groups of pixels, absent ones at the value of white. */
static void
expect_shapley (gdouble base, const gint *parts, gint n_parts, const gdouble *expected)
{
  g_autoptr (MethodRig) rig = new_n2 (base);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyParams) params = NULL;
  g_autoptr (WhyExplanation) out = NULL;
  WhyQuestion question = { .target = rig->target, .parts = parts, .n_parts = n_parts };

  question.method = why_method_lookup ("shapley-of-parts", &error);
  params = why_params_new (why_method_get_params (question.method));
  g_assert_true (why_params_set (params, "fill", base > 0 ? "white" : "black", &error));
  question.params = params;
  out = why_explainer_explain (rig->explainer, rig->x, &question, NULL, &error);
  g_assert_no_error (error);
  for (gint i = 0; i < n_parts; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("part-%d", i + 1);
      g_assert_cmpfloat_with_epsilon (method_rig_residual (out, name), expected[i], 1e-3);
    }
}

static void
test_10_exact_shapley (void)
{
  const gint each[] = { 0, 1, 2 }, groups[] = { 0, 0, 1 };

  expect_shapley (0, each, 3, (const gdouble[]){ 230.0 / 3, 590.0 / 3, 350.0 / 3 });
  expect_shapley (0, groups, 2, (const gdouble[]){ 275, 115 });
  expect_shapley (4, groups, 2, (const gdouble[]){ 248, 104 });
}

/* ReLU (ReLU (a) - 1 - ReLU (b)) and ReLU (ReLU (a - 1) - ReLU (b)) are one function for a ≥ 1. */
static void
test_11_integrated_gradients_are_implementation_invariant (void)
{
  static const gdouble identity[] = { 1, 0, 0, 1 }, minus[] = { 1, -1 }, one[] = { 1 };
  const gdouble first[] = { 0, 0 }, moved[] = { -1, 0 }, outer[] = { -1 };
  const TinyDense nets[2][3] = {
    { { 2, 2, identity, first }, { 1, 2, minus, outer }, { 1, 1, one, NULL } },
    { { 2, 2, identity, moved }, { 1, 2, minus, NULL }, { 1, 1, one, NULL } },
  };

  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (MethodRig) rig = new_dense (3, nets[i], (const gdouble[]){ 3, 1 });
      /* The kink at α = 1/2 halves the gradient's support: midpoint of even steps is exact. */
      expect (rig, "integrated-gradients", "steps=100;quadrature=midpoint", NULL,
              (const gdouble[]){ 1.5, -0.5 }, 2, 1e-5);
    }
}

static void
test_12_deeplift (void)
{
  static const gdouble identity[] = { 1, 0, 0, 1 }, twos[] = { 2, 2 }, bias[] = { 0, -1.5 };
  const TinyDense layers[] = { { 2, 2, identity, bias }, { 1, 2, twos, NULL } };
  g_autoptr (MethodRig) rig = new_dense (2, layers, (const gdouble[]){ 1, 2 });

  expect (rig, "deeplift", NULL, NULL, (const gdouble[]){ 2, 1 }, 2, 1e-6);
}

static void
test_14_lrp_of_dense_layers (void)
{
  static const gdouble twos[] = { 2, 2, 2, 2, 2, 2, 2, 2, 2 };
  static const gdouble mixed[] = { -2, 2, 2, 2, 2, 2, 2, 2, 2 }, threes[] = { 3, 3, 3 };
  const gdouble x[] = { 1, 2, 3 };
  const TinyDense plain[] = { { 3, 3, twos, NULL }, { 1, 3, threes, NULL } };
  const TinyDense signs[] = { { 3, 3, mixed, NULL }, { 1, 3, threes, NULL } };
  g_autoptr (MethodRig) first = new_dense (2, plain, x);
  g_autoptr (MethodRig) second = new_dense (2, signs, x);

  expect (first, "lrp", "rule=epsilon", NULL, (const gdouble[]){ 18, 36, 54 }, 3, 1e-5);
  /* The second layer has no negative weights, so its gamma does not matter. */
  expect (second, "lrp", "rule=gamma;gamma=1", NULL, (const gdouble[]){ 28.0 / 3, 104.0 / 3, 52 },
          3, 1e-5);
  expect (second, "lrp", "rule=alpha-beta;alpha=1;beta=0", NULL,
          (const gdouble[]){ 12, 33.6, 50.4 }, 3, 1e-5);
}

/* Every rectified unit passes on x·(R/z) with z after the bias: ratio 1 in the first channel, -1 in
 * the second, whose windows cancel all but the top right one. The biases absorb -3·50 + 2·75 = 0.
 */
static void
test_1_lrp_epsilon (void)
{
  g_autoptr (MethodRig) rig = new_n1 (0);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "lrp", "rule=epsilon;epsilon=1e-9", NULL);

  method_rig_assert_near (out->map, n1_relevance, 16, 1e-5);
  g_assert_cmpfloat_with_epsilon (method_rig_residual (out, "leak"), 0.0, 1e-3);
}

/* The reference is no baseline of the method's, so the net is asked itself. */
static void
test_13_deeplift_of_a_max_pool (void)
{
  OnnxBuilder *builder = onnx_builder_new (17);
  const gdouble expected[] = { 0, 0, 0, -8 };
  const WhyReal pair[] = { 1, 1, 1, 1, 1, 2, 3, 9 }, seed[] = { 1, 0 };
  g_autoptr (MethodRig) rig = NULL;
  const WhyReal *m;
  WhyNet *net;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 1, 1, 4));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 1));
  onnx_builder_set_ints (builder,
                         onnx_builder_add_node (builder, "MaxPool", "pool", "input", "pool"),
                         "kernel_shape", ONNX_INTS (1, 4));
  onnx_builder_add_node (builder, "Flatten", "logits", "pool", "logits");
  rig = method_rig_new (builder, 1, 4, 0);
  net = why_explainer_get_net (rig->explainer, 2, NULL);
  g_assert_nonnull (why_net_forward (net, pair, NULL));
  m = why_net_backward (net, seed, why_net_get_input (net), WHY_BACKWARD_RESCALE, NULL);
  for (gint i = 0; i < 4; i++)
    method_rig_assert_close ((gdouble)m[i] * (gdouble)(pair[i] - pair[4 + i]), expected[i], 1e-6);
}

/* A network of one matrix on the flattened picture and what is added after it. */
static MethodRig *
new_matrix (gint rows, const gdouble *weights, const gchar *op, const gchar *inputs,
            const gdouble *x)
{
  OnnxBuilder *builder = onnx_builder_new (17);
  MethodRig *rig;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 1, 1, 2));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, rows));
  onnx_builder_add_initializer (builder, "weight", WHY_DTYPE_FLOAT, WHY_SHAPE (rows, 2), weights);
  onnx_builder_add_node (builder, "Flatten", "flatten", "input", "flatten");
  onnx_builder_set_int (builder,
                        onnx_builder_add_node (builder, "Gemm", "dense", "flatten weight", "dense"),
                        "transB", 1);
  onnx_builder_add_node (builder, op, "logits", inputs, "logits");
  rig = method_rig_new (builder, 1, 2, 0);
  for (gint i = 0; i < 2; i++)
    rig->x[i] = (WhyReal)x[i];
  return rig;
}

static void
test_15_lrp_through_a_skip (void)
{
  static const gdouble fives[] = { 5, 5, 5, 5 };
  g_autoptr (MethodRig) rig
      = new_matrix (2, fives, "Add", "dense flatten", (const gdouble[]){ 2, 3 });

  rig->target.index = 1;
  expect (rig, "lrp", "rule=epsilon", NULL, (const gdouble[]){ 10, 18 }, 2, 1e-5);
}

/* Guided: b has the lower gradient and moves first, 0 → 3 at a = 0 (9), then a (81 - 9). Both
 * gradients are 0 at the start, so the first of n steps moves a too, by 3/n: off by 4·3·3/n. */
static void
test_16_guided_ig (void)
{
  static const gdouble weights[] = { 2, 1 };
  g_autoptr (MethodRig) rig
      = new_matrix (1, weights, "Mul", "dense dense", (const gdouble[]){ 3, 3 });

  expect (rig, "integrated-gradients", "steps=5;quadrature=midpoint", NULL,
          (const gdouble[]){ 54, 27 }, 2, 1e-5);
  expect (rig, "guided-ig", "steps=1000;max-dist=1", NULL, (const gdouble[]){ 72, 9 }, 2,
          0.04 / 72);
}

static void
test_18_integrated_gradients_of_n1 (void)
{
  g_autoptr (MethodRig) rig = new_n1 (0);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "integrated-gradients", "steps=1000;quadrature=midpoint", NULL);

  method_rig_assert_close (method_rig_sum (out->map), 54, 0.01);
  g_assert_cmpfloat ((gdouble)out->map->real[0], ==, 0.0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/goldens/01-input-x-gradient", test_1_input_x_gradient);
  g_test_add_func ("/goldens/01-lrp-epsilon", test_1_lrp_epsilon);
  g_test_add_func ("/goldens/02-lrp-of-a-layer", test_2_lrp_of_a_layer);
  g_test_add_func ("/goldens/03-04-rectifier-rules", test_3_and_4_rectifier_rules);
  g_test_add_func ("/goldens/05-grad-cam", test_5_grad_cam);
  g_test_add_func ("/goldens/06-guided-grad-cam", test_6_guided_grad_cam);
  g_test_add_func ("/goldens/07-08-occlusion", test_7_and_8_occlusion);
  g_test_add_func ("/goldens/09-occlusion-of-dense-layers", test_9_occlusion_of_dense_layers);
  g_test_add_func ("/goldens/10-exact-shapley", test_10_exact_shapley);
  g_test_add_func ("/goldens/11-implementation-invariance",
                   test_11_integrated_gradients_are_implementation_invariant);
  g_test_add_func ("/goldens/12-deeplift", test_12_deeplift);
  g_test_add_func ("/goldens/13-deeplift-of-a-max-pool", test_13_deeplift_of_a_max_pool);
  g_test_add_func ("/goldens/15-lrp-through-a-skip", test_15_lrp_through_a_skip);
  g_test_add_func ("/goldens/16-guided-ig", test_16_guided_ig);
  g_test_add_func ("/goldens/14-lrp-of-dense-layers", test_14_lrp_of_dense_layers);
  g_test_add_func ("/goldens/18-integrated-gradients-of-n1", test_18_integrated_gradients_of_n1);
  return g_test_run ();
}
