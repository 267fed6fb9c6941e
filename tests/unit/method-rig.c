/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method-rig.h"

#include <math.h>
#include <string.h>

#include "places.h"

/* What a sidecar says of an input that is the pixels from 0 to white, for one and three channels.
 */
static const gchar unit_gray[]
    = "{\"input\": {\"channels\": \"gray\", \"range\": [0, %g], \"mean\": [0], \"std\": [1]}}";
static const gchar unit_rgb[] = "{\"input\": {\"channels\": \"rgb\", \"range\": [0, %g],"
                                " \"mean\": [0, 0, 0], \"std\": [1, 1, 1]}}";

static MethodRig *
rig_for_model (WhyModel *model, gint height, gint width)
{
  MethodRig *rig = g_new0 (MethodRig, 1);
  g_autoptr (GError) error = NULL;
  const WhyShape *shape;

  rig->model = model;
  rig->explainer = why_explainer_new (model, height, width, 1, &error);
  g_assert_no_error (error);
  shape = why_net_get_input_shape (why_explainer_get_net (rig->explainer, 1, NULL));
  rig->channels = (gint)shape->dims[1];
  rig->height = (gint)shape->dims[2];
  rig->width = (gint)shape->dims[3];
  rig->n = (gint64)rig->channels * rig->height * rig->width;
  rig->x = g_new (WhyReal, rig->n);
  rig->target = (WhyTarget){ 0, -1, WHY_SCORE_LOGIT };
  return rig;
}

MethodRig *
method_rig_new_white (OnnxBuilder *builder, gint height, gint width, guint64 seed, gdouble white)
{
  g_autofree gchar *sidecar = tiny_net_channels (builder) == 1 ? g_strdup_printf (unit_gray, white)
                                                               : g_strdup_printf (unit_rgb, white);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  MethodRig *rig;
  WhyModel *model;
  WhyRng rng;

  onnx_builder_add_metadata (builder, "whylayer", sidecar);
  bytes = onnx_builder_serialize (builder);
  onnx_builder_free (builder);
  model = why_model_load_bytes (bytes, "tiny", NULL, NULL, &error);
  g_assert_no_error (error);
  rig = rig_for_model (model, height, width);
  why_rng_init (&rng, seed, 0);
  for (gint64 i = 0; i < rig->n; i++)
    rig->x[i] = (WhyReal)why_rng_uniform (&rng);
  return rig;
}

MethodRig *
method_rig_new (OnnxBuilder *builder, gint height, gint width, guint64 seed)
{
  return method_rig_new_white (builder, height, width, seed, 1.0);
}

MethodRig *
method_rig_new_file (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree WhyReal *noise = NULL;
  g_autofree WhyReal *logits = NULL;
  MethodRig *rig;
  WhyModel *model = why_model_load (path, NULL, &error);
  WhyRng rng;

  g_assert_no_error (error);
  rig = rig_for_model (model, 0, 0);
  noise = g_new (WhyReal, rig->n);
  why_rng_init (&rng, 7, 0);
  for (gint64 i = 0; i < rig->n; i++)
    noise[i] = (WhyReal)(4.0 * why_rng_gaussian (&rng));
  why_blur (noise, rig->channels, rig->height, rig->width, 3.0, rig->x);
  logits = g_new (WhyReal, why_model_get_n_classes (model));
  g_assert_true (why_explainer_classify (rig->explainer, rig->x, logits, &error));
  for (gint c = 0; c < why_model_get_n_classes (model); c++)
    if (logits[c] > logits[rig->target.index])
      rig->target.index = c;
  return rig;
}

MethodRig *
method_rig_new_bundled (void)
{
  g_autofree gchar *path = test_source ("models/whylayer-tiny64.onnx");

  return method_rig_new_file (path);
}

void
method_rig_free (MethodRig *rig)
{
  why_explainer_free (rig->explainer);
  why_model_unref (rig->model);
  g_free (rig->x);
  g_free (rig);
}

static WhyExplanation *
ask (MethodRig *rig, const gchar *method, const gchar *set, const gchar *node, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (WhyParams) params = NULL;
  WhyQuestion question = { .node = node, .target = rig->target };

  question.method = why_method_lookup (method, &local);
  g_assert_no_error (local);
  params = why_params_new (why_method_get_params (question.method));
  why_params_parse (params, set ? set : "", &local);
  g_assert_no_error (local);
  question.params = params;
  return why_explainer_explain (rig->explainer, rig->x, &question, NULL, error);
}

WhyExplanation *
method_rig_explain (MethodRig *rig, const gchar *method, const gchar *set, const gchar *node)
{
  g_autoptr (GError) error = NULL;
  WhyExplanation *out = ask (rig, method, set, node, &error);

  g_assert_no_error (error);
  for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
    g_assert_true (isfinite (out->map->real[i]));
  return out;
}

void
method_rig_assert_refused (MethodRig *rig, const gchar *method, const gchar *set, const gchar *node,
                           WhyError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyExplanation) out = ask (rig, method, set, node, &error);

  g_assert_null (out);
  g_assert_error (error, WHY_ERROR, (gint)code);
}

gdouble
method_rig_score (MethodRig *rig, const WhyReal *input)
{
  g_autofree WhyReal *logits = g_new (WhyReal, why_model_get_n_classes (rig->model));
  g_autoptr (GError) error = NULL;

  why_explainer_classify (rig->explainer, input, logits, &error);
  g_assert_no_error (error);
  return why_target_score (&rig->target, rig->model, logits);
}

void
method_rig_layer (MethodRig *rig, const gchar *node, WhyGrid *grid, WhyReal **activations,
                  WhyReal **gradient)
{
  g_autoptr (GError) error = NULL;
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyTask task = { .explainer = rig->explainer,
                   .model = rig->model,
                   .channels = rig->channels,
                   .height = rig->height,
                   .width = rig->width,
                   .n_classes = why_net_get_n_classes (net),
                   .x = rig->x,
                   .target = rig->target };
  gint64 n;

  task.layer = node ? why_net_find_value (net, node, &error) : why_net_get_cam_layer (net, &error);
  g_assert_no_error (error);
  g_assert_true (why_net_get_grid (net, task.layer, &task.grid));
  *grid = task.grid;
  n = (gint64)grid->channels * grid->height * grid->width;
  *activations = g_new (WhyReal, n);
  *gradient = g_new (WhyReal, n);
  why_task_layer (&task, *activations, *gradient, NULL, &error);
  g_assert_no_error (error);
}

gdouble
method_rig_sum (const WhyTensor *map)
{
  gdouble sum = 0.0;

  for (gint64 i = 0; i < why_tensor_numel (map); i++)
    sum += (gdouble)map->real[i];
  return sum;
}

gdouble
method_rig_residual (const WhyExplanation *explanation, const gchar *name)
{
  const gdouble *value = g_hash_table_lookup (explanation->residuals, name);

  g_assert_nonnull (value);
  return *value;
}

gdouble
method_rig_distance (const WhyReal *a, const WhyReal *b, gint64 n)
{
  gdouble most = 0.0, difference = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      most = MAX (most, fabs ((gdouble)b[i]));
      difference = MAX (difference, fabs ((gdouble)a[i] - (gdouble)b[i]));
    }
  g_assert_cmpfloat (most, >, 0.0);
  return difference / most;
}

void
method_rig_assert_near (const WhyTensor *map, const gdouble *expected, gint64 n, gdouble tolerance)
{
  gdouble most = 1e-12;

  g_assert_cmpint (why_tensor_numel (map), ==, n);
  for (gint64 i = 0; i < n; i++)
    most = MAX (most, fabs (expected[i]));
  for (gint64 i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon ((gdouble)map->real[i], expected[i], tolerance * most);
}

void
method_rig_assert_shape (const WhyTensor *map, gint64 channels, gint64 height, gint64 width)
{
  g_assert_true (why_shape_equal (&map->shape, &WHY_SHAPE (channels, height, width)));
}

void
method_rig_assert_close (gdouble got, gdouble expected, gdouble tolerance)
{
  g_assert_cmpfloat_with_epsilon (got, expected, tolerance * MAX (fabs (expected), 1.0));
}
