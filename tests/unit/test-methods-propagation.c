/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relevance propagation: conservation, completeness, and what BatchNormalization must not change.
 */
#include "graph/net-private.h"
#include "method-rig.h"
#include "places.h"

#include <math.h>
#include <string.h>

#define SEED 3

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

static const struct
{
  const gchar *name;
  OnnxBuilder *(*make) (gint height, gint width);
  gint height, width;
} nets[] = {
  { "linear", make_linear, 5, 7 },        { "homogeneous", tiny_net_homogeneous, 6, 9 },
  { "batchnorm", make_batchnorm, 7, 10 }, { "smooth", tiny_net_smooth, 6, 8 },
  { "mixed", tiny_net_mixed, 12, 16 },
};

static MethodRig *
new_rig (gsize net)
{
  return method_rig_new (nets[net].make (nets[net].height, nets[net].width), nets[net].height,
                         nets[net].width, SEED);
}

static void
check_conservation (MethodRig *rig, const gchar *set, gdouble tolerance)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "lrp", set, NULL);
  gdouble leak = method_rig_residual (out, "leak"), sum = method_rig_sum (out->map);

  method_rig_assert_close (sum, out->score - leak, tolerance * MAX (fabs (leak), 1.0));
  method_rig_assert_close (out->residual, sum - out->score, tolerance);
}

static void
test_lrp_conserves_relevance (gconstpointer data)
{
  static const gchar *const sets[] = {
    NULL,          "rule=epsilon",    "rule=epsilon;epsilon=0.1",       "rule=gamma;gamma=1",
    "rule=z-plus", "rule=alpha-beta", "rule=alpha-beta;alpha=1;beta=0",
  };
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));

  for (gint against = -1; against <= 1; against += 2)
    for (gsize s = 0; s < G_N_ELEMENTS (sets); s++)
      {
        rig->target = (WhyTarget){ 2, against, WHY_SCORE_LOGIT };
        check_conservation (rig, sets[s], 100 * METHOD_TOLERANCE);
      }
}

/* Layers that all relevance passes through, on its way from the score to the picture. */
typedef struct
{
  const gchar *net;
  OnnxBuilder *(*make) (gint height, gint width);
  gint height, width;
  const gchar *layers[9];
} Passage;

static const Passage passages[] = {
  { "homogeneous", tiny_net_homogeneous, 6, 9, { "relu2", "conv2", "relu1", "conv1" } },
  { "batchnorm", make_batchnorm, 7, 10, { "relu2", "conv2", "pool", "relu1", "bn" } },
  { "mixed",
    tiny_net_mixed,
    12,
    16,
    { "norm3", "stream2", "stream1", "tokens", "grid", "residual.relu", "stem.relu" } },
  { "bundled",
    NULL,
    0,
    0,
    { "smooth", "block6.relu2", "block5.relu2", "block4.relu2", "block3.relu2", "block2.relu2",
      "block1.relu2", "stem.relu2", "stem.relu1" } },
};

static void
choose_rule (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data)
{
  lrp->rule = *(const WhyLrpRule *)user_data;
  lrp->epsilon = 0.05; /* large enough for its share to be seen */
  lrp->gamma = 0.25;
}

/* At every layer: what has arrived and what was absorbed on the way are the score together. */
static void
test_lrp_conserves_relevance_at_every_layer (gconstpointer data)
{
  static const WhyLrpRule rules[] = { WHY_LRP_EPSILON, WHY_LRP_GAMMA, WHY_LRP_Z_PLUS };
  const Passage *p = data;
  g_autoptr (MethodRig) rig
      = p->make ? method_rig_new (p->make (p->height, p->width), p->height, p->width, SEED)
                : method_rig_new_bundled ();
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  gint index = rig->target.index;
  g_autofree WhyReal *seed = g_new0 (WhyReal, why_net_get_n_classes (net));

  seed[index] = why_net_forward (net, rig->x, NULL)[index];
  for (gsize r = 0; r < G_N_ELEMENTS (rules); r++)
    for (gsize l = 0; l < G_N_ELEMENTS (p->layers) && p->layers[l]; l++)
      {
        g_autoptr (GError) error = NULL;
        WhyValueId layer = why_net_find_value (net, p->layers[l], &error);
        gdouble sum = 0.0, leak = 0.0;
        const WhyReal *result;

        g_assert_no_error (error);
        g_assert_true (why_net_relevance (net, why_net_get_logits (net), seed, &layer, 1,
                                          choose_rule, (gpointer)&rules[r], &result, &leak, NULL));
        for (gint64 i = 0; i < why_shape_numel (why_net_get_value_shape (net, layer)); i++)
          sum += (gdouble)result[i];
        g_test_message ("%s, rule %d: %g arrived, %g absorbed", p->layers[l], rules[r], sum, leak);
        method_rig_assert_close (sum + leak, (gdouble)seed[index],
                                 100 * METHOD_TOLERANCE * MAX (fabs (leak), 1.0));
      }
}

static void
test_propagation_on_the_bundled_network (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  g_autoptr (WhyExplanation) lift = method_rig_explain (rig, "deeplift", NULL, NULL);
  g_autoptr (WhyExplanation) winners = method_rig_explain (rig, "excitation-backprop", NULL, NULL);
  g_autoptr (WhyExplanation) contrast
      = method_rig_explain (rig, "excitation-backprop", "contrastive=yes", NULL);

  method_rig_assert_close (method_rig_sum (contrast->map), 0.0, 1e-4);
  check_conservation (rig, NULL, METHOD_IS_DOUBLE ? 1e-7 : 1e-2);
  check_conservation (rig, "rule=epsilon", METHOD_IS_DOUBLE ? 1e-7 : 1e-2);
  method_rig_assert_close (lift->residual, 0.0, METHOD_IS_DOUBLE ? 1e-5 : 0.02);
  method_rig_assert_close (method_rig_sum (winners->map), 1.0, 1e-4);
}

/* Without biases, with a tiny epsilon, LRP-ε of a rectifier network is input × gradient. */
static void
test_lrp_epsilon_of_a_homogeneous_network_is_input_x_gradient (void)
{
  g_autoptr (MethodRig) rig = new_rig (1);
  g_autoptr (WhyExplanation) product = method_rig_explain (rig, "input-x-gradient", NULL, NULL);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "lrp", "rule=epsilon;epsilon=1e-12", NULL);

  g_assert_cmpfloat (method_rig_distance (out->map->real, product->map->real, rig->n), <,
                     METHOD_IS_DOUBLE ? 1e-8 : 1e-3);
}

static void
test_lrp_is_the_same_when_batchnorm_is_folded (void)
{
  static const gchar *const sets[] = { NULL, "rule=epsilon", "rule=gamma", "rule=z-plus" };
  g_autoptr (MethodRig) written = method_rig_new (tiny_net_batchnorm (7, 10, FALSE), 7, 10, SEED);
  g_autoptr (MethodRig) folded = method_rig_new (tiny_net_batchnorm (7, 10, TRUE), 7, 10, SEED);

  for (gsize s = 0; s < G_N_ELEMENTS (sets); s++)
    {
      g_autoptr (WhyExplanation) a = method_rig_explain (written, "lrp", sets[s], NULL);
      g_autoptr (WhyExplanation) b = method_rig_explain (folded, "lrp", sets[s], NULL);
      g_assert_cmpfloat (method_rig_distance (a->map->real, b->map->real, written->n), <, 1e-4);
    }
}

static void
test_propagation_explains_logits_only (void)
{
  g_autoptr (MethodRig) rig = new_rig (2);

  rig->target.score = WHY_SCORE_PROBABILITY;
  method_rig_assert_refused (rig, "lrp", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
  method_rig_assert_refused (rig, "deeplift", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
  method_rig_assert_refused (rig, "excitation-backprop", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
}

static void
test_deeplift_is_complete (gconstpointer data)
{
  static const gchar *const sets[] = { NULL, "baseline=white", "baseline=noise;seed=8" };
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));

  for (gsize s = 0; s < G_N_ELEMENTS (sets); s++)
    {
      g_autoptr (WhyExplanation) out = method_rig_explain (rig, "deeplift", sets[s], NULL);
      gdouble tolerance = METHOD_IS_DOUBLE ? 1e-6 : 1e-3;
      g_assert_cmpfloat (fabs (out->residual_of), >, 1e-4);
      method_rig_assert_close (method_rig_sum (out->map), out->residual_of, tolerance);
    }
}

static void
test_winning_probabilities_sum_to_one (void)
{
  g_autoptr (MethodRig) rig = new_rig (2);
  g_autoptr (WhyExplanation) winners = method_rig_explain (rig, "excitation-backprop", NULL, NULL);
  g_autoptr (WhyExplanation) contrast
      = method_rig_explain (rig, "excitation-backprop", "contrastive=yes", NULL);
  g_autoptr (WhyExplanation) deeper
      = method_rig_explain (rig, "excitation-backprop", NULL, "relu1");
  g_autoptr (WhyExplanation) against = NULL;

  method_rig_assert_shape (winners->map, 1, 4, 5);
  method_rig_assert_shape (deeper->map, 1, 7, 10);
  method_rig_assert_close (method_rig_sum (winners->map), 1.0, 1e-5);
  method_rig_assert_close (method_rig_sum (deeper->map), 1.0, 1e-5);
  method_rig_assert_close (method_rig_sum (contrast->map), 0.0, 1e-5);
  for (gint64 i = 0; i < why_tensor_numel (winners->map); i++)
    g_assert_cmpfloat ((gdouble)winners->map->real[i], >=, 0.0);
  rig->target.against = 1;
  against = method_rig_explain (rig, "excitation-backprop", NULL, NULL);
  method_rig_assert_close (method_rig_sum (against->map), 0.0, 1e-5);
}

static void
test_excitation_refuses_attention (void)
{
  g_autoptr (MethodRig) rig = new_rig (4);

  method_rig_assert_refused (rig, "excitation-backprop", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
}

static void
test_rollout_rows_sum_to_one (void)
{
  g_autoptr (MethodRig) rig = new_rig (4);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "attention-rollout", NULL, NULL);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  const WhyReal *p = why_net_get_value (net, why_net_find_value (net, "attention", NULL));

  method_rig_assert_shape (out->map, 1, 3, 4);
  method_rig_assert_close (method_rig_residual (out, "row-sum"), 1.0, 1e-6);
  /* One layer: the class token's row of the mean attention, halved by the skip. */
  for (gint j = 0; j < 12; j++)
    method_rig_assert_close ((gdouble)out->map->real[j],
                             ((gdouble)p[1 + j] + (gdouble)p[13 * 13 + 1 + j]) / 4, 1e-6);
}

/* One layer, so LeGrad is the positive gradient of the score itself by the attention. */
static void
test_legrad_is_the_positive_gradient_of_attention (void)
{
  g_autoptr (MethodRig) rig = new_rig (4);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "legrad", NULL, NULL);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyReal seed[4] = { 1, 0, 0, 0 };
  const WhyReal *g;
  gdouble most = 0.0;

  g_assert_nonnull (why_net_forward (net, rig->x, NULL));
  g = why_net_backward (net, seed, why_net_find_value (net, "attention", NULL),
                        WHY_BACKWARD_GRADIENT, NULL);
  method_rig_assert_shape (out->map, 1, 3, 4);
  for (gint j = 0; j < 12; j++)
    {
      gdouble expected = 0.0;
      for (gint row = 0; row < 26; row++)
        expected += MAX ((gdouble)g[row * 13 + 1 + j], 0.0) / 26;
      most = MAX (most, expected);
      g_assert_cmpfloat_with_epsilon ((gdouble)out->map->real[j], expected, 1e-6);
    }
  g_assert_cmpfloat (most, >, 1e-5);
}

/* The same network, its attention written as products and a Softmax or as one node. */
static void
test_attention_in_one_node_gives_the_same_maps (void)
{
  static const gchar *const methods[] = { "attention-rollout", "legrad", "grad-cam" };
  g_autoptr (MethodRig) split = method_rig_new (tiny_net_mixed (12, 16), 12, 16, SEED);
  g_autoptr (MethodRig) fused = method_rig_new (tiny_net_mixed_fused (12, 16), 12, 16, SEED);

  for (gsize m = 0; m < G_N_ELEMENTS (methods); m++)
    {
      g_autoptr (WhyExplanation) a = method_rig_explain (split, methods[m], NULL, NULL);
      g_autoptr (WhyExplanation) b = method_rig_explain (fused, methods[m], NULL, NULL);

      g_assert_true (why_shape_equal (&a->map->shape, &b->map->shape));
      g_assert_cmpfloat (
          method_rig_distance (b->map->real, a->map->real, why_tensor_numel (a->map)), <,
          METHOD_IS_DOUBLE ? 1e-9 : 1e-4);
    }
}

static void
test_transformer_methods_refuse_networks_without_attention (void)
{
  g_autoptr (MethodRig) rig = new_rig (2);

  method_rig_assert_refused (rig, "attention-rollout", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
  method_rig_assert_refused (rig, "legrad", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
}

static void
test_a_real_transformer (void)
{
  g_autofree gchar *path = test_shared ("models/vit_pgd_2_3_16.onnx");
  g_autoptr (MethodRig) rig = NULL;
  g_autoptr (WhyExplanation) rollout = NULL, legrad = NULL, cam = NULL;

  if (!path)
    return;
  rig = method_rig_new_file (path);
  rollout = method_rig_explain (rig, "attention-rollout", NULL, NULL);
  legrad = method_rig_explain (rig, "legrad", NULL, NULL);
  cam = method_rig_explain (rig, "grad-cam", "relu=no", NULL);
  method_rig_assert_shape (rollout->map, 1, 2, 2);
  method_rig_assert_shape (legrad->map, 1, 2, 2);
  method_rig_assert_shape (cam->map, 1, 2, 2);
  method_rig_assert_close (method_rig_residual (rollout, "row-sum"), 1.0, 1e-5);
  g_assert_cmpfloat (method_rig_sum (legrad->map), >, 0.0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
    {
      g_autofree gchar *lrp = g_strdup_printf ("/lrp/%s/conserves-relevance", nets[n].name);
      g_autofree gchar *lift = g_strdup_printf ("/deeplift/%s/is-complete", nets[n].name);
      g_test_add_data_func (lrp, GSIZE_TO_POINTER (n), test_lrp_conserves_relevance);
      g_test_add_data_func (lift, GSIZE_TO_POINTER (n), test_deeplift_is_complete);
    }
  for (gsize n = 0; n < G_N_ELEMENTS (passages); n++)
    {
      g_autofree gchar *path
          = g_strdup_printf ("/lrp/%s/conserves-relevance-at-every-layer", passages[n].net);
      g_test_add_data_func (path, &passages[n], test_lrp_conserves_relevance_at_every_layer);
    }
  g_test_add_func ("/lrp/epsilon-of-a-homogeneous-network-is-input-x-gradient",
                   test_lrp_epsilon_of_a_homogeneous_network_is_input_x_gradient);
  g_test_add_func ("/lrp/is-the-same-when-batchnorm-is-folded",
                   test_lrp_is_the_same_when_batchnorm_is_folded);
  g_test_add_func ("/propagation/explains-logits-only", test_propagation_explains_logits_only);
  g_test_add_func ("/propagation/bundled", test_propagation_on_the_bundled_network);
  g_test_add_func ("/excitation/probabilities-sum-to-one", test_winning_probabilities_sum_to_one);
  g_test_add_func ("/excitation/refuses-attention", test_excitation_refuses_attention);
  g_test_add_func ("/transformer/rollout-rows-sum-to-one", test_rollout_rows_sum_to_one);
  g_test_add_func ("/transformer/legrad-is-the-positive-gradient-of-attention",
                   test_legrad_is_the_positive_gradient_of_attention);
  g_test_add_func ("/transformer/attention-in-one-node-gives-the-same-maps",
                   test_attention_in_one_node_gives_the_same_maps);
  g_test_add_func ("/transformer/refuse-networks-without-attention",
                   test_transformer_methods_refuse_networks_without_attention);
  g_test_add_func ("/transformer/real", test_a_real_transformer);
  return g_test_run ();
}
