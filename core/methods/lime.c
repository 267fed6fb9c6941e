/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ridge regression of the score on which superpixels are shown, samples weighted by how close
 * they are to the whole picture. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "methods/coalition.h"
#include "methods/lstsq.h"
#include "whylayer/rng.h"

#define RIDGE 1.0 /* of the authors' code */

static const WhyParam params[] = {
  { "segments", N_ ("_Segments"), N_ ("Superpixels the picture is cut into, about."), WHY_PARAM_INT,
    2, 1000, "60", NULL },
  { "samples", N_ ("Sa_mples"), N_ ("Pictures with random superpixels hidden."), WHY_PARAM_INT, 2,
    1000000, "1000", NULL },
  { "width", N_ ("_Width"),
    N_ ("Width of the kernel over the cosine distance to the whole picture."), WHY_PARAM_DOUBLE,
    0.001, 100, "0.25", NULL },
  { "fill", N_ ("_Fill"), N_ ("What hidden superpixels are filled with."), WHY_PARAM_CHOICE, 0, 0,
    "blur", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

/* The first sample shows everything. */
static guint8 *
draw_samples (gint64 samples, gint n, guint64 seed)
{
  guint8 *on = g_new (guint8, samples * n);

  for (gint64 s = 0; s < samples; s++)
    {
      WhyRng rng;
      why_rng_init (&rng, seed, (guint64)s);
      for (gint i = 0; i < n; i++)
        on[s * n + i] = s == 0 || why_rng_uniform (&rng) < 0.5;
    }
  return on;
}

static gdouble
weight_of (const guint8 *on, gint n, gdouble width)
{
  gint shown = 0;
  gdouble distance;

  for (gint i = 0; i < n; i++)
    shown += on[i];
  distance = 1.0 - sqrt ((gdouble)shown / n); /* cosine to the vector of ones */
  return sqrt (exp (-distance * distance / (width * width)));
}

/* Weighted ridge regression with an intercept, which is not shrunk: columns are centred. */
static gboolean
fit (const guint8 *on, const gdouble *scores, gint64 samples, gint n, gdouble width,
     gdouble *values)
{
  g_autofree gdouble *a = g_new0 (gdouble, (gsize)n * n);
  g_autofree gdouble *mean = g_new0 (gdouble, n);
  gdouble total = 0.0, mean_score = 0.0;

  for (gint64 s = 0; s < samples; s++)
    {
      gdouble w = weight_of (on + s * n, n, width);
      total += w;
      mean_score += w * scores[s];
      for (gint i = 0; i < n; i++)
        mean[i] += w * on[s * n + i];
    }
  mean_score /= total;
  for (gint i = 0; i < n; i++)
    {
      mean[i] /= total;
      values[i] = 0.0;
      a[i * n + i] = RIDGE;
    }
  for (gint64 s = 0; s < samples; s++)
    {
      gdouble w = weight_of (on + s * n, n, width);
      for (gint i = 0; i < n; i++)
        {
          gdouble x = w * (on[s * n + i] - mean[i]);
          values[i] += x * (scores[s] - mean_score);
          for (gint j = 0; j <= i; j++)
            a[i * n + j] += x * (on[s * n + j] - mean[j]);
        }
    }
  return why_solve_spd (a, values, n);
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 samples = why_params_get_int (task->params, "samples");
  guint64 seed = (guint64)why_params_get_int (task->params, "seed");
  g_auto (WhyFeatures) features = { 0 };
  g_autofree guint8 *on = NULL;
  g_autofree gdouble *scores = g_new (gdouble, samples);
  g_autofree gdouble *values = NULL;

  why_features_init_segments (&features, task, (gint)why_params_get_int (task->params, "segments"),
                              why_params_get_choice (task->params, "fill"), seed);
  on = draw_samples (samples, features.n, seed);
  values = g_new (gdouble, features.n);
  if (!why_coalition_scores (task, &features, on, samples, scores, error))
    return FALSE;
  fit (on, scores, samples, features.n, why_params_get_double (task->params, "width"), values);
  why_explanation_take_map (task->out, why_features_spread (&features, task, values));
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return (gdouble)why_params_get_int (values, "samples");
}

const WhyMethod why_method_lime = {
  .id = "lime",
  .name = N_ ("LIME"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb = N_ ("Hides random superpixels and fits a straight line to what the score does."),
  .citation = "Ribeiro, Singh, Guestrin 2016, arXiv:1602.04938",
  .caveat = N_ ("The superpixels decide what can be found; another seed may tell another story."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
