/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every row of the method table, on a network with residual sums, a depthwise
 * convolution and a transformer, on a plain one and on the bundled one. */
#include <math.h>
#include <string.h>

#include "method-rig.h"

/* Parameters that make a method cheap, and what it needs besides the picture. */
typedef struct
{
  const gchar *method, *set;
  /* On tiny_net_mixed / tiny_net_homogeneous / the bundled network: NULL where it is defined;
   * otherwise why it is refused. */
  const gchar *refused[3];
  gboolean logits_only;     /* hands out logits: other scores are refused */
  gboolean no_contrast_sum; /* |.|, squares, rectified or searched for: not linear in the score */
} Row;

#define TRANSFORMER "a transformer's attention"
#define EXCITING "units that excite each other"
#define POOLED "global average pooling and one linear layer"

static const Row rows[] = {
  { "grad-cam", "relu=no" },
  { "cam", "relu=no", { POOLED, POOLED }, TRUE },
  { "grad-cam-plus-plus", "relu=no", .no_contrast_sum = TRUE },
  { "xgrad-cam", "relu=no" },
  { "hires-cam", "relu=no" },
  { "layer-cam", "relu=no", .no_contrast_sum = TRUE },
  { "finer-cam", "relu=no", .no_contrast_sum = TRUE },
  { "score-cam", "relu=no;weights=increase", .no_contrast_sum = TRUE },
  { "ablation-cam", "relu=no", .no_contrast_sum = TRUE },
  { "eigen-cam", "relu=no", .no_contrast_sum = TRUE },
  { "guided-grad-cam", "relu=no", .no_contrast_sum = TRUE },
  { "attention-rollout", "", { NULL, TRANSFORMER, TRANSFORMER }, .no_contrast_sum = TRUE },
  { "legrad", "", { NULL, TRANSFORMER, TRANSFORMER }, .no_contrast_sum = TRUE },
  { "gradient", "" },
  { "input-x-gradient", "" },
  { "smoothgrad", "samples=4" },
  { "squaregrad", "samples=4", .no_contrast_sum = TRUE },
  { "vargrad", "samples=4", .no_contrast_sum = TRUE },
  { "fullgrad", "" },
  { "guided-backprop", "", .no_contrast_sum = TRUE },
  { "deconvnet", "", .no_contrast_sum = TRUE },
  { "integrated-gradients", "steps=4" },
  { "gradient-shap", "samples=4" },
  { "blur-ig", "steps=4" },
  { "guided-ig", "steps=4", .no_contrast_sum = TRUE },
  { "xrai", "steps=4;scales=2", .no_contrast_sum = TRUE },
  { "lrp", "", .logits_only = TRUE, .no_contrast_sum = TRUE },
  { "deeplift", "", .logits_only = TRUE },
  { "excitation-backprop", "", { EXCITING }, .logits_only = TRUE, .no_contrast_sum = TRUE },
  { "occlusion", "window=5;stride=4" },
  { "rise", "masks=24;grid=3" },
  { "lime", "segments=6;samples=24" },
  { "kernel-shap", "segments=5" },
  { "partition-shap", "samples=24", .no_contrast_sum = TRUE },
  { "sobol", "grid=3;designs=4", .no_contrast_sum = TRUE },
  { "extremal-perturbation", "iterations=4", .no_contrast_sum = TRUE },
  { "minimal-region", "grid=3", .no_contrast_sum = TRUE },
  { "shapley-of-parts", "" },
  { "activations", "", .no_contrast_sum = TRUE },
  { "feature-factorization", "components=2;iterations=20", .no_contrast_sum = TRUE },
  { "feature-visualization", "iterations=4", .no_contrast_sum = TRUE },
};

static const struct
{
  const gchar *name;
  OnnxBuilder *(*make) (gint height, gint width);
} nets[] = {
  { "mixed", tiny_net_mixed },
  { "plain", tiny_net_homogeneous },
  { "bundled", NULL },
};

static MethodRig *
new_rig (gsize net)
{
  return nets[net].make ? method_rig_new (nets[net].make (12, 16), 12, 16, 5)
                        : method_rig_new_bundled ();
}

typedef struct
{
  gint reports;
  gint cancel_at; /* report number; 0: never */
  gdouble last;
  gboolean fell;
  WhyProgress *progress;
} Watch;

static void
watch (gdouble fraction, const gchar *text, gpointer user_data)
{
  Watch *w = user_data;

  w->fell |= fraction < w->last - 1e-9 || fraction > 1.0 + 1e-9;
  w->last = fraction;
  if (++w->reports == w->cancel_at)
    why_progress_cancel (w->progress);
}

static WhyExplanation *
ask (MethodRig *rig, const Row *row, const WhyTarget *target, Watch *w, GError **error)
{
  g_autoptr (WhyParams) params = NULL;
  g_autoptr (WhyProgress) progress = NULL;
  g_autofree gint *parts = g_new (gint, rig->height * rig->width);
  WhyQuestion question = { .method = why_method_lookup (row->method, error), .target = *target };

  g_assert_no_error (error ? *error : NULL);
  for (gint i = 0; i < rig->height * rig->width; i++)
    parts[i] = i % rig->width < rig->width / 3 ? 0 : i / rig->width < rig->height / 2 ? 1 : 2;
  params = why_params_new (why_method_get_params (question.method));
  g_assert_true (why_params_parse (params, row->set, NULL));
  question.params = params;
  question.parts = parts;
  question.n_parts = 3;
  if (w)
    w->progress = progress = why_progress_new (watch, w);
  return why_explainer_explain (rig->explainer, rig->x, &question, progress, error);
}

static const Row *
row_of (gconstpointer data, gsize *net)
{
  *net = GPOINTER_TO_SIZE (data) % G_N_ELEMENTS (nets);
  return &rows[GPOINTER_TO_SIZE (data) / G_N_ELEMENTS (nets)];
}

static void
check_refusal (MethodRig *rig, const Row *row, const WhyTarget *target)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (rig, row, target, NULL, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED);
  g_test_message ("%s", error->message);
}

/* A finite map of the rig's picture with the figures every map has. */
static void
check_map (const MethodRig *rig, const WhyExplanation *out)
{
  const WhyShape *shape = &out->map->shape;

  g_assert_cmpint (shape->rank, ==, 3);
  g_assert_cmpint (shape->dims[1], <=, rig->height);
  g_assert_cmpint (shape->dims[2], <=, rig->width);
  if (shape->dims[1] != shape->dims[2])
    g_assert_cmpint (shape->dims[1] < shape->dims[2], ==, rig->height < rig->width);
  for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
    g_assert_true (isfinite (out->map->real[i]));
  g_assert_true (isfinite (out->score));
  g_assert_cmpint (out->layer != NULL, ==, why_method_uses_layer (out->method));
}

/* The next question is answered as before. */
static void
check_again (MethodRig *rig, const Row *row, const WhyTarget *target, const WhyExplanation *out)
{
  g_autoptr (WhyExplanation) again = ask (rig, row, target, NULL, NULL);

  g_assert_cmpmem (again->map->real, (gsize)why_tensor_numel (again->map) * sizeof (WhyReal),
                   out->map->real, (gsize)why_tensor_numel (out->map) * sizeof (WhyReal));
}

static void
test_progress_is_honest (gconstpointer data)
{
  gsize net;
  const Row *row = row_of (data, &net);
  g_autoptr (MethodRig) rig = new_rig (net);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplanation) out = NULL;
  WhyTarget target = rig->target;
  Watch w = { 0 };

  target.score = why_method_get_score (why_method_lookup (row->method, NULL));
  if (row->refused[net])
    {
      check_refusal (rig, row, &target);
      return;
    }
  out = ask (rig, row, &target, &w, &error);
  g_assert_no_error (error);
  check_map (rig, out);
  g_assert_cmpint (w.reports, >=, 2);
  g_assert_false (w.fell);
  g_assert_cmpfloat (w.last, ==, 1.0);
  /* Cancelled on the way: no map and no half of one. */
  w = (Watch){ .cancel_at = MIN ((w.reports + 1) / 2, nets[net].make ? G_MAXINT : 2) };
  g_assert_null (ask (rig, row, &target, &w, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_CANCELLED);
  if (nets[net].make) /* the bundled one is slow */
    check_again (rig, row, &target, out);
}

/* Why A and not B is a question about the difference of two scores; for methods that are linear in
 * the score its map is the difference of two maps. */
static void
test_contrast_is_the_difference (gconstpointer data)
{
  gsize net;
  const Row *row = row_of (data, &net);
  g_autoptr (MethodRig) rig = new_rig (net);
  g_autoptr (GError) error = NULL;
  WhyTarget a = rig->target, b = { (a.index + 1) % 4, -1, a.score };
  WhyTarget both = { a.index, b.index, a.score };
  g_autoptr (WhyExplanation) out = NULL;
  g_autoptr (WhyExplanation) of_a = NULL;
  g_autoptr (WhyExplanation) of_b = NULL;

  if (row->refused[net])
    return;
  out = ask (rig, row, &both, NULL, &error);
  g_assert_no_error (error);
  check_map (rig, out);
  of_a = ask (rig, row, &a, NULL, NULL);
  of_b = ask (rig, row, &b, NULL, NULL);
  method_rig_assert_close (out->score, of_a->score - of_b->score, METHOD_TOLERANCE);
  if (!row->no_contrast_sum)
    for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
      of_a->map->real[i] -= of_b->map->real[i];
  if (!row->no_contrast_sum)
    g_assert_cmpfloat (
        method_rig_distance (out->map->real, of_a->map->real, why_tensor_numel (out->map)), <,
        METHOD_IS_DOUBLE ? 1e-6 : 1e-3);
}

static void
test_scores_are_answered_or_refused (gconstpointer data)
{
  static const WhyScore scores[] = { WHY_SCORE_PROBABILITY, WHY_SCORE_LOG_PROBABILITY };
  gsize net;
  const Row *row = row_of (data, &net);
  g_autoptr (MethodRig) rig = new_rig (net);

  for (gsize s = 0; s < G_N_ELEMENTS (scores) && !row->refused[net]; s++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyExplanation) out = NULL;
      WhyTarget target = { rig->target.index, -1, scores[s] };

      if (row->logits_only)
        {
          check_refusal (rig, row, &target);
          continue;
        }
      out = ask (rig, row, &target, NULL, &error);
      g_assert_no_error (error);
      check_map (rig, out);
      g_assert_cmpfloat (out->score, <=, scores[s] == WHY_SCORE_PROBABILITY ? 1.0 : 0.0);
    }
}

/* A new method has to say here what holds for it. */
static void
test_every_method_is_here (void)
{
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);

  g_assert_cmpuint (n, ==, G_N_ELEMENTS (rows));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpstr (why_method_get_id (methods[i]), ==, rows[i].method);
}

static gdouble
estimate (const WhyNet *net, const gchar *id)
{
  const WhyMethod *method = why_method_lookup (id, NULL);
  g_autoptr (WhyParams) defaults = why_params_new (why_method_get_params (method));

  return why_method_estimate (method, defaults, net);
}

/* What the dialogs tell before anything is computed. */
static void
test_many_passes_are_said_to_cost_more (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  const WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  gdouble one = estimate (net, "grad-cam");

  g_assert_cmpfloat (one, >=, 1.0);
  g_assert_cmpfloat (one, <, 10.0);
  g_assert_cmpfloat (estimate (net, "integrated-gradients"), >, 10.0 * one);
  g_assert_cmpfloat (estimate (net, "rise"), >, 100.0 * one);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const gchar *name;
    GTestDataFunc func;
  } each[] = { { "progress", test_progress_is_honest },
               { "contrast", test_contrast_is_the_difference },
               { "score", test_scores_are_answered_or_refused } };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/every/method-is-here", test_every_method_is_here);
  g_test_add_func ("/every/many-passes-are-said-to-cost-more",
                   test_many_passes_are_said_to_cost_more);
  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++)
    for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
      for (gsize t = 0; t < G_N_ELEMENTS (each); t++)
        {
          g_autofree gchar *path
              = g_strdup_printf ("/every/%s/%s/%s", rows[r].method, nets[n].name, each[t].name);

          if (nets[n].make || t == 0)
            g_test_add_data_func (path, GSIZE_TO_POINTER (r * G_N_ELEMENTS (nets) + n),
                                  each[t].func);
        }
  return g_test_run ();
}
