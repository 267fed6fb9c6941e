/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "linear-model.h"
#include "whylayer/metric.h"

static WhyCheck *
check (WhyModel *model, const gchar *metric, const gchar *parameters, const WhyReal *x,
       WhyTensor *map, const WhyTensor *mask)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplainer) explainer = why_explainer_new (model, 0, 0, 1, &error);
  g_autoptr (WhyExplanation) explanation = why_explanation_new ();
  g_autoptr (WhyParams) params = NULL;
  const WhyMetric *row = why_metric_lookup (metric, &error);
  WhyCheck *result;

  g_assert_no_error (error);
  params = why_params_new (why_metric_get_params (row));
  why_params_parse (params, parameters, &error);
  g_assert_no_error (error);
  explanation->method = why_method_lookup ("integrated-gradients", NULL);
  explanation->params = why_params_new (why_method_get_params (explanation->method));
  explanation->target = (WhyTarget){ 0, -1, WHY_SCORE_LOGIT };
  explanation->residual = 0.01;
  explanation->residual_of = -0.1;
  why_explanation_take_map (explanation, why_tensor_ref (map));
  result = why_metric_check (row, params, explainer, x, explanation, mask, TRUE, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static WhyTensor *
map_new (gint h, gint w, const WhyReal *values)
{
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, h, w));

  for (gint i = 0; i < h * w; i++)
    map->real[i] = values[i];
  return map;
}

/* Golden row 17: f = Σx on [.4 .3; .2 .1], two steps. */
static void
test_deletion_and_insertion_of_a_sum (void)
{
  const gdouble weights[] = { 1, 1, 1, 1 };
  const WhyReal x[] = { WHY_REAL (0.4), WHY_REAL (0.3), WHY_REAL (0.2), WHY_REAL (0.1) };
  g_autoptr (WhyModel) model = linear_model_new (1, 2, 2, weights);
  g_autoptr (WhyTensor) map = map_new (2, 2, x);
  g_autoptr (WhyCheck) deletion = check (model, "deletion", "steps=2;own-score=yes", x, map, NULL);
  g_autoptr (WhyCheck) insertion
      = check (model, "insertion", "steps=2;own-score=yes;base=zero", x, map, NULL);

  g_assert_cmpfloat_with_epsilon (deletion->value, 0.4, 1e-6);
  g_assert_cmpfloat_with_epsilon (insertion->value, 0.6, 1e-6);
  g_assert_true (isfinite (deletion->random) && isfinite (deletion->centre)
                 && isfinite (deletion->edges));
}

static void
test_average_drop_measures_what_the_mask_takes (void)
{
  const gdouble weights[] = { 2, 0, 0, 0, 0, 0 };
  const WhyReal x[] = { 1, 1, 1, 1, 1, 1 }, right[] = { 1, 0, 0, 0, 0, 0 },
                wrong[] = { 0, 0, 0, 0, 0, 3 };
  g_autoptr (WhyModel) model = linear_model_new (1, 2, 3, weights);
  g_autoptr (WhyTensor) good = map_new (2, 3, right);
  g_autoptr (WhyTensor) bad = map_new (2, 3, wrong);
  g_autoptr (WhyCheck) none = check (model, "average-drop", "", x, good, NULL);
  g_autoptr (WhyCheck) some = check (model, "average-drop", "", x, bad, NULL);
  g_autoptr (WhyCheck) increase = check (model, "average-increase", "", x, good, NULL);
  gdouble whole = 1.0 / (1.0 + exp (-2.0));

  g_assert_cmpfloat_with_epsilon (none->value, 0.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (some->value, (whole - 0.5) / whole, 1e-5);
  g_assert_cmpfloat (increase->value, ==, 0.0);
}

static void
test_selection_metrics_tell_the_area_too (void)
{
  const gdouble weights[6] = { 0 };
  const WhyReal x[6] = { 0 }, values[] = { 1, -5, 2, 0, 5, 0 }, inside[] = { 0, 1, 0, 0, 1, 0 };
  g_autoptr (WhyModel) model = linear_model_new (1, 2, 3, weights);
  g_autoptr (WhyTensor) map = map_new (2, 3, values);
  g_autoptr (WhyTensor) mask = map_new (2, 3, inside);
  g_autoptr (WhyCheck) pointing = check (model, "pointing-game", "", x, map, mask);
  g_autoptr (WhyCheck) mass = check (model, "relevance-mass", "", x, map, mask);
  const gdouble *area = g_hash_table_lookup (pointing->details, "area");
  const gdouble *moved = g_hash_table_lookup (mass->details, "moved");

  g_assert_cmpfloat (pointing->value, ==, 1.0);
  g_assert_cmpfloat_with_epsilon (mass->value, 5.0 / 8.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (*area, 1.0 / 3.0, 1e-6);
  /* The mask is one column of two: it can stand in three places, with masses 1, 5 and 2 of 8. */
  g_assert_cmpfloat_with_epsilon (*moved, 8.0 / 3.0 / 8.0, 0.1);
  g_assert_cmpfloat (*moved, >, 1.0 / 8.0);
}

static void
test_a_metric_that_needs_a_selection_says_so (void)
{
  const gdouble weights[6] = { 0 };
  const WhyReal x[6] = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = linear_model_new (1, 2, 3, weights);
  g_autoptr (WhyExplainer) explainer = why_explainer_new (model, 0, 0, 1, &error);
  g_autoptr (WhyExplanation) explanation = linear_model_explain (model, "gradient", "", x);

  g_assert_null (why_metric_check (why_metric_lookup ("pointing-game", NULL), NULL, explainer, x,
                                   explanation, NULL, TRUE, NULL, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
}

static void
test_sensitivity_n_is_one_for_the_true_contributions (void)
{
  gdouble weights[24];
  WhyReal x[24], contributions[24];
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyTensor) map = NULL;
  g_autoptr (WhyCheck) result = NULL;

  for (gint i = 0; i < 24; i++)
    {
      weights[i] = (i * 7 % 5) - 2.0;
      x[i] = (WhyReal)(0.1 * (i % 9) + 0.1);
      contributions[i] = (WhyReal)weights[i] * x[i];
    }
  model = linear_model_new (1, 4, 6, weights);
  map = map_new (4, 6, contributions);
  result = check (model, "sensitivity-n", "share=0.25", x, map, NULL);
  g_assert_cmpfloat_with_epsilon (result->value, 1.0, 1e-5);
  g_assert_cmpfloat (result->random, <, 0.9);
}

static void
test_completeness_is_a_share_and_flags (void)
{
  const gdouble weights[6] = { 0 };
  const WhyReal x[6] = { 0 };
  g_autoptr (WhyModel) model = linear_model_new (1, 2, 3, weights);
  g_autoptr (WhyTensor) map = map_new (2, 3, x);
  g_autoptr (WhyCheck) result = check (model, "completeness", "", x, map, NULL);

  g_assert_cmpfloat_with_epsilon (result->value, 0.1, 1e-9);
  g_assert_true (result->flagged);
  g_assert_true (isnan (result->random));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/deletion-and-insertion", test_deletion_and_insertion_of_a_sum);
  g_test_add_func ("/metrics/average-drop", test_average_drop_measures_what_the_mask_takes);
  g_test_add_func ("/metrics/selection", test_selection_metrics_tell_the_area_too);
  g_test_add_func ("/metrics/needs-a-selection", test_a_metric_that_needs_a_selection_says_so);
  g_test_add_func ("/metrics/sensitivity-n", test_sensitivity_n_is_one_for_the_true_contributions);
  g_test_add_func ("/metrics/completeness", test_completeness_is_a_share_and_flags);
  return g_test_run ();
}
