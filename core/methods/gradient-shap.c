/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean of (x + ε - x′)·g at a random point between baseline and noisy picture: expected gradients,
 * whose sum is E f(x + ε) - E f(x′). */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "samples", N_ ("_Samples"), N_ ("Random points on random paths."), WHY_PARAM_INT, 1, 100000,
    "20", NULL },
  { "sigma", N_ ("S_igma"),
    N_ ("Standard deviation of the noise on the picture, in units of the network's input."),
    WHY_PARAM_DOUBLE, 0, 10, "0.09", NULL },
  { "baselines", N_ ("_Baselines"),
    N_ ("The pictures that stand for no evidence; noise is drawn anew for every sample."),
    WHY_PARAM_CHOICE, 0, 0, "black", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  const gchar *baseline_id;
  gdouble sigma;
  guint64 seed;
  gint64 n;
  WhyReal *noisy, *baseline; /* [C,H,W], of the sample at hand */
  gdouble *sum, *squares;    /* [C,H,W] */
  gdouble *totals;           /* per sample: Σ of its map, less f(x + ε), plus f(x′) */
  gboolean at_baseline;      /* which end scores are asked for */
} Samples;

/* The ends of sample number index; returns where on the path its point lies. */
static gdouble
draw (WhyTask *task, Samples *samples, gint64 index)
{
  WhyRng rng;
  gdouble alpha;

  why_rng_init (&rng, samples->seed, (guint64)index);
  alpha = why_rng_uniform (&rng);
  for (gint64 i = 0; i < samples->n; i++)
    samples->noisy[i] = task->x[i] + (WhyReal)(samples->sigma * why_rng_gaussian (&rng));
  if (strcmp (samples->baseline_id, "noise") == 0 || index == 0)
    why_task_baseline (task, samples->baseline_id, ~samples->seed + (guint64)index,
                       samples->baseline); /* ~: apart from the numbers drawn above */
  return alpha;
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Samples *samples = user_data;
  WhyReal alpha = (WhyReal)draw (task, samples, index);

  for (gint64 i = 0; i < samples->n; i++)
    input[i] = samples->baseline[i] + alpha * (samples->noisy[i] - samples->baseline[i]);
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Samples *samples = user_data;

  draw (task, samples, index);
  for (gint64 i = 0; i < samples->n; i++)
    {
      gdouble share = (gdouble)(samples->noisy[i] - samples->baseline[i]) * (gdouble)gradient[i];
      samples->sum[i] += share;
      samples->squares[i] += share * share;
      samples->totals[index] += share;
    }
}

static void
fill_end (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Samples *samples = user_data;

  draw (task, samples, index);
  memcpy (input, samples->at_baseline ? samples->baseline : samples->noisy,
          (gsize)samples->n * sizeof (WhyReal));
}

static void
take_end (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Samples *samples = user_data;

  samples->totals[index] += samples->at_baseline ? score : -score;
}

/* The map's sum against the mean score difference of the very samples drawn. */
static gboolean
measure (WhyTask *task, Samples *samples, gint64 n, GError **error)
{
  WhyExplanation *out = task->out;
  gdouble mean = 0.0, square = 0.0, total = 0.0;

  for (gint end = 0; end < 2; end++)
    {
      gboolean ok;
      samples->at_baseline = end == 1;
      why_progress_push (task->progress, 0.8 + 0.1 * end, 0.9 + 0.1 * end);
      ok = why_task_map (task, n, FALSE, WHY_BACKWARD_GRADIENT, fill_end, take_end, samples, error);
      why_progress_pop (task->progress);
      if (!ok)
        return FALSE;
    }
  for (gint64 i = 0; i < n; i++)
    {
      mean += samples->totals[i] / (gdouble)n;
      square += samples->totals[i] * samples->totals[i] / (gdouble)n;
    }
  for (gint64 i = 0; i < samples->n; i++)
    total += samples->sum[i] / (gdouble)n;
  out->residual = mean;
  out->residual_of = total - mean;
  if (n > 1)
    why_explanation_set_residual (out, "standard-error",
                                  sqrt (MAX (square - mean * mean, 0.0) / (gdouble)(n - 1)));
  return TRUE;
}

static void
finish (WhyTask *task, const Samples *samples, gint64 n, WhyTensor *map)
{
  if (n > 1)
    task->out->error = why_tensor_new (WHY_DTYPE_FLOAT, &map->shape);
  for (gint64 i = 0; i < samples->n; i++)
    {
      gdouble mean = samples->sum[i] / (gdouble)n, square = samples->squares[i] / (gdouble)n;
      map->real[i] = (WhyReal)mean;
      if (n > 1)
        task->out->error->real[i]
            = (WhyReal)sqrt (MAX (square - mean * mean, 0.0) / (gdouble)(n - 1));
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_params_get_int (task->params, "samples"), numel = why_tensor_numel (map);
  g_autofree WhyReal *noisy = g_new (WhyReal, numel);
  g_autofree WhyReal *baseline = g_new (WhyReal, numel);
  g_autofree gdouble *sum = g_new0 (gdouble, numel);
  g_autofree gdouble *squares = g_new0 (gdouble, numel);
  g_autofree gdouble *totals = g_new0 (gdouble, n);
  Samples samples = { .baseline_id = why_params_get_choice (task->params, "baselines"),
                      .sigma = why_params_get_double (task->params, "sigma"),
                      .seed = (guint64)why_params_get_int (task->params, "seed"),
                      .n = numel,
                      .noisy = noisy,
                      .baseline = baseline,
                      .sum = sum,
                      .squares = squares,
                      .totals = totals };
  gboolean ok;

  why_explanation_take_map (task->out, map);
  why_progress_push (task->progress, 0.0, 0.8);
  ok = why_task_map (task, n, TRUE, WHY_BACKWARD_GRADIENT, fill, take, &samples, error);
  why_progress_pop (task->progress);
  if (!ok || !measure (task, &samples, n, error))
    return FALSE;
  finish (task, &samples, n, map);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 5.0 * (gdouble)why_params_get_int (values, "samples");
}

const WhyMethod why_method_gradient_shap = {
  .id = "gradient-shap",
  .name = N_ ("GradientSHAP"),
  .family = WHY_FAMILY_PATH,
  .blurb = N_ ("Integrated gradients by random points on random paths, with noise on the picture."),
  .citation = "Lundberg, Lee 2017, arXiv:1705.07874",
  .caveat = N_ ("Random: look at the standard error before reading details."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
