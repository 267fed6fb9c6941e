/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods along paths: completeness, linear closed forms, and what their parameters reduce to. */
#include "methods/cosine.h"
#include "methods/felzenszwalb.h"
#include "method-rig.h"

#include <math.h>
#include <string.h>

#define SEED 5

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
  { "linear", make_linear, 5, 7 },
  { "smooth", tiny_net_smooth, 6, 8 },
  { "batchnorm", make_batchnorm, 7, 10 },
  { "mixed", tiny_net_mixed, 12, 16 },
  { "bundled", NULL, 0, 0 },
};

static MethodRig *
new_rig (gsize net)
{
  return nets[net].make ? method_rig_new (nets[net].make (nets[net].height, nets[net].width),
                                          nets[net].height, nets[net].width, SEED)
                        : method_rig_new_bundled ();
}

/* The map's sum is the score difference it says it explains, within a share of all that it hands
 * out; residual and residual_of say the same. */
static void
check_complete (MethodRig *rig, const gchar *method, const gchar *set, gdouble start,
                gdouble tolerance)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, method, set, NULL);
  gdouble sum = method_rig_sum (out->map), difference = out->score - start, whole = 0.0;

  g_assert_cmpfloat (fabs (difference), >, 1e-4);
  method_rig_assert_close (out->residual_of, difference, METHOD_TOLERANCE);
  method_rig_assert_close (out->residual, sum - difference, METHOD_TOLERANCE);
  for (gint64 i = 0; i < rig->n; i++)
    whole += fabs ((gdouble)out->map->real[i]);
  g_assert_cmpfloat_with_epsilon (sum, difference, tolerance * whole);
}

/* f of a picture of one value. */
static gdouble
score_of_flat (MethodRig *rig, gdouble value)
{
  g_autofree WhyReal *flat = g_new (WhyReal, rig->n);

  for (gint64 i = 0; i < rig->n; i++)
    flat[i] = (WhyReal)value;
  return method_rig_score (rig, flat);
}

static gdouble
score_of_blurred (MethodRig *rig, gdouble sigma)
{
  g_autoptr (WhyCosine) cosine = why_cosine_new (rig->height, rig->width);
  g_autofree WhyReal *spectrum = g_new (WhyReal, rig->n);
  g_autofree WhyReal *image = g_new (WhyReal, rig->n);
  gint64 plane = (gint64)rig->height * rig->width;

  for (gint c = 0; c < rig->channels; c++)
    {
      why_cosine_forward (cosine, rig->x + c * plane, spectrum);
      why_cosine_blur (cosine, spectrum, sigma, spectrum);
      why_cosine_inverse (cosine, spectrum, image + c * plane);
    }
  return method_rig_score (rig, image);
}

/* Exact for linear networks; smooth ones converge fast, kinks as 1/steps. */
static gdouble
tolerance_of (gsize net)
{
  return net == 0 ? 5 * METHOD_TOLERANCE : net == 1 ? MAX (1e-4, METHOD_TOLERANCE) : 0.02;
}

static void
test_integrated_gradients_are_complete (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);
  gdouble black = score_of_flat (rig, 0.0), white = score_of_flat (rig, 1.0);

  check_complete (rig, "integrated-gradients", NULL, black, tolerance_of (net));
  check_complete (rig, "integrated-gradients", "steps=200;quadrature=midpoint", black,
                  tolerance_of (net));
  check_complete (rig, "integrated-gradients", "steps=200;quadrature=trapezoid;baseline=white",
                  white, tolerance_of (net));
}

static void
test_tolerance_doubles_the_steps (void)
{
  g_autoptr (MethodRig) rig = new_rig (3);
  g_autoptr (WhyExplanation) coarse
      = method_rig_explain (rig, "integrated-gradients", "steps=2;quadrature=midpoint", NULL);
  g_autoptr (WhyExplanation) fine = method_rig_explain (
      rig, "integrated-gradients", "steps=2;quadrature=midpoint;tolerance=1e-3", NULL);

  g_assert_cmpfloat (fabs (coarse->residual), >, 1e-3 * fabs (coarse->residual_of));
  g_assert_cmpfloat (fabs (fine->residual), <=, 1e-3 * fabs (fine->residual_of));
}

/* (x - x′)·w, whatever the path. */
static void
test_linear_networks_give_every_path_the_same_map (void)
{
  static const gchar *const questions[][2] = {
    { "integrated-gradients", "steps=3" },
    { "guided-ig", "steps=7;max-dist=0.3" },
    { "gradient-shap", "samples=3;sigma=0" },
  };
  g_autoptr (MethodRig) rig = new_rig (0);
  g_autoptr (WhyExplanation) product = method_rig_explain (rig, "input-x-gradient", NULL, NULL);

  for (gsize q = 0; q < G_N_ELEMENTS (questions); q++)
    {
      g_autoptr (WhyExplanation) out
          = method_rig_explain (rig, questions[q][0], questions[q][1], NULL);
      g_assert_cmpfloat (method_rig_distance (out->map->real, product->map->real, rig->n), <,
                         METHOD_TOLERANCE);
    }
}

static void
test_gradient_shap_sums_to_the_expected_difference (gconstpointer data)
{
  static const gchar *const sets[]
      = { "samples=16;seed=4", "samples=300;seed=4", "samples=300;baselines=noise;seed=9" };
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);

  for (gsize s = 0; s < (nets[net].make ? G_N_ELEMENTS (sets) : 1); s++)
    {
      g_autoptr (WhyExplanation) out = method_rig_explain (rig, "gradient-shap", sets[s], NULL);
      gdouble error = method_rig_residual (out, "standard-error");
      g_assert_cmpfloat (fabs (out->residual), <=, 4.0 * error + METHOD_TOLERANCE);
      method_rig_assert_close (method_rig_sum (out->map) - out->residual_of, out->residual,
                               50 * METHOD_TOLERANCE);
      g_assert_nonnull (out->error);
    }
}

/* With ε of standard deviation σ and f linear, the map's own error is σ·|w| / √n. */
static void
test_gradient_shap_reports_its_error (void)
{
  g_autoptr (MethodRig) rig = new_rig (0);
  g_autoptr (WhyExplanation) weights = method_rig_explain (rig, "gradient", NULL, NULL);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "gradient-shap", "samples=2000;sigma=0.5", NULL);

  for (gint64 i = 0; i < rig->n; i++)
    {
      gdouble expected = 0.5 * fabs ((gdouble)weights->map->real[i]) / sqrt (2000.0);
      g_assert_cmpfloat_with_epsilon ((gdouble)out->error->real[i], expected, 0.1 * expected);
    }
}

static void
test_blur_ig_is_complete (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);

  check_complete (rig, "blur-ig", "steps=200;sigma-max=4", score_of_blurred (rig, 4.0),
                  tolerance_of (net));
}

static void
test_guided_ig_is_complete (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);
  gdouble black = score_of_flat (rig, 0.0);

  check_complete (rig, "guided-ig", NULL, black, tolerance_of (net));
  check_complete (rig, "guided-ig", "max-dist=1;fraction=0.1;steps=300", black,
                  MAX (tolerance_of (net), 1e-3));
}

/* Guided IG integrates each step by Simpson's rule: two trapezoids of one step and of halves. */
static void
test_guided_ig_on_the_straight_line_is_integrated_gradients (gconstpointer data)
{
  static const gchar *const many[]
      = { "max-dist=0;steps=40", "steps=41;quadrature=trapezoid", "steps=81;quadrature=trapezoid" };
  static const gchar *const few[]
      = { "max-dist=0;steps=4", "steps=5;quadrature=trapezoid", "steps=9;quadrature=trapezoid" };
  gsize net = GPOINTER_TO_SIZE (data);
  const gchar *const *sets = nets[net].make ? many : few;
  g_autoptr (MethodRig) rig = new_rig (net);
  g_autoptr (WhyExplanation) guided = method_rig_explain (rig, "guided-ig", sets[0], NULL);
  g_autoptr (WhyExplanation) ends = method_rig_explain (rig, "integrated-gradients", sets[1], NULL);
  g_autoptr (WhyExplanation) halves
      = method_rig_explain (rig, "integrated-gradients", sets[2], NULL);
  g_autofree WhyReal *simpson = g_new (WhyReal, rig->n);

  for (gint64 i = 0; i < rig->n; i++)
    simpson[i] = (4 * halves->map->real[i] - ends->map->real[i]) / 3;
  g_assert_cmpfloat (method_rig_distance (guided->map->real, simpson, rig->n), <,
                     (nets[net].make ? 10 : 100) * METHOD_TOLERANCE);
}

static void
test_guided_ig_leaves_the_straight_line (void)
{
  g_autoptr (MethodRig) rig = new_rig (3);
  g_autoptr (WhyExplanation) guided
      = method_rig_explain (rig, "guided-ig", "max-dist=0.5;steps=40", NULL);
  g_autoptr (WhyExplanation) straight
      = method_rig_explain (rig, "integrated-gradients", "steps=41;quadrature=trapezoid", NULL);

  g_assert_cmpfloat (method_rig_distance (guided->map->real, straight->map->real, rig->n), >, 0.01);
}

static void
test_xrai_keeps_the_sum (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) black
      = method_rig_explain (rig, "integrated-gradients", "steps=12;baseline=black", NULL);
  g_autoptr (WhyExplanation) white
      = method_rig_explain (rig, "integrated-gradients", "steps=12;baseline=white", NULL);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "xrai", "steps=12", NULL);

  method_rig_assert_shape (out->map, 1, rig->height, rig->width);
  method_rig_assert_close (method_rig_sum (out->map),
                           (method_rig_sum (black->map) + method_rig_sum (white->map)) / 2,
                           METHOD_TOLERANCE * 10);
  g_assert_cmpfloat (method_rig_residual (out, "regions"), >=, 1.0);
}

/* A picture of two flat halves: away from the edge between them, a side is one region. */
static void
test_xrai_follows_regions (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, 16, 24, 4), 16, 24, SEED);
  g_autoptr (WhyExplanation) out = NULL;
  const WhyReal *map;

  for (gint64 i = 0; i < rig->n; i++)
    rig->x[i] = i % 24 < 10 ? (WhyReal)0.125 : (WhyReal)0.875;
  out = method_rig_explain (rig, "xrai", "scales=3", NULL);
  map = out->map->real;
  for (gint p = 0; p < 16 * 24; p++)
    if (p % 24 < 6)
      g_assert_cmpfloat ((gdouble)map[p], ==, (gdouble)map[0]);
    else if (p % 24 >= 14)
      g_assert_cmpfloat ((gdouble)map[p], ==, (gdouble)map[23]);
  g_assert_cmpfloat (fabs ((gdouble)map[0] - (gdouble)map[23]), >, 1e-6);
}

static void
test_felzenszwalb_finds_flat_regions (void)
{
  const gint h = 12, w = 20;
  g_autofree gfloat *rgb = g_new (gfloat, 3 * h * w);
  g_autofree gint *labels = g_new (gint, h * w);

  for (gint i = 0; i < 3 * h * w; i++) /* three columns, the last with a speck of one pixel */
    rgb[i] = i % w < 5 ? 0.1f : i % w < 12 ? 0.5f : 0.9f;
  for (gint c = 0; c < 3; c++)
    rgb[(c * h + 6) * w + 15] = 0.0f;
  g_assert_cmpint (why_felzenszwalb (rgb, h, w, 50.0, 1, labels), ==, 4);
  g_assert_cmpint (why_felzenszwalb (rgb, h, w, 50.0, 2, labels), ==, 3);
  for (gint i = 0; i < h * w; i++)
    g_assert_cmpint (labels[i], ==, i % w < 5 ? 0 : i % w < 12 ? 1 : 2);
  g_assert_cmpint (why_felzenszwalb (rgb, h, w, 1e6, 1, labels), ==, 1);
}

static void
test_cosine_transform_is_orthonormal (void)
{
  const gint h = 5, w = 8;
  g_autoptr (WhyCosine) cosine = why_cosine_new (h, w);
  WhyReal plane[40], spectrum[40], back[40];
  gdouble before = 0.0, after = 0.0;
  WhyRng rng;

  why_rng_init (&rng, SEED, 0);
  for (gint i = 0; i < h * w; i++)
    plane[i] = (WhyReal)why_rng_gaussian (&rng);
  why_cosine_forward (cosine, plane, spectrum);
  why_cosine_inverse (cosine, spectrum, back);
  for (gint i = 0; i < h * w; i++)
    {
      before += (gdouble)plane[i] * (gdouble)plane[i];
      after += (gdouble)spectrum[i] * (gdouble)spectrum[i];
      method_rig_assert_close ((gdouble)back[i], (gdouble)plane[i], METHOD_TOLERANCE);
    }
  method_rig_assert_close (after, before, METHOD_TOLERANCE);
  g_assert_cmpfloat (why_cosine_frequency (cosine, 0, 0), ==, 0.0);
}

/* The sampled kernel with mirrored borders and the transform's agree once σ is a pixel or more. */
static void
test_cosine_blur_is_gaussian_blur (void)
{
  const gint h = 11, w = 16;
  g_autoptr (WhyCosine) cosine = why_cosine_new (h, w);
  g_autofree WhyReal *memory = g_new (WhyReal, 4 * h * w);
  WhyReal *plane = memory, *spectrum = memory + h * w, *blurred = memory + 2 * h * w;
  WhyReal *sampled = memory + 3 * h * w;
  WhyRng rng;

  why_rng_init (&rng, SEED, 0);
  for (gint i = 0; i < h * w; i++)
    plane[i] = (WhyReal)why_rng_gaussian (&rng);
  for (gdouble sigma = 1.5; sigma < 20.0; sigma *= 3.0)
    {
      why_cosine_forward (cosine, plane, spectrum);
      why_cosine_blur (cosine, spectrum, sigma, spectrum);
      why_cosine_inverse (cosine, spectrum, blurred);
      why_blur (plane, 1, h, w, sigma, sampled);
      for (gint i = 0; i < h * w; i++)
        g_assert_cmpfloat_with_epsilon ((gdouble)blurred[i], (gdouble)sampled[i], 2e-4);
    }
}

static gdouble
residual_share (MethodRig *rig, const gchar *method, const gchar *set)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, method, set, NULL);

  g_test_message ("%s %s: residual %.4g of %.4g", method, set, out->residual, out->residual_of);
  return fabs (out->residual / out->residual_of);
}

/* A network of many kinks: what is missing is the quadrature's, and goes with finer steps. */
static void
test_path_methods_on_the_bundled_network (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  gdouble fine = residual_share (rig, "blur-ig", "steps=128");

  g_assert_cmpfloat (residual_share (rig, "integrated-gradients", "steps=32"), <, 0.03);
  g_assert_cmpfloat (residual_share (rig, "guided-ig", "steps=32"), <, 0.05);
  g_assert_cmpfloat (fine, <, 0.03);
  g_assert_cmpfloat (fine, <, residual_share (rig, "blur-ig", "steps=16") / 4);
}

typedef struct
{
  const gchar *name;
  GTestDataFunc func;
  gboolean bundled; /* holds there as well */
} EachNet;

/* Whether the others hold on the bundled network is asked below, with fewer steps. */
static const EachNet each_net[] = {
  { "integrated-gradients-are-complete", test_integrated_gradients_are_complete },
  { "gradient-shap-sums-to-the-expected-difference",
    test_gradient_shap_sums_to_the_expected_difference, TRUE },
  { "blur-ig-is-complete", test_blur_ig_is_complete },
  { "guided-ig-is-complete", test_guided_ig_is_complete },
  { "guided-ig-on-the-straight-line-is-integrated-gradients",
    test_guided_ig_on_the_straight_line_is_integrated_gradients, TRUE },
  { "xrai-keeps-the-sum", test_xrai_keeps_the_sum, TRUE },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
    for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
      {
        g_autofree gchar *path = g_strdup_printf ("/path/%s/%s", nets[n].name, each_net[t].name);
        if (nets[n].make || (each_net[t].bundled && !METHOD_IS_DOUBLE)) /* slow in double */
          g_test_add_data_func (path, GSIZE_TO_POINTER (n), each_net[t].func);
      }
  g_test_add_func ("/path/tolerance-doubles-the-steps", test_tolerance_doubles_the_steps);
  g_test_add_func ("/path/linear-networks-give-every-path-the-same-map",
                   test_linear_networks_give_every_path_the_same_map);
  g_test_add_func ("/path/gradient-shap-reports-its-error", test_gradient_shap_reports_its_error);
  g_test_add_func ("/path/guided-ig-leaves-the-straight-line",
                   test_guided_ig_leaves_the_straight_line);
  g_test_add_func ("/path/xrai-follows-regions", test_xrai_follows_regions);
  g_test_add_func ("/path/felzenszwalb-finds-flat-regions", test_felzenszwalb_finds_flat_regions);
  g_test_add_func ("/path/cosine-transform-is-orthonormal", test_cosine_transform_is_orthonormal);
  g_test_add_func ("/path/cosine-blur-is-gaussian-blur", test_cosine_blur_is_gaussian_blur);
  g_test_add_func ("/path/bundled/completeness", test_path_methods_on_the_bundled_network);
  return g_test_run ();
}
