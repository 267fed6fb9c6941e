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

static void
test_activations_rank_channels (void)
{
  g_autoptr (MethodRig) rig = new_rig ();
  g_autoptr (WhyExplanation) top = method_rig_explain (rig, "activations", NULL, NULL);
  g_autoptr (WhyExplanation) third = method_rig_explain (rig, "activations", "channel=3", NULL);
  g_autofree WhyReal *a = NULL;
  g_autofree WhyReal *g = NULL;
  gdouble best = 0.0;
  gint cells, channel = 0;
  WhyGrid grid;

  method_rig_layer (rig, NULL, &grid, &a, &g);
  cells = grid.height * grid.width;
  for (gint k = 0; k < grid.channels; k++)
    {
      g_autofree gchar *name = g_strdup_printf ("channel-%d", k);
      gdouble sum = 0.0;
      for (gint p = 0; p < cells; p++)
        sum += (gdouble)a[k * cells + p] * (gdouble)g[k * cells + p];
      method_rig_assert_close (method_rig_residual (top, name), sum, 1e-5);
      if (fabs (sum) > fabs (best))
        {
          best = sum;
          channel = k;
        }
    }
  method_rig_assert_shape (top->map, 1, grid.height, grid.width);
  g_assert_cmpfloat (method_rig_residual (top, "channel"), ==, channel);
  for (gint p = 0; p < cells; p++)
    {
      g_assert_cmpfloat ((gdouble)top->map->real[p], ==, (gdouble)a[channel * cells + p]);
      g_assert_cmpfloat ((gdouble)third->map->real[p], ==, (gdouble)a[3 * cells + p]);
    }
  g_assert_cmpuint (top->notes->len, ==, 1);
  method_rig_assert_refused (rig, "activations", "channel=99", NULL, WHY_ERROR_ARGUMENT);
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
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inside/activations-rank-channels", test_activations_rank_channels);
  g_test_add_func ("/inside/factorization-improves-with-components",
                   test_factorization_improves_with_components);
  g_test_add_func ("/inside/factors-share-the-layer", test_factors_share_the_layer);
  g_test_add_func ("/inside/visualization-climbs", test_visualization_climbs);
  g_test_add_func ("/inside/visualization-pleases-a-channel", test_visualization_pleases_a_channel);
  return g_test_run ();
}
