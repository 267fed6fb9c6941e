/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient family against central differences, linear closed forms and exact sums. */
#include "method-rig.h"

#include <math.h>
#include <string.h>

#define SEED 3

typedef OnnxBuilder *(*MakeNet) (gint height, gint width);

static OnnxBuilder *
make_batchnorm (gint height, gint width)
{
  return tiny_net_batchnorm (height, width, FALSE);
}

static OnnxBuilder *
make_linear (gint height, gint width)
{
  return tiny_net_linear (3, height, width, 4);
}

/* Networks of every kind of operator that a map passes through. */
static const struct
{
  const gchar *name;
  MakeNet make;
  gint height, width;
} nets[] = {
  { "linear", make_linear, 5, 7 },        { "homogeneous", tiny_net_homogeneous, 6, 9 },
  { "batchnorm", make_batchnorm, 7, 10 }, { "smooth", tiny_net_smooth, 6, 8 },
  { "mixed", tiny_net_mixed, 12, 16 },    { "bundled", NULL, 0, 0 },
};

static MethodRig *
new_rig (gsize net)
{
  return nets[net].make ? method_rig_new (nets[net].make (nets[net].height, nets[net].width),
                                          nets[net].height, nets[net].width, SEED)
                        : method_rig_new_bundled ();
}

/* ∂f/∂x of n elements, spread over the input, by central differences. */
static void
check_differences (MethodRig *rig, const WhyTensor *map, gint n)
{
  g_autofree WhyReal *x = g_memdup2 (rig->x, (gsize)rig->n * sizeof (WhyReal));
  gdouble step = 1e-5, most = 0.0;

  for (gint64 i = 0; i < rig->n; i++)
    most = MAX (most, fabs ((gdouble)map->real[i]));
  for (gint k = 0; k < n; k++)
    {
      gint64 i = k * (rig->n - 1) / (n - 1);
      gdouble up, down;
      x[i] = rig->x[i] + (WhyReal)step;
      up = method_rig_score (rig, x);
      x[i] = rig->x[i] - (WhyReal)step;
      down = method_rig_score (rig, x);
      x[i] = rig->x[i];
      g_assert_cmpfloat_with_epsilon ((gdouble)map->real[i], (up - down) / (2.0 * step),
                                      1e-6 * most);
    }
}

static void
test_gradient_is_the_derivative (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));

  for (gint score = WHY_SCORE_LOGIT; score <= WHY_SCORE_LOG_PROBABILITY; score++)
    for (gint against = -1; against <= 1; against += 2)
      {
        g_autoptr (WhyExplanation) out = NULL;
        rig->target = (WhyTarget){ 2, against, (WhyScore)score };
        out = method_rig_explain (rig, "gradient", NULL, NULL);
        method_rig_assert_shape (out->map, 3, rig->height, rig->width);
        if (METHOD_IS_DOUBLE)
          check_differences (rig, out->map, 60);
      }
}

static void
test_gradient_of_the_bundled_network (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "gradient", NULL, NULL);

  method_rig_assert_shape (out->map, 3, rig->height, rig->width);
  if (METHOD_IS_DOUBLE)
    check_differences (rig, out->map, 12);
}

/* The class's row of the dense layer, as the builder wrote it. */
static void
linear_weights (gint row, gint64 n, gdouble *weights)
{
  WhyRng rng;

  why_rng_init (&rng, g_str_hash ("logits.weight"), 1);
  for (gint64 i = 0; i < row * n; i++)
    why_rng_uniform (&rng);
  for (gint64 i = 0; i < n; i++)
    weights[i] = (gfloat)((2.0 * why_rng_uniform (&rng) - 1.0) * 2.0 / sqrt ((gdouble)n));
}

static void
test_linear_networks_show_their_weights (void)
{
  static const gchar *const questions[][2] = {
    { "gradient", NULL },
    { "smoothgrad", "sigma=3;samples=4" },
    { "guided-backprop", NULL },
    { "deconvnet", NULL },
  };
  g_autoptr (MethodRig) rig = new_rig (0);
  g_autofree gdouble *weights = g_new (gdouble, rig->n);

  rig->target.index = 1;
  linear_weights (1, rig->n, weights);
  for (gsize q = 0; q < G_N_ELEMENTS (questions); q++)
    {
      g_autoptr (WhyExplanation) out
          = method_rig_explain (rig, questions[q][0], questions[q][1], NULL);
      method_rig_assert_near (out->map, weights, rig->n, METHOD_TOLERANCE);
    }
}

static void
test_input_x_gradient_of_a_homogeneous_network_sums_to_the_score (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_homogeneous (6, 9), 6, 9, SEED);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "input-x-gradient", NULL, NULL);

  g_assert_cmpfloat (fabs (out->score), >, 1e-3);
  method_rig_assert_close (method_rig_sum (out->map), out->score, METHOD_TOLERANCE);
}

static void
test_input_x_gradient_is_the_product (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) gradient = method_rig_explain (rig, "gradient", NULL, NULL);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "input-x-gradient", NULL, NULL);
  g_autofree gdouble *expected = g_new (gdouble, rig->n);

  for (gint64 i = 0; i < rig->n; i++)
    expected[i] = (gdouble)rig->x[i] * (gdouble)gradient->map->real[i];
  method_rig_assert_near (out->map, expected, rig->n, METHOD_TOLERANCE);
}

static void
test_smoothgrad_without_noise_is_the_gradient (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) gradient = method_rig_explain (rig, "gradient", NULL, NULL);
  g_autoptr (WhyExplanation) smooth
      = method_rig_explain (rig, "smoothgrad", "sigma=0;samples=3", NULL);
  g_autoptr (WhyExplanation) variance
      = method_rig_explain (rig, "vargrad", "sigma=0;samples=3", NULL);

  g_assert_cmpfloat (method_rig_distance (smooth->map->real, gradient->map->real, rig->n), <,
                     METHOD_TOLERANCE);
  for (gint64 i = 0; i < rig->n; i++)
    g_assert_cmpfloat (fabs ((gdouble)variance->map->real[i]), <, METHOD_TOLERANCE);
}

static void
test_squares_are_variance_and_mean (gconstpointer data)
{
  static const gchar set[] = "samples=6;sigma=0.3;seed=11";
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);
  g_autoptr (WhyExplanation) mean = method_rig_explain (rig, "smoothgrad", set, NULL);
  g_autoptr (WhyExplanation) variance = method_rig_explain (rig, "vargrad", set, NULL);
  g_autoptr (WhyExplanation) square = method_rig_explain (rig, "squaregrad", set, NULL);
  g_autoptr (WhyExplanation) other
      = method_rig_explain (rig, "smoothgrad", "samples=6;sigma=0.3;seed=12", NULL);
  g_autofree gdouble *expected = g_new (gdouble, rig->n);

  for (gint64 i = 0; i < rig->n; i++)
    expected[i] = (gdouble)variance->map->real[i]
                  + (gdouble)mean->map->real[i] * (gdouble)mean->map->real[i];
  method_rig_assert_near (square->map, expected, rig->n, METHOD_TOLERANCE);
  if (net == 0) /* a linear network has one gradient everywhere */
    return;
  g_assert_cmpfloat (method_rig_sum (variance->map), >, 0.0);
  g_assert_cmpfloat (method_rig_distance (other->map->real, mean->map->real, rig->n), >, 1e-3);
  /* The standard error of the mean of n draws is √(variance / (n - 1)). */
  for (gint64 i = 0; i < rig->n; i++)
    g_assert_cmpfloat_with_epsilon ((gdouble)mean->error->real[i],
                                    sqrt ((gdouble)variance->map->real[i] / 5.0), 1e-3);
}

static void
test_modified_gradients_are_the_gradient_without_rectifiers (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_smooth (6, 8), 6, 8, SEED);
  g_autoptr (WhyExplanation) gradient = method_rig_explain (rig, "gradient", NULL, NULL);

  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (WhyExplanation) out
          = method_rig_explain (rig, i == 0 ? "deconvnet" : "guided-backprop", NULL, NULL);
      g_assert_cmpfloat (method_rig_distance (out->map->real, gradient->map->real, rig->n), <,
                         METHOD_TOLERANCE);
      g_assert_cmpuint (out->notes->len, ==, 1); /* says so */
    }
}

/* Written out for one layer: conv → relu → pool → dense, so dY of the rectifier is w/(h·w). */
static void
test_rectifiers_keep_what_each_rule_says (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (onnx_builder_new_classifier (1, 4, 5, 3), 4, 5, SEED);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyValueId conv = why_net_find_value (net, "conv", NULL);
  g_autofree WhyReal *values = NULL, *after = NULL;
  const WhyReal *raw;
  WhyGrid grid;

  for (gint guided = 0; guided < 2; guided++)
    {
      g_autofree WhyReal *a = NULL;
      g_autofree WhyReal *g = NULL;
      g_autofree WhyReal *x = g_memdup2 (rig->x, (gsize)rig->n * sizeof (WhyReal));
      WhyReal seed[3] = { 1, 0, 0 };
      method_rig_layer (rig, "relu", &grid, &a, &g); /* g: dY of the rectifier */
      g_assert_nonnull (why_net_forward (net, x, NULL));
      raw = why_net_backward (net, seed, conv, guided ? WHY_BACKWARD_GUIDED : WHY_BACKWARD_DECONV,
                              NULL);
      for (gint i = 0; i < grid.channels * grid.height * grid.width; i++)
        {
          gboolean keeps = g[i] > 0 && (!guided || a[i] > 0);
          g_assert_cmpfloat_with_epsilon ((gdouble)raw[i], keeps ? (gdouble)g[i] : 0.0, 1e-7);
        }
    }
}

/* What arrives at a rectifier's input is what its rule lets through of what arrives at its output.
 */
static gint
check_rectifier (WhyNet *net, const WhyReal *seed, const WhyNode *relu, gboolean guided)
{
  WhyBackwardRule rule = guided ? WHY_BACKWARD_GUIDED : WHY_BACKWARD_DECONV;
  const WhyValueId to[] = { relu->inputs[0], relu->outputs[0] };
  gint64 n = why_shape_numel (why_net_get_value_shape (net, to[0]));
  const WhyReal *value = why_net_get_value (net, to[1]), *found[2];
  gint stopped = 0;

  g_assert_true (
      why_net_backward_many (net, why_net_get_logits (net), seed, to, 2, rule, found, NULL));
  for (gint64 i = 0; i < n; i++)
    {
      gboolean keeps = found[1][i] > 0 && (!guided || value[i] > 0);

      g_assert_cmpfloat ((gdouble)found[0][i], ==, keeps ? (gdouble)found[1][i] : 0.0);
      stopped += !keeps && found[1][i] != 0;
    }
  return stopped;
}

static void
test_every_rectifier_keeps_its_rule (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  WhyNet *net = why_net_get_plain (why_explainer_get_net (rig->explainer, 1, NULL), NULL);
  const WhyGraph *graph = why_net_get_graph (net);
  g_autofree WhyReal *seed = g_new0 (WhyReal, why_net_get_n_classes (net));
  gint rectifiers = 0, stopped = 0;

  seed[rig->target.index] = 1;
  g_assert_nonnull (why_net_forward (net, rig->x, NULL));
  for (gint n = 0; n < (gint)graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, n);

      if (strcmp (node->op->name, "Relu") != 0)
        continue;
      rectifiers++;
      stopped += check_rectifier (net, seed, node, TRUE);
      stopped += check_rectifier (net, seed, node, FALSE);
    }
  g_assert_cmpint (rectifiers, >=, 2);
  g_assert_cmpint (stopped, >, 0);
}

static void
check_fullgrad (MethodRig *rig, gdouble tolerance)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "fullgrad", NULL, NULL);
  g_autoptr (WhyExplanation) input = method_rig_explain (rig, "input-x-gradient", NULL, NULL);

  method_rig_assert_shape (out->map, 1, rig->height, rig->width);
  method_rig_assert_close (method_rig_sum (out->map), out->score, tolerance);
  g_assert_cmpfloat_with_epsilon (out->residual, 0.0, tolerance * MAX (fabs (out->score), 1.0));
  g_assert_cmpfloat (out->residual_of, ==, out->score);
  method_rig_assert_close (method_rig_residual (out, "input-term"), method_rig_sum (input->map),
                           tolerance);
  method_rig_assert_close (method_rig_residual (out, "input-term")
                               + method_rig_residual (out, "bias-term"),
                           out->score, tolerance);
}

static void
test_fullgrad_is_complete (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));

  for (gint score = WHY_SCORE_LOGIT; score <= WHY_SCORE_LOG_PROBABILITY; score++)
    for (gint against = -1; against <= 1; against += 2)
      {
        rig->target = (WhyTarget){ 2, against, (WhyScore)score };
        check_fullgrad (rig, METHOD_TOLERANCE);
      }
}

static void
test_fullgrad_of_the_bundled_network (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();

  check_fullgrad (rig, METHOD_IS_DOUBLE ? 1e-9 : 1e-3);
}

/* conv → relu → pool → dense: Σ_c x·g, the convolution's bias times its gradient at each pixel (the
 * layer is as large as the picture), and the dense bias over all pixels alike. */
static void
test_fullgrad_puts_biases_where_they_act (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_batchnorm (6, 9, FALSE), 6, 9, SEED);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "fullgrad", NULL, NULL);
  g_autoptr (WhyExplanation) input = method_rig_explain (rig, "input-x-gradient", NULL, NULL);
  WhyNet *net = why_net_get_plain (why_explainer_get_net (rig->explainer, 1, NULL), NULL);
  gint64 plane = 54;
  g_autofree gdouble *expected = g_new0 (gdouble, plane);
  static const gchar *const layers[] = { "bn", "conv2" };

  for (gint64 i = 0; i < rig->n; i++)
    expected[i % plane] += (gdouble)input->map->real[i];
  for (gint l = 0; l < 2; l++)
    {
      WhyValueId id = why_net_find_value (net, layers[l], NULL);
      const WhyGraph *graph = why_net_get_graph (net);
      const WhyNode *conv = why_graph_node (graph, why_graph_value (graph, id)->producer);
      const WhyTensor *bias = why_graph_value (graph, conv->inputs[2])->constant;
      g_autofree WhyReal *a = NULL;
      g_autofree WhyReal *g = NULL;
      WhyGrid grid;
      gint scale;
      method_rig_layer (rig, layers[l], &grid, &a, &g);
      scale = 6 / grid.height;
      for (gint64 p = 0; p < plane; p++)
        for (gint k = 0; k < grid.channels; k++)
          {
            gint y = (gint)p / 9, x = (gint)p % 9;
            if (l == 0)
              expected[p] += (gdouble)bias->real[k] * (gdouble)g[k * plane + p];
            else /* 3×5 cells over 6×9 pixels: a cell is 2 × 1.8 of them */
              for (gint j = 0; j < 5; j++)
                {
                  gdouble from = MAX (x, j * 1.8), to = MIN (x + 1, (j + 1) * 1.8);
                  expected[p] += MAX (to - from, 0.0) / (1.8 * scale) * (gdouble)bias->real[k]
                                 * (gdouble)g[(k * 3 + y / 2) * 5 + j];
                }
          }
    }
  {
    gdouble rest = out->score, sum = 0.0;
    for (gint64 p = 0; p < plane; p++)
      sum += expected[p];
    rest -= sum; /* the dense layer's bias */
    for (gint64 p = 0; p < plane; p++)
      expected[p] += rest / (gdouble)plane;
  }
  method_rig_assert_near (out->map, expected, plane, METHOD_IS_DOUBLE ? 1e-9 : 1e-4);
}

static const struct
{
  const gchar *name;
  GTestDataFunc func;
  gsize first; /* of the networks it holds for */
} each_net[] = {
  { "input-x-gradient-is-the-product", test_input_x_gradient_is_the_product, 0 },
  { "smoothgrad-without-noise-is-the-gradient", test_smoothgrad_without_noise_is_the_gradient, 0 },
  { "squares-are-variance-and-mean", test_squares_are_variance_and_mean, 0 },
  { "every-rectifier-keeps-its-rule", test_every_rectifier_keeps_its_rule, 4 },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
    for (gsize n = each_net[t].first; n < G_N_ELEMENTS (nets); n++)
      {
        g_autofree gchar *path
            = g_strdup_printf ("/gradient/%s/%s", nets[n].name, each_net[t].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (n), each_net[t].func);
      }
  for (gsize n = 0; nets[n].make; n++)
    {
      g_autofree gchar *gradient = g_strdup_printf ("/gradient/%s/is-the-derivative", nets[n].name);
      g_autofree gchar *full = g_strdup_printf ("/fullgrad/%s/is-complete", nets[n].name);
      g_test_add_data_func (gradient, GSIZE_TO_POINTER (n), test_gradient_is_the_derivative);
      g_test_add_data_func (full, GSIZE_TO_POINTER (n), test_fullgrad_is_complete);
    }
  g_test_add_func ("/gradient/bundled/is-the-derivative", test_gradient_of_the_bundled_network);
  g_test_add_func ("/gradient/linear-networks-show-their-weights",
                   test_linear_networks_show_their_weights);
  g_test_add_func ("/gradient/input-x-gradient-of-a-homogeneous-network-sums-to-the-score",
                   test_input_x_gradient_of_a_homogeneous_network_sums_to_the_score);
  g_test_add_func ("/gradient/modified-gradients-are-the-gradient-without-rectifiers",
                   test_modified_gradients_are_the_gradient_without_rectifiers);
  g_test_add_func ("/gradient/rectifiers-keep-what-each-rule-says",
                   test_rectifiers_keep_what_each_rule_says);
  g_test_add_func ("/fullgrad/bundled/is-complete", test_fullgrad_of_the_bundled_network);
  g_test_add_func ("/fullgrad/puts-biases-where-they-act",
                   test_fullgrad_puts_biases_where_they_act);
  return g_test_run ();
}
