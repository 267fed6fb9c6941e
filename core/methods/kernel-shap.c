/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapley values of superpixels: exact for up to 12, else by the weighted regression that has them
 * as its solution, with coalitions drawn in pairs from the Shapley kernel. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "limits.h"
#include "methods/coalition.h"
#include "methods/lstsq.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "segments", N_ ("_Segments"),
    N_ ("Superpixels the picture is cut into, about; up to 12 are exact."), WHY_PARAM_INT, 2, 1000,
    "40", NULL },
  { "samples", N_ ("Sa_mples"),
    N_ ("Coalitions that are tried when there are too many to try all."), WHY_PARAM_INT, 4, 1000000,
    "1000", NULL },
  { "fill", N_ ("_Fill"), N_ ("What hidden superpixels are filled with."), WHY_PARAM_CHOICE, 0, 0,
    "blur", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

/* A size 1 … n - 1 with probability proportional to 1 / (size·(n - size)): the kernel's weight of
 * all coalitions of that size together. */
static gint
draw_size (WhyRng *rng, gint n)
{
  gdouble total = 0.0, u;

  for (gint s = 1; s < n; s++)
    total += 1.0 / ((gdouble)s * (n - s));
  u = why_rng_uniform (rng) * total;
  for (gint s = 1; s < n - 1; s++)
    if ((u -= 1.0 / ((gdouble)s * (n - s))) < 0.0)
      return s;
  return n - 1;
}

/* Rows 0 and 1: nothing and everything; then pairs of a coalition and its complement. */
static guint8 *
draw_coalitions (gint64 rows, gint n, guint64 seed)
{
  guint8 *on = g_new0 (guint8, rows * n);
  g_autofree gint *order = g_new (gint, n);

  memset (on + n, 1, (gsize)n);
  for (gint64 row = 2; row + 1 < rows; row += 2)
    {
      WhyRng rng;
      gint size;
      why_rng_init (&rng, seed, (guint64)row);
      size = draw_size (&rng, n);
      for (gint i = 0; i < n; i++)
        order[i] = i;
      why_rng_shuffle (&rng, order, n);
      for (gint i = 0; i < n; i++)
        on[(row + (i < size ? 0 : 1)) * n + order[i]] = 1;
    }
  return on;
}

/* Least squares of score - f(∅) on the first n - 1 features, the last one's value fixed by
 * efficiency: Σ values = f(all) - f(∅). */
static gboolean
fit (const guint8 *on, const gdouble *scores, gint64 rows, gint n, gdouble *values)
{
  gint m = n - 1;
  gdouble gain = scores[1] - scores[0], sum = 0.0;
  g_autofree gdouble *a = g_new0 (gdouble, (gsize)m * m);
  g_autofree gdouble *x = g_new (gdouble, m);

  memset (values, 0, (gsize)n * sizeof (gdouble));
  for (gint64 row = 2; row < rows; row++)
    {
      gdouble last = on[row * n + m], y = scores[row] - scores[0] - last * gain;
      for (gint i = 0; i < m; i++)
        x[i] = on[row * n + i] - last;
      for (gint i = 0; i < m; i++)
        {
          values[i] += x[i] * y;
          for (gint j = 0; j <= i; j++)
            a[i * m + j] += x[i] * x[j];
        }
    }
  for (gint i = 0; i < m; i++) /* only matters when there are fewer samples than features */
    a[i * m + i] += 1e-9;
  if (!why_solve_spd (a, values, m))
    return FALSE;
  for (gint i = 0; i < m; i++)
    sum += values[i];
  values[m] = gain - sum;
  return TRUE;
}

static gboolean
run_exact (WhyTask *task, const WhyFeatures *features, gdouble *values, GError **error)
{
  g_autofree gdouble *scores = g_new (gdouble, G_GINT64_CONSTANT (1) << features->n);

  if (!why_coalition_enumerate (task, features, scores, error))
    return FALSE;
  why_shapley_exact (scores, features->n, values);
  task->out->residual_of = scores[(1 << features->n) - 1] - scores[0];
  return TRUE;
}

static gboolean
run_sampled (WhyTask *task, const WhyFeatures *features, gdouble *values, GError **error)
{
  gint64 rows = 2 + why_params_get_int (task->params, "samples") / 2 * 2;
  g_autofree guint8 *on
      = draw_coalitions (rows, features->n, (guint64)why_params_get_int (task->params, "seed"));
  g_autofree gdouble *scores = g_new (gdouble, rows);

  if (!why_coalition_scores (task, features, on, rows, scores, error))
    return FALSE;
  task->out->residual_of = scores[1] - scores[0];
  if (fit (on, scores, rows, features->n, values))
    return TRUE;
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                       _ ("too few samples for so many segments; raise samples or lower segments"));
  return FALSE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  g_auto (WhyFeatures) features = { 0 };
  g_autofree gdouble *values = NULL;
  gdouble sum = 0.0;

  why_features_init_segments (&features, task, (gint)why_params_get_int (task->params, "segments"),
                              why_params_get_choice (task->params, "fill"),
                              (guint64)why_params_get_int (task->params, "seed"));
  values = g_new (gdouble, features.n);
  if (!(features.n <= WHY_MAX_PARTS ? run_exact (task, &features, values, error)
                                    : run_sampled (task, &features, values, error)))
    return FALSE;
  for (gint i = 0; i < features.n; i++)
    sum += values[i];
  task->out->residual = sum - task->out->residual_of;
  why_explanation_take_map (task->out, why_features_spread (&features, task, values));
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  gint64 segments = why_params_get_int (values, "segments");

  return segments <= WHY_MAX_PARTS ? (gdouble)(1 << segments)
                                   : (gdouble)why_params_get_int (values, "samples");
}

const WhyMethod why_method_kernel_shap = {
  .id = "kernel-shap",
  .name = N_ ("Kernel SHAP"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb
  = N_ ("Shares the score fairly among superpixels: each one's mean contribution over all orders."),
  .citation = "Lundberg, Lee 2017, arXiv:1705.07874",
  .caveat = N_ ("The superpixels and the fill decide what can be found."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
