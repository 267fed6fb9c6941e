/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeing inside: ranked channels, factors of a layer, and pictures that please. */
#include "method-rig.h"

#include <math.h>
#include <string.h>

static MethodRig *
new_rig (void)
{
  return method_rig_new (tiny_net_batchnorm (8, 12, FALSE), 8, 12, 3);
}

/* Pooled, of residuals and a transformer, and bundled. */
static MethodRig *
new_rig_of (const gchar *net)
{
  return g_str_equal (net, "mixed")     ? method_rig_new (tiny_net_mixed (12, 16), 12, 16, 3)
         : g_str_equal (net, "bundled") ? method_rig_new_bundled ()
                                        : new_rig ();
}

static void
test_activations_rank_channels (gconstpointer net)
{
  g_autoptr (MethodRig) rig = new_rig_of (net);
  g_autoptr (WhyExplanation) top = method_rig_explain (rig, "activations", NULL, NULL);
  g_autoptr (WhyExplanation) third = method_rig_explain (rig, "activations", "channel=3", NULL);
  g_autofree WhyReal *a = NULL;
  g_autofree WhyReal *g = NULL;
  gdouble best = 0.0;
  gint cells, channel = 0, listed = 0;
  WhyGrid grid;

  method_rig_layer (rig, NULL, &grid, &a, &g);
  cells = grid.height * grid.width;
  for (gint k = 0; k < grid.channels; k++)
    {
      g_autofree gchar *name = g_strdup_printf ("channel-%d", k);
      gdouble sum = 0.0;
      for (gint p = 0; p < cells; p++)
        sum += (gdouble)a[k * cells + p] * (gdouble)g[k * cells + p];
      if (g_hash_table_contains (top->residuals, name)) /* the first few are listed */
        {
          method_rig_assert_close (method_rig_residual (top, name), sum, 1e-5);
          listed++;
        }
      if (fabs (sum) > fabs (best))
        {
          best = sum;
          channel = k;
        }
    }
  g_assert_cmpint (listed, ==, MIN (grid.channels, 8));
  method_rig_assert_shape (top->map, 1, grid.height, grid.width);
  g_assert_cmpfloat (method_rig_residual (top, "channel"), ==, channel);
  for (gint p = 0; p < cells; p++)
    {
      g_assert_cmpfloat ((gdouble)top->map->real[p], ==, (gdouble)a[channel * cells + p]);
      g_assert_cmpfloat ((gdouble)third->map->real[p], ==, (gdouble)a[3 * cells + p]);
    }
  g_assert_cmpuint (top->notes->len, ==, 1);
  method_rig_assert_refused (rig, "activations", "channel=9999", NULL, WHY_ERROR_ARGUMENT);
}

static void
test_factorization_improves_with_components (void)
{
  g_autoptr (MethodRig) rig = new_rig ();
  gdouble last = 1.0;

  for (gint r = 1; r <= 5; r += 2)
    {
      g_autofree gchar *set = g_strdup_printf ("components=%d;iterations=500", r);
      g_autoptr (WhyExplanation) out = method_rig_explain (rig, "feature-factorization", set, NULL);
      gdouble error = method_rig_residual (out, "factorization-error");
      g_assert_cmpfloat (error, <, last);
      last = error;
      for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
        g_assert_cmpfloat ((gdouble)out->map->real[i], >=, 0.0);
    }
  g_assert_cmpfloat (last, <, 0.05); /* as many components as channels */
  method_rig_assert_refused (rig, "feature-factorization", "components=2;component=2", NULL,
                             WHY_ERROR_ARGUMENT);
}

/* On any network: no factor is negative, and more of them leave less of A⁺ unexplained. */
static void
test_factors_explain_more_together (gconstpointer net)
{
  g_autoptr (MethodRig) rig = new_rig_of (net);
  g_autoptr (WhyExplanation) one
      = method_rig_explain (rig, "feature-factorization", "components=1;iterations=60", NULL);
  g_autoptr (WhyExplanation) four
      = method_rig_explain (rig, "feature-factorization", "components=4;iterations=60", NULL);

  for (gint64 i = 0; i < why_tensor_numel (four->map); i++)
    g_assert_cmpfloat ((gdouble)four->map->real[i], >=, 0.0);
  g_assert_cmpfloat (method_rig_residual (one, "factorization-error"), <, 1.0);
  g_assert_cmpfloat (method_rig_residual (four, "factorization-error"), <,
                     method_rig_residual (one, "factorization-error"));
}

static void
test_visualization_answers_more (gconstpointer net)
{
  g_autoptr (MethodRig) rig = new_rig_of (net);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "feature-visualization", "iterations=20;jitter=0", NULL);

  method_rig_assert_shape (out->map, 3, rig->height, rig->width);
  g_assert_cmpfloat (method_rig_residual (out, "response"), >,
                     method_rig_residual (out, "response-before"));
}

/* With one component left to explain all of it, its share is that of the whole layer. */
static void
test_factors_share_the_layer (void)
{
  g_autoptr (MethodRig) rig = new_rig ();
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "feature-factorization", "components=5;iterations=3000", NULL);
  g_autofree WhyReal *a = NULL;
  g_autofree WhyReal *g = NULL;
  gdouble whole = 0.0, parts = 0.0, before = G_MAXDOUBLE;
  WhyGrid grid;

  method_rig_layer (rig, NULL, &grid, &a, &g);
  for (gint i = 0; i < grid.channels * grid.height * grid.width; i++)
    whole += (gdouble)a[i] * (gdouble)g[i];
  for (gint r = 0; r < 5; r++)
    {
      g_autofree gchar *name = g_strdup_printf ("component-%d", r);
      gdouble share = method_rig_residual (out, name);
      g_assert_cmpfloat (share, <=, before);
      before = share;
      parts += share;
    }
  g_assert_cmpfloat_with_epsilon (parts, whole, 0.02 * MAX (fabs (whole), 0.1));
}

/* The picture found is better than the first, stays a picture, and is the same every time. */
static void
test_visualization_climbs (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (onnx_builder_new_classifier (1, 6, 8, 3), 6, 8, 3);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "feature-visualization", "iterations=60;jitter=0", NULL);
  g_autoptr (WhyExplanation) again
      = method_rig_explain (rig, "feature-visualization", "iterations=60;jitter=0", NULL);

  method_rig_assert_shape (out->map, 1, 6, 8);
  g_assert_true (why_method_makes_picture (out->method));
  g_assert_cmpfloat (method_rig_residual (out, "response"), >,
                     method_rig_residual (out, "response-before"));
  method_rig_assert_close (method_rig_score (rig, out->map->real),
                           method_rig_residual (out, "response"), 1e-5);
  for (gint64 i = 0; i < rig->n; i++)
    {
      g_assert_cmpfloat ((gdouble)out->map->real[i], >=, 0.0);
      g_assert_cmpfloat ((gdouble)out->map->real[i], <=, 1.0);
      g_assert_cmpfloat ((gdouble)out->map->real[i], ==, (gdouble)again->map->real[i]);
    }
}

static void
test_visualization_pleases_a_channel (void)
{
  g_autoptr (MethodRig) rig = new_rig ();
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "feature-visualization", "iterations=60;channel=2;jitter=1", "bn");

  method_rig_assert_shape (out->map, 3, 8, 12);
  g_assert_cmpfloat (method_rig_residual (out, "response"), >,
                     method_rig_residual (out, "response-before"));
  method_rig_assert_refused (rig, "feature-visualization", "channel=99", NULL, WHY_ERROR_ARGUMENT);
}

int
main (int argc, char *argv[])
{
  static const gchar *const nets[] = { "pooled", "mixed", "bundled" };
  static const struct
  {
    const gchar *name;
    GTestDataFunc func;
  } each_net[] = { { "activations-rank-channels", test_activations_rank_channels },
                   { "factors-explain-more-together", test_factors_explain_more_together },
                   { "visualization-answers-more", test_visualization_answers_more } };

  g_test_init (&argc, &argv, NULL);
  for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
    for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
      {
        g_autofree gchar *path = g_strdup_printf ("/inside/%s/%s", nets[n], each_net[t].name);
        g_test_add_data_func (path, nets[n], each_net[t].func);
      }
  g_test_add_func ("/inside/factorization-improves-with-components",
                   test_factorization_improves_with_components);
  g_test_add_func ("/inside/factors-share-the-layer", test_factors_share_the_layer);
  g_test_add_func ("/inside/visualization-climbs", test_visualization_climbs);
  g_test_add_func ("/inside/visualization-pleases-a-channel", test_visualization_pleases_a_channel);
  return g_test_run ();
}
