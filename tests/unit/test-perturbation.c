/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perturbation methods on linear networks, where every answer is known. */
#include <math.h>

#include "linear-model.h"
#include "methods/coalition.h"
#include "methods/segment.h"
#include "whylayer/rng.h"

#define H 8
#define W 12
#define N (H * W)

static void
fill_random (gdouble *weights, WhyReal *x, guint64 seed)
{
  WhyRng rng;

  why_rng_init (&rng, seed, 0);
  for (gint i = 0; i < N; i++)
    {
      weights[i] = why_rng_gaussian (&rng);
      x[i] = (WhyReal)why_rng_uniform (&rng);
    }
}

static gdouble
sum_of (const WhyTensor *map)
{
  gdouble sum = 0.0;

  for (gint64 i = 0; i < why_tensor_numel (map); i++)
    sum += (gdouble)map->real[i];
  return sum;
}

static void
test_occlusion_is_the_mean_of_what_windows_hide (void)
{
  gdouble weights[N];
  WhyReal x[N];
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) out = NULL;

  fill_random (weights, x, 1);
  model = linear_model_new (1, H, W, weights);
  out = linear_model_explain (model, "occlusion",
                              "window=3;stride=2;window-width=4;stride-x=3;fill=mean", x);
  for (gint y = 0; y < H; y++)
    for (gint px = 0; px < W; px++)
      {
        gdouble sum = 0.0, count = 0.0;
        for (gint top = 0; top < H - 3 + 2; top += 2)
          for (gint left = 0; left < W - 4 + 3; left += 3)
            {
              gdouble hidden = 0.0;
              if (y < top || y >= top + 3 || px < left || px >= left + 4)
                continue;
              for (gint v = top; v < MIN (top + 3, H); v++)
                for (gint u = left; u < MIN (left + 4, W); u++)
                  hidden += weights[v * W + u] * (gdouble)x[v * W + u];
              sum += hidden;
              count += 1.0;
            }
        g_assert_cmpfloat_with_epsilon ((gdouble)out->map->real[y * W + px], sum / count, 1e-4);
      }
}

static void
test_rise_of_a_constant_is_flat (void)
{
  gdouble weights[N] = { 0 };
  WhyReal x[N];
  g_autoptr (WhyModel) model = linear_model_new (1, H, W, weights);
  g_autoptr (WhyExplanation) out = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplainer) explainer = why_explainer_new (model, 0, 0, 1, &error);
  WhyQuestion question = { .method = why_method_lookup ("rise", &error),
                           .target = { 0, -1, WHY_SCORE_PROBABILITY } };

  for (gint i = 0; i < N; i++)
    x[i] = 1;
  out = why_explainer_explain (explainer, x, &question, NULL, &error);
  g_assert_no_error (error);
  for (gint i = 0; i < N; i++) /* f = 1/2 everywhere */
    g_assert_cmpfloat (fabs ((gdouble)out->map->real[i] - 0.5), <,
                       5.0 * (gdouble)out->error->real[i]);
}

static void
test_rise_finds_the_one_pixel_block_that_counts (void)
{
  gdouble weights[N] = { 0 };
  WhyReal x[N], most = 0;
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) out = NULL;
  gint top = 0;

  for (gint i = 0; i < N; i++)
    x[i] = 1;
  for (gint y = 1; y < 3; y++)
    for (gint u = 8; u < 11; u++)
      weights[y * W + u] = 1;
  model = linear_model_new (1, H, W, weights);
  out = linear_model_explain (model, "rise", "masks=2000;grid=4", x);
  for (gint i = 0; i < N; i++)
    if (out->map->real[i] > most)
      most = out->map->real[top = i];
  g_assert_cmpint (top / W, <=, 3);
  g_assert_cmpint (top % W, >=, 7);
}

static void
test_exact_shapley_values_obey_their_axioms (void)
{
  /* f(S) = 3·[0] + 2·[1][2]; feature 3 does nothing: 3, 1, 1, 0. */
  gdouble scores[16], values[4];

  for (guint s = 0; s < 16; s++)
    scores[s] = 3.0 * (s & 1) + 2.0 * (s >> 1 & 1) * (s >> 2 & 1) + 0.5;
  why_shapley_exact (scores, 4, values);
  g_assert_cmpfloat_with_epsilon (values[0], 3.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (values[1], 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (values[2], 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (values[3], 0.0, 1e-12);
}

/* On a linear network a feature's Shapley value is what it contributes, in every method that has
 * them. */
static void
test_shapley_methods_are_efficient_and_exact_on_linear_networks (void)
{
  const gchar *const methods[][2] = {
    { "kernel-shap", "segments=6;fill=mean" },
    { "kernel-shap", "segments=30;samples=400;fill=mean" },
    { "partition-shap", "samples=60;fill=mean" },
    { "partition-shap", "samples=100000;fill=mean" },
    { "shapley-of-parts", "fill=mean" },
  };
  gdouble weights[N], total = 0.0;
  WhyReal x[N];
  g_autoptr (WhyModel) model = NULL;

  fill_random (weights, x, 2);
  for (gint i = 0; i < N; i++)
    total += weights[i] * (gdouble)x[i];
  model = linear_model_new (1, H, W, weights);
  for (gsize m = 0; m < G_N_ELEMENTS (methods); m++)
    {
      g_autoptr (WhyExplanation) out
          = linear_model_explain (model, methods[m][0], methods[m][1], x);
      g_assert_cmpfloat_with_epsilon (sum_of (out->map), total, 1e-3);
      g_assert_cmpfloat_with_epsilon (out->residual, 0.0, 1e-3);
      if (m == 3) /* split down to single pixels */
        for (gint i = 0; i < N; i++)
          g_assert_cmpfloat_with_epsilon ((gdouble)out->map->real[i], weights[i] * (gdouble)x[i],
                                          1e-3);
    }
}

static void
test_lime_recovers_a_model_that_is_linear_in_its_segments (void)
{
  gdouble weights[N], segment_sum[200] = { 0 };
  gint labels[N], n;
  WhyReal x[N];
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) out = NULL;

  fill_random (weights, x, 3);
  for (gint i = 0; i < N; i++)
    weights[i] *= 20.0; /* large against the ridge */
  n = why_segment (x, 1, H, W, 8, labels);
  g_assert_cmpint (n, >, 3);
  for (gint i = 0; i < N; i++)
    segment_sum[labels[i]] += weights[i] * (gdouble)x[i];
  model = linear_model_new (1, H, W, weights);
  out = linear_model_explain (model, "lime", "segments=8;samples=3000;width=10;fill=mean", x);
  for (gint s = 0; s < n; s++)
    {
      gdouble found = 0.0;
      for (gint i = 0; i < N; i++)
        found += labels[i] == s ? (gdouble)out->map->real[i] : 0.0;
      g_assert_cmpfloat (fabs (found - segment_sum[s]), <, 0.02 * fabs (segment_sum[s]) + 1.0);
    }
}

static void
test_sobol_indices_of_a_linear_network_are_squared_weights (void)
{
  gdouble weights[N] = { 0 }, total = 0.0;
  gdouble cells[4] = { 1.0, -2.0, 0.0, 3.0 };
  WhyReal x[N];
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) out = NULL;

  for (gint i = 0; i < N; i++)
    x[i] = 1;
  for (gint i = 0; i < 4; i++)
    {
      weights[(i / 2 * 4) * W + i % 2 * 6] = cells[i];
      total += cells[i] * cells[i];
    }
  model = linear_model_new (1, H, W, weights);
  out = linear_model_explain (model, "sobol", "grid=2;designs=4000;fill=mean", x);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon ((gdouble)out->map->real[i], cells[i] * cells[i] / total, 0.04);
}

static void
test_extremal_mask_has_its_area_and_finds_the_evidence (void)
{
  gdouble weights[N] = { 0 };
  WhyReal x[N] = { 0 };
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) out = NULL;
  gdouble area;

  for (gint y = 0; y < 4; y++)
    for (gint u = 8; u < 12; u++)
      x[y * W + u] = weights[y * W + u] = (y + u) % 2 ? 1 : 0; /* texture: a blur destroys it */
  model = linear_model_new (1, H, W, weights);
  out = linear_model_explain (model, "extremal-perturbation", "area=0.2;iterations=60", x);
  area = sum_of (out->map) / (gdouble)why_tensor_numel (out->map);
  g_assert_cmpfloat_with_epsilon (area, 0.2, 1e-3);
  g_assert_cmpfloat ((gdouble)out->map->real[2], >, 0.9); /* the upper right of 2×3 cells */
}

static void
test_minimal_region_is_enough_and_misses_every_cell (void)
{
  gdouble weights[N];
  WhyReal x[N];
  gdouble cells[4] = { 3.0, -1.0, 2.0, -2.5 };
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyExplanation) enough = NULL;
  g_autoptr (WhyExplanation) needed = NULL;

  for (gint i = 0; i < N; i++)
    {
      x[i] = 1;
      weights[i] = cells[i / W / 4 * 2 + i % W / 6] / 24.0;
    }
  model = linear_model_new (1, H, W, weights);
  /* Class 1 has logit 0: class 0 is on top while the shown cells sum to more than 0. */
  enough = linear_model_explain (model, "minimal-region", "grid=2;fill=mean", x);
  needed = linear_model_explain (model, "minimal-region", "grid=2;fill=mean;question=necessary", x);
  g_assert_cmpfloat (sum_of (enough->map), ==, 1.0);
  g_assert_cmpfloat ((gdouble)enough->map->real[0], ==, 1.0);
  g_assert_cmpfloat (sum_of (needed->map), ==, 1.0); /* 3 away leaves -1.5 */
  g_assert_cmpfloat ((gdouble)needed->map->real[0], ==, 1.0);
}

static void
test_segments_are_connected_and_numbered (void)
{
  WhyReal x[3 * N];
  gint labels[N], n;
  WhyRng rng;

  why_rng_init (&rng, 4, 0);
  for (gint i = 0; i < 3 * N; i++)
    x[i] = (WhyReal)why_rng_uniform (&rng);
  n = why_segment (x, 3, H, W, 10, labels);
  g_assert_cmpint (n, >=, 4);
  g_assert_cmpint (n, <=, 20);
  for (gint i = 0; i < N; i++)
    {
      g_assert_cmpint (labels[i], >=, 0);
      g_assert_cmpint (labels[i], <, n);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/perturbation/occlusion", test_occlusion_is_the_mean_of_what_windows_hide);
  g_test_add_func ("/perturbation/rise-flat", test_rise_of_a_constant_is_flat);
  g_test_add_func ("/perturbation/rise-finds", test_rise_finds_the_one_pixel_block_that_counts);
  g_test_add_func ("/perturbation/shapley-axioms", test_exact_shapley_values_obey_their_axioms);
  g_test_add_func ("/perturbation/shapley-methods",
                   test_shapley_methods_are_efficient_and_exact_on_linear_networks);
  g_test_add_func ("/perturbation/lime", test_lime_recovers_a_model_that_is_linear_in_its_segments);
  g_test_add_func ("/perturbation/sobol",
                   test_sobol_indices_of_a_linear_network_are_squared_weights);
  g_test_add_func ("/perturbation/extremal",
                   test_extremal_mask_has_its_area_and_finds_the_evidence);
  g_test_add_func ("/perturbation/minimal-region",
                   test_minimal_region_is_enough_and_misses_every_cell);
  g_test_add_func ("/perturbation/segments", test_segments_are_connected_and_numbered);
  return g_test_run ();
}
