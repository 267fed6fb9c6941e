/* SPDX-License-Identifier: GPL-3.0-or-later */
/* (x - x′) · ∫₀¹ ∂f/∂x (x′ + α(x - x′)) dα. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"

#define MOST_STEPS 1024

static const WhyChoice quadratures[] = {
  { "gauss-legendre", N_ ("Gauss–Legendre") },
  { "midpoint", N_ ("Midpoint") },
  { "trapezoid", N_ ("Trapezoid") },
  { NULL, NULL },
};

static const WhyParam params[] = {
  { "steps", N_ ("_Steps"), N_ ("Points on the path from the baseline to the picture."),
    WHY_PARAM_INT, 1, MOST_STEPS, "50", NULL },
  { "quadrature", N_ ("_Quadrature"), N_ ("How the points are placed and weighted."),
    WHY_PARAM_CHOICE, 0, 0, "gauss-legendre", quadratures },
  { "baseline", N_ ("_Baseline"), N_ ("The picture that stands for no evidence."), WHY_PARAM_CHOICE,
    0, 0, "black", why_baselines },
  { "tolerance", N_ ("_Tolerance"),
    N_ ("Double the steps until the completeness residual is below this share of the score "
        "difference; "
        "0 keeps the steps fixed."),
    WHY_PARAM_DOUBLE, 0, 1, "0", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise baseline."), WHY_PARAM_INT, 0, 2147483647,
    "0", NULL },
  WHY_PARAM_END,
};

/* Roots of the Legendre polynomial by Newton's method, moved to 0…1. */
static void
gauss_legendre (gint n, gdouble *alphas, gdouble *weights)
{
  for (gint i = 0; i < n; i++)
    {
      gdouble z = cos (G_PI * (i + 0.75) / (n + 0.5)), slope = 1.0, step;
      do
        {
          gdouble p0 = 1.0, p1 = 0.0;
          for (gint k = 0; k < n; k++)
            {
              gdouble p2 = p1;
              p1 = p0;
              p0 = ((2.0 * k + 1.0) * z * p1 - k * p2) / (k + 1.0);
            }
          slope = n * (z * p0 - p1) / (z * z - 1.0);
          step = p0 / slope;
          z -= step;
        }
      while (fabs (step) > 1e-15);
      alphas[i] = 0.5 * (1.0 - z);
      weights[i] = 1.0 / ((1.0 - z * z) * slope * slope);
    }
}

static void
place_points (const gchar *quadrature, gint n, gdouble *alphas, gdouble *weights)
{
  if (strcmp (quadrature, "gauss-legendre") == 0)
    {
      gauss_legendre (n, alphas, weights);
      return;
    }
  for (gint i = 0; i < n; i++)
    {
      gboolean trapezoid = strcmp (quadrature, "trapezoid") == 0 && n > 1;
      alphas[i] = trapezoid ? i / (n - 1.0) : (i + 0.5) / n;
      weights[i] = trapezoid ? (i == 0 || i == n - 1 ? 0.5 : 1.0) / (n - 1.0) : 1.0 / n;
    }
}

/* The map with a number of steps, and its sum over pixels and channels. */
static gboolean
integrate (WhyTask *task, const WhyReal *baseline, gint steps, WhyReal *map, gdouble *total,
           GError **error)
{
  g_autofree gdouble *alphas = g_new (gdouble, steps);
  g_autofree gdouble *weights = g_new (gdouble, steps);
  gint64 n = (gint64)task->channels * task->height * task->width;

  place_points (why_params_get_choice (task->params, "quadrature"), steps, alphas, weights);
  if (!why_task_line (task, baseline, task->x, steps, alphas, weights, map, error))
    return FALSE;
  *total = 0.0;
  for (gint64 i = 0; i < n; i++)
    {
      map[i] *= task->x[i] - baseline[i];
      *total += (gdouble)map[i];
    }
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  g_autofree WhyReal *baseline = g_new (WhyReal, why_tensor_numel (map));
  gdouble tolerance = why_params_get_double (task->params, "tolerance"), start, total;
  gint steps = (gint)why_params_get_int (task->params, "steps");
  WhyExplanation *out = task->out;

  why_explanation_take_map (out, map);
  why_task_baseline (task, why_params_get_choice (task->params, "baseline"),
                     (guint64)why_params_get_int (task->params, "seed"), baseline);
  if (!why_task_gradient (task, baseline, WHY_BACKWARD_GRADIENT, &start, NULL, error))
    return FALSE;
  out->residual_of = out->score - start;
  for (gdouble from = 0.0;; from += (1.0 - from) / 2)
    {
      gboolean done;
      /* Nobody knows how often the steps will be doubled: every time takes half of what is left. */
      why_progress_push (task->progress, from, tolerance > 0.0 ? (1.0 + from) / 2 : 1.0);
      done = integrate (task, baseline, steps, map->real, &total, error);
      why_progress_pop (task->progress);
      if (!done)
        return FALSE;
      out->residual = total - out->residual_of;
      if (tolerance <= 0.0 || fabs (out->residual) <= tolerance * fabs (out->residual_of)
          || steps >= MOST_STEPS)
        return TRUE;
      steps = MIN (2 * steps, MOST_STEPS);
    }
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 3.0 * (gdouble)why_params_get_int (values, "steps");
}

const WhyMethod why_method_integrated_gradients = {
  .id = "integrated-gradients",
  .name = N_ ("Integrated gradients"),
  .family = WHY_FAMILY_PATH,
  .blurb
  = N_ ("Adds up gradients on the way from a baseline to the picture; the map sums to the score "
        "difference."),
  .citation = "Sundararajan, Taly, Yan 2017, arXiv:1703.01365",
  .caveat = N_ ("Depends on the baseline: with black, dark evidence stays dark."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
