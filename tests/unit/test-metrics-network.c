/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics that run the method again, on networks with layers to forget. */
#include <math.h>
#include <string.h>

#include "graph/model-private.h"
#include "method-rig.h"
#include "metrics/imputation.h"
#include "whylayer/metric.h"

static WhyCheck *
check_in (MethodRig *rig, const gchar *method, const gchar *metric, const gchar *set,
          const WhyTensor *mask)
{
  g_autoptr (WhyExplanation) explanation = method_rig_explain (rig, method, NULL, NULL);
  const WhyMetric *row = why_metric_lookup (metric, NULL);
  g_autoptr (WhyParams) params = why_params_new (why_metric_get_params (row));
  g_autoptr (GError) error = NULL;
  WhyCheck *result;

  why_params_parse (params, set, &error);
  g_assert_no_error (error);
  result = why_metric_check (row, params, rig->explainer, rig->x, explanation, mask, TRUE, NULL,
                             &error);
  g_assert_no_error (error);
  return result;
}

static WhyCheck *
check (MethodRig *rig, const gchar *method, const gchar *metric, const gchar *set)
{
  return check_in (rig, method, metric, set, NULL);
}

/* The values of a layer of a model for the rig's picture. (transfer full) */
static gdouble *
run_layer (MethodRig *rig, WhyModel *model, const gchar *name, gint64 *n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplainer) explainer = why_explainer_new_like (rig->explainer, model, &error);
  WhyNet *net = why_explainer_get_net (explainer, 1, &error);
  WhyValueId id = name ? why_net_find_value (net, name, &error) : why_net_get_logits (net);
  gdouble *values;

  g_assert_no_error (error);
  g_assert_nonnull (why_net_forward (net, rig->x, &error));
  *n = why_shape_numel (why_net_get_value_shape (net, id));
  values = g_new (gdouble, *n);
  for (gint64 i = 0; i < *n; i++)
    values[i] = (gdouble)why_net_get_value (net, id)[i];
  return values;
}

static gboolean
differs (MethodRig *rig, WhyModel *other, const gchar *name)
{
  gint64 n, m;
  g_autofree gdouble *a = run_layer (rig, rig->model, name, &n);
  g_autofree gdouble *b = run_layer (rig, other, name, &m);

  g_assert_cmpint (n, ==, m);
  return memcmp (a, b, (gsize)n * sizeof *a) != 0;
}

static void
test_reinitialising_starts_at_the_output (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_batchnorm (9, 11, FALSE), 9, 11, 1);
  g_autoptr (WhyModel) top = why_model_reinitialise (rig->model, 1, 3, &error);
  g_autoptr (WhyModel) two = why_model_reinitialise (rig->model, 2, 3, &error);
  g_autoptr (WhyModel) all = why_model_reinitialise (rig->model, 0, 3, &error);
  g_autoptr (WhyModel) same = why_model_reinitialise (rig->model, 0, 3, &error);
  gint64 n;
  g_autofree gdouble *once = NULL;
  g_autofree gdouble *again = NULL;

  g_assert_no_error (error);
  g_assert_true (differs (rig, top, NULL));
  g_assert_false (differs (rig, top, "relu2"));
  g_assert_true (differs (rig, two, "relu2"));
  g_assert_false (differs (rig, two, "pool"));
  g_assert_true (differs (rig, all, "pool"));
  once = run_layer (rig, all, NULL, &n);
  again = run_layer (rig, same, NULL, &n);
  g_assert_cmpmem (once, (gsize)n * sizeof *once, again, (gsize)n * sizeof *again);
  g_assert_cmpint (why_model_get_n_classes (top), ==, why_model_get_n_classes (rig->model));
  g_assert_cmpstr (why_model_get_label (top, 0), ==, why_model_get_label (rig->model, 0));
}

static void
test_a_model_without_weights_cannot_forget (void)
{
  OnnxBuilder *builder = onnx_builder_new (13);
  g_autoptr (GError) error = NULL;
  g_autoptr (MethodRig) rig = NULL;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3, 4, 5));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3));
  onnx_builder_add_node (builder, "GlobalAveragePool", "pool", "input", "pool");
  onnx_builder_add_node (builder, "Flatten", "logits", "pool", "logits");
  rig = method_rig_new (builder, 4, 5, 1);
  g_assert_null (why_model_reinitialise (rig->model, 1, 0, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED);
}

static void
test_randomisation_of_a_linear_net_leaves_nothing (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, 16, 19, 4), 16, 19, 5);
  g_autoptr (WhyCheck) result = check (rig, "gradient", "parameter-randomisation", "draws=4");

  g_assert_cmpfloat (fabs (result->value), <, 0.1); /* three standard errors of 4·912 ranks */
  g_assert_false (result->flagged);
  g_assert_cmpfloat_with_epsilon (result->random, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (result->edges, 1.0, 1e-9);
}

/* The sanity check's own finding (Adebayo 2018), on a network that was really trained. */
static void
test_randomisation_flags_guided_backprop (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  g_autoptr (WhyCheck) guided = check (rig, "guided-backprop", "parameter-randomisation", "");
  g_autoptr (WhyCheck) deconv = check (rig, "deconvnet", "parameter-randomisation", "");
  g_autoptr (WhyCheck) gradient = check (rig, "gradient", "parameter-randomisation", "");
  g_autoptr (WhyCheck) cam = check (rig, "grad-cam", "parameter-randomisation", "");

  g_test_message ("signed Spearman: guided-backprop %.3f, deconvnet %.3f, gradient %.3f, Grad-CAM "
                  "%.3f",
                  guided->value, deconv->value, gradient->value, cam->value);
  g_assert_cmpfloat (guided->value, >, 0.7);
  g_assert_true (guided->flagged);
  g_assert_cmpfloat (gradient->value, <, 0.5);
  g_assert_false (gradient->flagged);
  g_assert_cmpfloat (cam->value, <, 0.5);
  g_assert_false (cam->flagged);
}

static void
test_sensitivity_of_linear_maps_is_known (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, 5, 7, 4), 5, 7, 5);
  g_autoptr (WhyCheck) gradient = check (rig, "gradient", "max-sensitivity", "");
  g_autoptr (WhyCheck) product = check (rig, "input-x-gradient", "max-sensitivity", "radius=0.1");
  g_autoptr (WhyExplanation) weights = method_rig_explain (rig, "gradient", NULL, NULL);
  g_autoptr (WhyExplanation) parts = method_rig_explain (rig, "input-x-gradient", NULL, NULL);
  gdouble all = 0.0, length = 0.0;

  for (gint64 i = 0; i < rig->n; i++)
    {
      all += pow ((gdouble)weights->map->real[i], 2);
      length += pow ((gdouble)parts->map->real[i], 2);
    }
  g_assert_cmpfloat (gradient->value, ==, 0.0);
  /* |w·δ| of uniform δ is 0.1·|w| / √3 on average, and never more than 0.1·|w|. */
  g_assert_cmpfloat (product->value, >, 0.1 * sqrt (all / length) / sqrt (3.0) * 0.8);
  g_assert_cmpfloat (product->value, <, 0.1 * sqrt (all / length));
  g_assert_cmpfloat (product->random, ==, 0.0);
  g_assert_cmpfloat (product->edges, >, 0.0);
}

static void
test_infidelity_of_true_contributions_is_zero (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, 8, 10, 4), 8, 10, 5);
  g_autoptr (WhyCheck) result = check (rig, "input-x-gradient", "infidelity", "fill=mean");

  g_assert_cmpfloat (result->value, <, 1e-6);
  g_assert_cmpfloat (result->random, >, 0.1);
  g_assert_cmpfloat (result->standard_error, <, 1e-6);
}

static void
test_imputation_continues_a_slope (void)
{
  WhyReal plane[7 * 9], slope[7 * 9];
  gboolean missing[7 * 9] = { FALSE };

  for (gint i = 0; i < 7 * 9; i++)
    plane[i] = slope[i] = (WhyReal)(2 * (i / 9) - 3 * (i % 9));
  for (gint y = 2; y < 5; y++)
    for (gint x = 1; x < 7; x++)
      {
        missing[y * 9 + x] = TRUE;
        plane[y * 9 + x] = 1000;
      }
  why_impute (plane, missing, 7, 9);
  for (gint i = 0; i < 7 * 9; i++)
    g_assert_cmpfloat_with_epsilon ((gdouble)plane[i], (gdouble)slope[i], 0.01);
}

/* Removing a linear net's true contributions hurts more than removing the rest. */
static void
test_road_tells_right_from_wrong (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, 8, 10, 4), 8, 10, 5);
  g_autoptr (WhyCheck) result = NULL;

  for (gint64 i = 0; i < rig->n; i++) /* nothing to be guessed from the surroundings */
    rig->x[i] = (i + i / 10) % 2 ? 3 : -3;
  result = check (rig, "input-x-gradient", "road", "");
  g_assert_cmpfloat (result->value, >, 0.1);
  g_assert_cmpfloat (fabs (result->random), <, result->value);
}

/* ---- on residuals, depthwise convolutions and a transformer, and on the bundled network ----- */

#define JUDGED "input-x-gradient"

static MethodRig *
new_rig (gboolean bundled)
{
  return bundled ? method_rig_new_bundled () : method_rig_new (tiny_net_mixed (12, 16), 12, 16, 5);
}

/* The left third. (transfer full) */
static WhyTensor *
make_selection (const MethodRig *rig)
{
  WhyTensor *mask = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (rig->height, rig->width));

  for (gint p = 0; p < rig->height * rig->width; p++)
    mask->real[p] = p % rig->width < rig->width / 3 ? 1 : 0;
  return mask;
}

/** What may be said of any map: the figures' limits; parameters that make a metric cheap. */
static const struct
{
  const gchar *metric, *set;
  gdouble low, high;
} limits[] = {
  { "deletion", "steps=7", 0, 1 },
  { "insertion", "steps=7", 0, 1 },
  { "average-drop", "", 0, 1 },
  { "average-increase", "", 0, 1 },
  { "road", "", -1, 1 },
  { "infidelity", "samples=12", 0, INFINITY },
  { "sensitivity-n", "samples=12", -1, 1 },
  { "max-sensitivity", "samples=2", 0, INFINITY },
  { "parameter-randomisation", "draws=1", -1, 1 },
  { "completeness", "", 0, INFINITY },
  { "pointing-game", "", 0, 1 },
  { "relevance-mass", "", 0, 1 },
};

static void
assert_within (gdouble value, gsize row)
{
  g_assert_true (isfinite (value));
  g_assert_cmpfloat (value, >=, limits[row].low - 1e-6);
  g_assert_cmpfloat (value, <=, limits[row].high + 1e-6);
}

/* Every metric judges a map and those that know nothing, and says the same again. */
static void
test_every_metric_judges (gconstpointer bundled)
{
  g_autoptr (MethodRig) rig = new_rig (bundled != NULL);
  g_autoptr (WhyTensor) mask = make_selection (rig);
  gsize n;
  const WhyMetric *const *metrics = why_metrics (&n);

  g_assert_cmpuint (n, ==, G_N_ELEMENTS (limits));
  for (gsize m = 0; m < n; m++)
    {
      gboolean promises = g_str_equal (limits[m].metric, "completeness");
      const gchar *method = promises ? "fullgrad" : JUDGED;
      g_autoptr (WhyCheck) one = check_in (rig, method, limits[m].metric, limits[m].set, mask);
      g_autoptr (WhyCheck) two = check_in (rig, method, limits[m].metric, limits[m].set, mask);

      g_assert_cmpstr (why_metric_get_id (metrics[m]), ==, limits[m].metric);
      assert_within (one->value, m);
      g_assert_cmpfloat (one->value, ==, two->value);
      for (gint c = 0; c < 3 && !promises; c++)
        assert_within (((const gdouble[]){ one->random, one->centre, one->edges })[c], m);
    }
}

static int
compare_values (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const WhyReal *map = user_data;
  gint i = *(const gint *)a, j = *(const gint *)b;

  return map[i] > map[j] ? -1 : map[i] < map[j] ? 1 : i - j;
}

/* The area under the probability's curve in five steps of an equal number of pixels. */
static gdouble
walk (MethodRig *rig, const WhyReal *map, gboolean insert)
{
  gint plane = rig->height * rig->width;
  g_autofree WhyReal *input = g_new (WhyReal, rig->n);
  g_autofree gint *order = g_new (gint, plane);
  gdouble area = 0.0;

  for (gint i = 0; i < plane; i++)
    order[i] = i;
  g_qsort_with_data (order, plane, sizeof *order, compare_values, (gpointer)map);
  for (gint step = 0; step <= 5; step++)
    {
      for (gint i = 0; i < plane; i++)
        for (gint c = 0; c < rig->channels; c++)
          {
            gboolean moved = i < plane * step / 5;
            gint64 at = c * plane + order[i];
            input[at] = moved == insert ? rig->x[at] : 0;
          }
      area += method_rig_score (rig, input) * (step == 0 || step == 5 ? 0.1 : 0.2);
    }
  return area;
}

/* The probability of the picture times its map. */
static gdouble
probability_behind (MethodRig *rig, const WhyReal *map)
{
  gint plane = rig->height * rig->width;
  g_autofree WhyReal *input = g_new (WhyReal, rig->n);
  WhyReal most = 0;

  for (gint i = 0; i < plane; i++)
    most = MAX (most, map[i]);
  for (gint64 i = 0; i < rig->n; i++)
    input[i] = rig->x[i] * MAX (map[i % plane], 0) / most;
  return method_rig_score (rig, input);
}

static void
assert_metric (MethodRig *rig, const gchar *metric, const gchar *set, const WhyTensor *mask,
               gdouble expected)
{
  g_autoptr (WhyCheck) result = check_in (rig, JUDGED, metric, set, mask);

  g_assert_cmpfloat_with_epsilon (result->value, expected, 1e-4);
}

static void
test_metrics_by_brute_force (gconstpointer bundled)
{
  g_autoptr (MethodRig) rig = new_rig (bundled != NULL);
  g_autoptr (WhyTensor) mask = make_selection (rig);
  g_autoptr (WhyExplanation) explanation = NULL;
  g_autoptr (WhyTensor) cells = NULL;
  gint plane = rig->height * rig->width, top = 0;
  gdouble inside = 0.0, all = 0.0, whole, left;

  rig->target.score = WHY_SCORE_PROBABILITY;
  explanation = method_rig_explain (rig, JUDGED, NULL, NULL);
  cells = why_explanation_reduce (explanation);
  g_assert_cmpint (why_tensor_numel (cells), ==, plane);
  for (gint i = 0; i < plane; i++)
    {
      gdouble relevance = MAX ((gdouble)cells->real[i], 0.0);

      inside += mask->real[i] > 0 ? relevance : 0.0;
      all += relevance;
      top = cells->real[i] > cells->real[top] ? i : top;
    }
  whole = method_rig_score (rig, rig->x);
  left = probability_behind (rig, cells->real);
  assert_metric (rig, "deletion", "steps=5", NULL, walk (rig, cells->real, FALSE));
  assert_metric (rig, "insertion", "steps=5;base=zero", NULL, walk (rig, cells->real, TRUE));
  assert_metric (rig, "average-drop", "", NULL, MAX (whole - left, 0.0) / whole);
  assert_metric (rig, "average-increase", "", NULL, left > whole ? 1.0 : 0.0);
  assert_metric (rig, "relevance-mass", "", mask, inside / all);
  assert_metric (rig, "pointing-game", "", mask, mask->real[top] > 0 ? 1.0 : 0.0);
}

static void
test_completeness_tells_who_keeps_the_promise (gconstpointer bundled)
{
  g_autoptr (MethodRig) rig = new_rig (bundled != NULL);
  g_autoptr (WhyCheck) full = check (rig, "fullgrad", "completeness", "");
  g_autoptr (WhyCheck) none = check (rig, "gradient", "completeness", "");

  g_assert_cmpfloat (full->value, <, 1e-3);
  g_assert_false (full->flagged);
  g_assert_true (isnan (none->value));
  g_assert_false (none->flagged);
}

static const struct
{
  const gchar *name;
  GTestDataFunc func;
} each_net[] = {
  { "every-metric-judges", test_every_metric_judges },
  { "by-brute-force", test_metrics_by_brute_force },
  { "completeness-tells-who-keeps-the-promise", test_completeness_tells_who_keeps_the_promise },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gint bundled = 0; bundled <= !METHOD_IS_DOUBLE; bundled++) /* slow in double */
    for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
      {
        g_autofree gchar *path
            = g_strdup_printf ("/metrics/%s/%s", bundled ? "bundled" : "mixed", each_net[t].name);
        g_test_add_data_func (path, GINT_TO_POINTER (bundled), each_net[t].func);
      }
  g_test_add_func ("/metrics/reinitialise", test_reinitialising_starts_at_the_output);
  g_test_add_func ("/metrics/reinitialise-nothing", test_a_model_without_weights_cannot_forget);
  g_test_add_func ("/metrics/randomisation-linear",
                   test_randomisation_of_a_linear_net_leaves_nothing);
  g_test_add_func ("/metrics/randomisation-bundled", test_randomisation_flags_guided_backprop);
  g_test_add_func ("/metrics/max-sensitivity", test_sensitivity_of_linear_maps_is_known);
  g_test_add_func ("/metrics/infidelity", test_infidelity_of_true_contributions_is_zero);
  g_test_add_func ("/metrics/imputation", test_imputation_continues_a_slope);
  g_test_add_func ("/metrics/road", test_road_tells_right_from_wrong);
  return g_test_run ();
}
