/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What perturbation methods promise on any network: by brute force, and by what may not matter. */
#include <math.h>
#include <string.h>

#include "method-rig.h"

#define SEED 6
#define TOLERANCE 1e-3 /* of the largest value: scores are rough to 1e-5 of theirs */

static OnnxBuilder *
make_pooled (gint height, gint width)
{
  return tiny_net_batchnorm (height, width, FALSE);
}

/* window, stride: of occlusion. masks: of RISE. */
static const struct
{
  const gchar *name;
  OnnxBuilder *(*make) (gint height, gint width);
  gint height, width, window, stride, masks;
} nets[] = {
  { "pooled", make_pooled, 9, 14, 4, 3, 200 },
  { "mixed", tiny_net_mixed, 12, 16, 5, 4, 200 },
  { "bundled", NULL, 0, 0, 24, 20, 60 },
};

/* The rig asks about the class that its picture is taken for. */
static MethodRig *
new_rig (gsize net)
{
  MethodRig *rig = nets[net].make
                       ? method_rig_new (nets[net].make (nets[net].height, nets[net].width),
                                         nets[net].height, nets[net].width, SEED)
                       : method_rig_new_bundled ();
  gint n = why_model_get_n_classes (rig->model);
  g_autofree WhyReal *logits = g_new (WhyReal, n);

  g_assert_true (why_explainer_classify (rig->explainer, rig->x, logits, NULL));
  for (gint c = 0; c < n; c++)
    if (logits[c] > logits[rig->target.index])
      rig->target.index = c;
  return rig;
}

/* The black pixel's value in the plane that number i lies in. */
static WhyReal
black_at (const MethodRig *rig, gint64 i)
{
  WhyReal black[3];

  why_preprocessing_pixel (why_model_get_preprocessing (rig->model), 0.0, black);
  return black[i / ((gint64)rig->height * rig->width)];
}

static void
blacken (const MethodRig *rig, gint64 i, WhyReal *input)
{
  input[i] = black_at (rig, i);
}

static gdouble
score_of_black (MethodRig *rig)
{
  g_autofree WhyReal *input = g_new (WhyReal, rig->n);

  for (gint64 i = 0; i < rig->n; i++)
    blacken (rig, i, input);
  return method_rig_score (rig, input);
}

static gboolean
lies_in (gint y, gint x, gint top, gint left, gint size)
{
  return y >= top && y < top + size && x >= left && x < left + size;
}

/* What the score loses without the window, for all its pixels. */
static void
occlude (MethodRig *rig, gdouble score, gint top, gint left, gint size, gdouble *sum,
         gdouble *count)
{
  gint64 plane = (gint64)rig->height * rig->width;
  g_autofree WhyReal *input = g_memdup2 (rig->x, (gsize)rig->n * sizeof (WhyReal));
  gdouble drop;

  for (gint64 i = 0; i < rig->n; i++)
    if (lies_in ((gint)(i % plane) / rig->width, (gint)i % rig->width, top, left, size))
      blacken (rig, i, input);
  drop = score - method_rig_score (rig, input);
  for (gint p = 0; p < plane; p++)
    if (lies_in (p / rig->width, p % rig->width, top, left, size))
      {
        sum[p] += drop;
        count[p] += 1.0;
      }
}

static void
test_occlusion_by_brute_force (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  gint size = nets[net].window, stride = nets[net].stride;
  g_autoptr (MethodRig) rig = new_rig (net);
  gint64 plane = (gint64)rig->height * rig->width;
  g_autofree gchar *set = g_strdup_printf ("window=%d;stride=%d;fill=black", size, stride);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "occlusion", set, NULL);
  g_autofree gdouble *sum = g_new0 (gdouble, plane);
  g_autofree gdouble *count = g_new0 (gdouble, plane);
  gdouble score = method_rig_score (rig, rig->x);

  for (gint top = 0; top < rig->height - size + stride; top += stride)
    for (gint left = 0; left < rig->width - size + stride; left += stride)
      occlude (rig, score, top, left, size, sum, count);
  for (gint64 p = 0; p < plane; p++)
    sum[p] /= count[p];
  method_rig_assert_near (out->map, sum, plane, TOLERANCE);
}

/* With p = 1 there is one mask, which shows everything: f(x) at every pixel. */
static void
test_rise_with_the_only_mask_is_the_score (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "rise", "masks=3;p=1", NULL);

  for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
    method_rig_assert_close ((gdouble)out->map->real[i], out->score, TOLERANCE);
}

/* Two draws of the masks differ as much as their standard errors say. */
static void
test_rise_knows_its_error (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);
  g_autofree gchar *one = g_strdup_printf ("masks=%d;grid=4;seed=1", nets[net].masks);
  g_autofree gchar *two = g_strdup_printf ("masks=%d;grid=4;seed=2", nets[net].masks);
  g_autoptr (WhyExplanation) a = method_rig_explain (rig, "rise", one, NULL);
  g_autoptr (WhyExplanation) b = method_rig_explain (rig, "rise", two, NULL);
  gdouble chi = 0.0;

  for (gint64 i = 0; i < why_tensor_numel (a->map); i++)
    {
      gdouble error = hypot ((gdouble)a->error->real[i], (gdouble)b->error->real[i]);
      gdouble difference = (gdouble)a->map->real[i] - (gdouble)b->map->real[i];

      g_assert_cmpfloat (fabs (difference), <=, 6.0 * error);
      chi += difference * difference / (error * error);
    }
  g_assert_cmpfloat (chi / (gdouble)why_tensor_numel (a->map), >, 0.01);
}

static void
test_shapley_methods_are_efficient (gconstpointer data)
{
  static const gchar *const questions[][2] = {
    { "kernel-shap", "segments=5;fill=black" },
    { "kernel-shap", "segments=24;samples=120;fill=black" },
    { "partition-shap", "samples=40;fill=black" },
    { "shapley-of-parts", "fill=black" },
  };
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  gdouble gain = method_rig_score (rig, rig->x) - score_of_black (rig);

  g_assert_cmpfloat (fabs (gain), >, 0.01);
  for (gsize q = 0; q < G_N_ELEMENTS (questions); q++)
    {
      g_autoptr (WhyExplanation) out
          = method_rig_explain (rig, questions[q][0], questions[q][1], NULL);

      method_rig_assert_close (method_rig_sum (out->map), gain, TOLERANCE);
      method_rig_assert_close (out->residual_of, gain, TOLERANCE);
    }
}

/* A channel that is as black as its absence has no part in the score; the others share all of it.
 */
static void
test_a_part_that_is_not_there_gets_nothing (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  gint64 plane = (gint64)rig->height * rig->width;
  g_autoptr (WhyExplanation) out = NULL;
  gdouble gain;

  for (gint64 i = plane; i < 2 * plane; i++)
    blacken (rig, i, rig->x);
  gain = method_rig_score (rig, rig->x) - score_of_black (rig);
  out = method_rig_explain (rig, "shapley-of-parts", "fill=black", NULL);
  g_assert_cmpfloat_with_epsilon (method_rig_residual (out, "part-2"), 0.0, 1e-4);
  method_rig_assert_close (
      method_rig_residual (out, "part-1") + method_rig_residual (out, "part-3"), gain, TOLERANCE);
}

/* The left half; of a square picture the upper one, as two superpixels divide it. */
static gboolean
is_light (const MethodRig *rig, gint64 i)
{
  gint64 plane = (gint64)rig->height * rig->width;

  return rig->width > rig->height ? i % rig->width < rig->width / 2
                                  : i % plane / rig->width < rig->height / 2;
}

/* A picture that is black but for one half, all of one colour: only there is anything to hide. */
static gdouble
light_one_half (MethodRig *rig)
{
  WhyReal light[3];
  gint64 plane = (gint64)rig->height * rig->width;

  why_preprocessing_pixel (why_model_get_preprocessing (rig->model), 0.8, light);
  for (gint64 i = 0; i < rig->n; i++)
    rig->x[i] = is_light (rig, i) ? light[i / plane] : black_at (rig, i);
  return method_rig_score (rig, rig->x) - score_of_black (rig);
}

/* The black half is a dummy: Kernel SHAP gives all to the other. So does LIME, whose model is
 * linear here when each half is one segment, but for what its ridge takes. */
static void
test_segments_that_hide_nothing_get_nothing (gconstpointer data)
{
  static const struct
  {
    const gchar *method, *set;
    gdouble tolerance;
  } questions[] = { { "kernel-shap", "segments=6;fill=black", TOLERANCE },
                    { "lime", "segments=2;samples=600;fill=black", 0.03 } };
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  gdouble gain = light_one_half (rig);

  for (gsize q = 0; q < G_N_ELEMENTS (questions); q++)
    {
      g_autoptr (WhyExplanation) out
          = method_rig_explain (rig, questions[q].method, questions[q].set, NULL);
      gdouble light = 0.0, dark = 0.0;

      for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
        *(is_light (rig, i) ? &light : &dark) += (gdouble)out->map->real[i];
      g_test_message ("%s: %g of %g, and %g", questions[q].method, light, gain, dark);
      g_assert_cmpfloat_with_epsilon (light, gain, questions[q].tolerance * fabs (gain));
      g_assert_cmpfloat_with_epsilon (dark, 0.0, questions[q].tolerance * fabs (gain));
    }
}

/* The same for a cell whose fading changes nothing. */
static void
test_a_cell_that_does_not_change_has_no_index (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  gint64 plane = (gint64)rig->height * rig->width;
  g_autoptr (WhyExplanation) out = NULL;

  for (gint64 i = 0; i < rig->n; i++)
    if (i % plane / rig->width * 2 / rig->height == 0 && i % rig->width * 2 / rig->width == 1)
      blacken (rig, i, rig->x);
  out = method_rig_explain (rig, "sobol", "grid=2;designs=6;fill=black", NULL);
  method_rig_assert_shape (out->map, 1, 2, 2);
  g_assert_cmpfloat_with_epsilon ((gdouble)out->map->real[1], 0.0, 1e-6);
  for (gint i = 0; i < 4; i++)
    if (i != 1)
      g_assert_cmpfloat ((gdouble)out->map->real[i], >, 1e-6);
}

static void
test_an_extremal_mask_has_its_area (gconstpointer data)
{
  static const gdouble areas[] = { 0.1, 0.35 };
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));

  for (gsize a = 0; a < G_N_ELEMENTS (areas); a++)
    {
      g_autofree gchar *set = g_strdup_printf ("area=%g;iterations=8", areas[a]);
      g_autoptr (WhyExplanation) out = method_rig_explain (rig, "extremal-perturbation", set, NULL);
      gint64 n = why_tensor_numel (out->map);

      g_assert_cmpfloat_with_epsilon (method_rig_sum (out->map) / (gdouble)n, areas[a], 1e-3);
      for (gint64 i = 0; i < n; i++)
        {
          g_assert_cmpfloat ((gdouble)out->map->real[i], >=, 0.0);
          g_assert_cmpfloat ((gdouble)out->map->real[i], <=, 1.0);
        }
    }
}

/* Whether the class is on top where the cells of the region are shown, or hidden. */
static gboolean
region_keeps_class (MethodRig *rig, const WhyTensor *region, gboolean shown)
{
  gint rows = (gint)region->shape.dims[1], columns = (gint)region->shape.dims[2];
  gint64 plane = (gint64)rig->height * rig->width;
  gint n = why_model_get_n_classes (rig->model);
  g_autofree WhyReal *input = g_memdup2 (rig->x, (gsize)rig->n * sizeof (WhyReal));
  g_autofree WhyReal *logits = g_new (WhyReal, n);

  for (gint64 i = 0; i < rig->n; i++)
    {
      gint y = (gint)(i % plane) / rig->width, x = (gint)i % rig->width;
      gint cell = y * rows / rig->height * columns + x * columns / rig->width;

      if ((region->real[cell] != 0) != shown)
        blacken (rig, i, input);
    }
  g_assert_true (why_explainer_classify (rig->explainer, input, logits, NULL));
  for (gint c = 0; c < n; c++)
    if (c != rig->target.index && logits[c] >= logits[rig->target.index])
      return FALSE;
  return TRUE;
}

/* The region does what is asked, and no cell of it can be given back. */
static void
check_region (MethodRig *rig, WhyTensor *region, gboolean sufficient)
{
  g_assert_cmpint (region_keeps_class (rig, region, sufficient), ==, sufficient);
  for (gint64 i = 0; i < why_tensor_numel (region); i++)
    {
      if (region->real[i] == 0)
        continue;
      region->real[i] = 0;
      g_assert_cmpint (region_keeps_class (rig, region, sufficient), ==, !sufficient);
      region->real[i] = 1;
    }
}

static void
test_a_minimal_region_is_enough_and_minimal (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) enough
      = method_rig_explain (rig, "minimal-region", "grid=6;fill=black", NULL);
  g_autoptr (WhyExplanation) needed
      = method_rig_explain (rig, "minimal-region", "grid=6;fill=black;question=necessary", NULL);

  check_region (rig, enough->map, TRUE);
  if (method_rig_sum (needed->map) > 0.0)
    check_region (rig, needed->map, FALSE);
  else /* black itself is of this class */
    g_assert_true (region_keeps_class (rig, needed->map, TRUE));
}

static const struct
{
  const gchar *name;
  GTestDataFunc func;
} each_net[] = {
  { "occlusion-by-brute-force", test_occlusion_by_brute_force },
  { "rise-with-the-only-mask-is-the-score", test_rise_with_the_only_mask_is_the_score },
  { "rise-knows-its-error", test_rise_knows_its_error },
  { "shapley-methods-are-efficient", test_shapley_methods_are_efficient },
  { "a-part-that-is-not-there-gets-nothing", test_a_part_that_is_not_there_gets_nothing },
  { "segments-that-hide-nothing-get-nothing", test_segments_that_hide_nothing_get_nothing },
  { "a-cell-that-does-not-change-has-no-index", test_a_cell_that_does_not_change_has_no_index },
  { "an-extremal-mask-has-its-area", test_an_extremal_mask_has_its_area },
  { "a-minimal-region-is-enough-and-minimal", test_a_minimal_region_is_enough_and_minimal },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
    for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
      {
        g_autofree gchar *path
            = g_strdup_printf ("/perturbation/%s/%s", nets[n].name, each_net[t].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (n), each_net[t].func);
      }
  return g_test_run ();
}
