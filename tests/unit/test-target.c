/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "onnx-builder.h"
#include "places.h"
#include "whylayer/net.h"
#include "whylayer/target.h"

#define CLASSES 5

static const WhyReal logits[CLASSES] = { 0.5, 2, -1, 2, 0.25 };

/* A classifier of CLASSES classes whose metadata is description. */
static WhyModel *
model_new (const gchar *description)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, CLASSES);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  WhyModel *model;

  onnx_builder_add_metadata (builder, "whylayer", description);
  bytes = onnx_builder_serialize (builder);
  model = why_model_load_bytes (bytes, "test", NULL, NULL, &error);
  g_assert_no_error (error);
  return model;
}

static gdouble
score (const WhyModel *model, WhyScore kind, gint index, gint against)
{
  const WhyTarget target = { index, against, kind };

  return why_target_score (&target, model, logits);
}

static void
test_softmax_scores (void)
{
  g_autoptr (WhyModel) model = model_new ("{\"temperature\": 2}");
  gdouble z = exp (0.25) + 2 * exp (1) + exp (-0.5) + exp (0.125);

  g_assert_cmpfloat (score (model, WHY_SCORE_LOGIT, 1, -1), ==, 2);
  g_assert_cmpfloat (score (model, WHY_SCORE_LOGIT, 1, 2), ==, 3);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_PROBABILITY, 1, -1), exp (1) / z, 1e-12);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_LOG_PROBABILITY, 2, -1), -0.5 - log (z),
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_PROBABILITY, 1, 3), 0, 1e-15);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_LOG_PROBABILITY, 1, 2), 1.5, 1e-12);
}

static void
test_sigmoid_scores (void)
{
  g_autoptr (WhyModel) model = model_new ("{\"activation\": \"sigmoid\", \"temperature\": 0.5}");

  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_PROBABILITY, 2, -1), 1 / (1 + exp (2)),
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_LOG_PROBABILITY, 0, -1),
                                  -log (1 + exp (-1)), 1e-12);
}

static void
test_without_activation_the_output_is_the_probability (void)
{
  g_autoptr (WhyModel) model = model_new ("{\"activation\": \"none\"}");

  g_assert_cmpfloat (score (model, WHY_SCORE_PROBABILITY, 1, -1), ==, 2);
  g_assert_cmpfloat_with_epsilon (score (model, WHY_SCORE_LOG_PROBABILITY, 4, -1), log (0.25),
                                  1e-12);
}

/* Seeds against central differences, for every activation, score and contrast. */
static void
test_seeds_are_derivatives (void)
{
  const gchar *activations[] = { "softmax", "sigmoid", "none" };
  const WhyReal h = sizeof (WhyReal) == 8 ? WHY_REAL (1e-5) : WHY_REAL (1e-2);
  const gdouble tolerance = sizeof (WhyReal) == 8 ? 1e-9 : 1e-3;

  for (gsize a = 0; a < G_N_ELEMENTS (activations); a++)
    for (gint kind = WHY_SCORE_LOGIT; kind <= WHY_SCORE_LOG_PROBABILITY; kind++)
      for (gint against = -1; against < CLASSES; against += 4)
        {
          g_autofree gchar *description
              = g_strdup_printf ("{\"activation\": \"%s\", \"temperature\": 1.5}", activations[a]);
          g_autoptr (WhyModel) model = model_new (description);
          const WhyTarget target = { 1, against, (WhyScore)kind };
          WhyReal at[CLASSES] = { 0.5, 2, 1, 1.75, 0.25 }, seed[CLASSES];

          g_assert_cmpfloat (why_target_seed (&target, model, at, seed), ==,
                             why_target_score (&target, model, at));
          for (gint k = 0; k < CLASSES; k++)
            {
              WhyReal kept = at[k];
              gdouble up, down;
              at[k] = kept + h;
              up = why_target_score (&target, model, at);
              at[k] = kept - h;
              down = why_target_score (&target, model, at);
              at[k] = kept;
              g_assert_cmpfloat_with_epsilon ((gdouble)seed[k], (up - down) / (2 * (gdouble)h),
                                              tolerance);
            }
        }
}

static void
test_large_logits_stay_finite (void)
{
  g_autoptr (WhyModel) softmax = model_new ("{}");
  g_autoptr (WhyModel) sigmoid = model_new ("{\"activation\": \"sigmoid\"}");
  const WhyReal large[CLASSES] = { 1000, -1000, 0, 999, 1000 };
  const WhyTarget target = { 1, -1, WHY_SCORE_LOG_PROBABILITY };
  gdouble probabilities[CLASSES];
  WhyReal seed[CLASSES];

  why_probabilities (softmax, large, probabilities);
  g_assert_cmpfloat_with_epsilon (probabilities[0], 1 / (2 + exp (-1)), 1e-12);
  g_assert_cmpfloat (probabilities[1], ==, 0);
  g_assert_cmpfloat_with_epsilon (why_target_score (&target, softmax, large),
                                  -2000 - log (2 + exp (-1)), 1e-9);
  g_assert_cmpfloat (why_target_score (&target, sigmoid, large), ==, -1000);
  why_target_seed (&target, sigmoid, large, seed);
  g_assert_cmpfloat ((gdouble)seed[1], ==, 1);
  why_probabilities (sigmoid, large, probabilities);
  g_assert_cmpfloat (probabilities[0], ==, 1);
}

static void
test_predictions_are_sorted (void)
{
  g_autoptr (WhyModel) model = model_new ("{}");
  g_autoptr (GArray) predictions = why_predictions_new (model, logits);
  const gint order[CLASSES] = { 1, 3, 0, 4, 2 };
  gdouble sum = 0;

  g_assert_cmpuint (predictions->len, ==, CLASSES);
  for (gint i = 0; i < CLASSES; i++)
    {
      const WhyPrediction *prediction = &g_array_index (predictions, WhyPrediction, i);
      g_assert_cmpint (prediction->index, ==, order[i]);
      g_assert_cmpfloat (prediction->logit, ==, (gdouble)logits[order[i]]);
      sum += prediction->probability;
    }
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-12);
}

/* Both round to probability 1, yet one logit is larger. */
static void
test_predictions_order_saturated_probabilities_by_logit (void)
{
  g_autoptr (WhyModel) model = model_new ("{\"activation\": \"sigmoid\"}");
  const WhyReal saturated[CLASSES] = { 100, 200, WHY_REAL (0.0), NAN, -5 };
  g_autoptr (GArray) predictions = why_predictions_new (model, saturated);
  const gint order[CLASSES] = { 1, 0, 2, 4, 3 };

  for (gint i = 0; i < CLASSES; i++)
    g_assert_cmpint (g_array_index (predictions, WhyPrediction, i).index, ==, order[i]);
}

static void
test_unsure_rules (void)
{
  const gdouble energy = 2 * log (exp (0.25) + 2 * exp (1) + exp (-0.5) + exp (0.125));
  const gdouble probability = exp (1) / exp (energy / 2);
  const struct
  {
    const gchar *score;
    gdouble at; /* the picture's score */
  } rows[] = { { "energy", energy }, { "max-logit", 2 }, { "probability", probability } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (gint above = 0; above <= 1; above++)
      {
        gchar number[G_ASCII_DTOSTR_BUF_SIZE];
        g_autofree gchar *description = NULL;
        g_autoptr (WhyModel) model = NULL;

        g_ascii_dtostr (number, sizeof number, rows[i].at + (above ? 1e-6 : -1e-6));
        description = g_strdup_printf (
            "{\"temperature\": 2, \"unsure\": {\"score\": \"%s\", \"below\": %s}}", rows[i].score,
            number);
        model = model_new (description);
        g_assert_cmpint (why_model_is_unsure (model, logits, NAN), ==, above);
      }
}

/* A second output beside the logits says how sure the network is; the logits stay the classes'. */
static void
test_unsure_by_the_network_s_own_confidence (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, CLASSES);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyNet) net = NULL;
  g_autoptr (GError) error = NULL;
  WhyReal input[2 * 3 * 8 * 6];
  const WhyReal *confidence, *rows;
  Onnx__NodeProto *energy;

  energy = onnx_builder_add_node (builder, "ReduceLogSumExp", "energy", "logits", "energy");
  onnx_builder_set_ints (builder, energy, "axes", ONNX_INTS (1));
  onnx_builder_add_output (builder, "energy", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 1));
  onnx_builder_add_metadata (
      builder, "whylayer",
      "{\"unsure\": {\"score\": \"output\", \"output\": \"energy\", \"below\": 3}}");
  bytes = onnx_builder_serialize (builder);
  model = why_model_load_bytes (bytes, "test", NULL, NULL, &error);
  g_assert_no_error (error);
  net = why_net_new (model, &(WhyNetOptions){ .batch = 2 }, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (input); i++)
    input[i] = WHY_REAL (0.1) * (WhyReal)((i * 7) % 23);
  rows = why_net_forward (net, input, &error);
  g_assert_no_error (error);
  confidence = why_net_get_confidence (net);
  for (gint n = 0; n < 2; n++, rows += CLASSES)
    {
      gdouble sum = 0;
      for (gint i = 0; i < CLASSES; i++)
        sum += exp ((gdouble)rows[i]);
      g_assert_cmpfloat_with_epsilon (confidence[n], log (sum), 1e-5);
    }
  g_assert_true (why_model_is_unsure (model, logits, 2.9));
  g_assert_false (why_model_is_unsure (model, logits, 3.1));
}

static void
test_without_a_rule_nothing_is_unsure (void)
{
  g_autoptr (WhyModel) model = model_new ("{}");
  const WhyReal flat[CLASSES] = { 0 };

  g_assert_false (why_model_is_unsure (model, flat, -1));
}

static void
test_score_names (void)
{
  GError *error = NULL;
  WhyScore found;

  for (gint kind = WHY_SCORE_LOGIT; kind <= WHY_SCORE_LOG_PROBABILITY; kind++)
    {
      g_assert_true (why_score_from_string (why_score_to_string ((WhyScore)kind), &found, NULL));
      g_assert_cmpint (found, ==, kind);
    }
  g_assert_false (why_score_from_string ("probabilty", &found, &error));
  test_assert_error (&error, WHY_ERROR_ARGUMENT, "'probability'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/target/softmax-scores", test_softmax_scores);
  g_test_add_func ("/target/sigmoid-scores", test_sigmoid_scores);
  g_test_add_func ("/target/unsure-by-the-network-s-own-confidence",
                   test_unsure_by_the_network_s_own_confidence);
  g_test_add_func ("/target/without-activation-the-output-is-the-probability",
                   test_without_activation_the_output_is_the_probability);
  g_test_add_func ("/target/seeds-are-derivatives", test_seeds_are_derivatives);
  g_test_add_func ("/target/large-logits-stay-finite", test_large_logits_stay_finite);
  g_test_add_func ("/target/predictions-are-sorted", test_predictions_are_sorted);
  g_test_add_func ("/target/saturated-probabilities-are-ordered-by-logit",
                   test_predictions_order_saturated_probabilities_by_logit);
  g_test_add_func ("/target/unsure-rules", test_unsure_rules);
  g_test_add_func ("/target/without-a-rule-nothing-is-unsure",
                   test_without_a_rule_nothing_is_unsure);
  g_test_add_func ("/target/score-names", test_score_names);
  return g_test_run ();
}
