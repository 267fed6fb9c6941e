/* SPDX-License-Identifier: GPL-3.0-or-later */
/* max |Φ(x + δ) - Φ(x)| / |Φ(x)| over random δ with no element above the radius: how far the raw
 * map moves when the picture hardly does. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "metrics/trial.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "radius", N_ ("_Radius"), N_ ("Largest change of a normalised input value."), WHY_PARAM_DOUBLE,
    1e-9, 10, "0.02", NULL },
  { "samples", N_ ("Sa_mples"), N_ ("Changed pictures."), WHY_PARAM_INT, 1, 10000, "10", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed."), WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

static void
disturb (const WhyTrial *trial, gint64 sample, WhyReal *input)
{
  const WhyTask *task = &trial->task;
  gint64 numel = (gint64)task->channels * task->height * task->width;
  gdouble radius = why_params_get_double (trial->params, "radius");
  WhyRng rng;

  why_rng_init (&rng, (guint64)why_params_get_int (trial->params, "seed"), (guint64)sample);
  for (gint64 i = 0; i < numel; i++)
    input[i] = task->x[i] + (WhyReal)(radius * (2.0 * why_rng_uniform (&rng) - 1.0));
}

/* Euclidean length of a - b; b may be NULL. */
static gdouble
distance (const WhyTensor *a, const WhyTensor *b)
{
  gdouble sum = 0.0;

  for (gint64 i = 0; i < why_tensor_numel (a); i++)
    {
      gdouble difference = (gdouble)a->real[i] - (b ? (gdouble)b->real[i] : 0.0);

      sum += difference * difference;
    }
  return sqrt (sum);
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  const WhyTask *task = &trial->task;
  gint64 samples = why_params_get_int (trial->params, "samples");
  g_autoptr (WhyTensor) map = why_trial_raw (trial);
  g_autofree WhyReal *input = g_new (WhyReal, (gint64)task->channels * task->height * task->width);
  gdouble length = distance (map, NULL);

  *value = 0.0;
  for (gint64 i = 0; i < samples; i++)
    {
      g_autoptr (WhyTensor) moved = NULL;

      disturb (trial, i, input);
      why_progress_push (task->progress, (gdouble)i / (gdouble)samples,
                         (gdouble)(i + 1) / (gdouble)samples);
      moved = why_trial_redo (trial, task->explainer, input, error);
      why_progress_pop (task->progress);
      if (!moved)
        return FALSE;
      *value = MAX (*value, distance (moved, map));
    }
  *value = length > 0.0 ? *value / length : NAN;
  return TRUE;
}

const WhyMetric why_metric_max_sensitivity = {
  .id = "max-sensitivity",
  .name = N_ ("Max-sensitivity"),
  .blurb = N_ ("How far the map can move when the picture changes too little to be seen."),
  .citation = "Yeh et al. 2019, arXiv:1901.09392",
  .params = params,
  .higher_is_better = FALSE,
  .controls = TRUE,
  .measure = measure,
};
