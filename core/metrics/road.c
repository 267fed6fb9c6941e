/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remove and debias: (p without the least relevant pixels - p without the most relevant ones) / 2,
 * averaged over shares of 10 … 90 %. What is taken away is filled from its surroundings, so that
 * the network does not see where something was. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "metrics/imputation.h"
#include "metrics/trial.h"
#include "whylayer/rng.h"

#define SHARES 9 /* tenths of the picture */

static const WhyParam params[] = {
  { "noise", N_ ("_Noise"),
    N_ ("Standard deviation of what is added to filled pixels, normalised."), WHY_PARAM_DOUBLE, 0,
    10, "0.01", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed."), WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyTrial *trial;
  gint *order; /* pixels, most relevant first */
  gdouble sum;
} Road;

/* Picture 2·i lacks the (i + 1) tenths that are most relevant, 2·i + 1 the least relevant ones. */
static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Road *road = user_data;
  const WhyParams *values = road->trial->params;
  gint n = task->height * task->width, taken = (gint)(n * (index / 2 + 1) / (SHARES + 1));
  gdouble noise = why_params_get_double (values, "noise");
  g_autofree gboolean *missing = g_new0 (gboolean, n);
  WhyRng rng;

  for (gint i = 0; i < taken; i++)
    missing[road->order[index % 2 == 0 ? i : n - 1 - i]] = TRUE;
  memcpy (input, task->x, (gsize)task->channels * n * sizeof (WhyReal));
  why_rng_init (&rng, (guint64)why_params_get_int (values, "seed"), (guint64)index);
  for (gint c = 0; c < task->channels; c++)
    {
      WhyReal *plane = input + (gsize)c * n;

      why_impute (plane, missing, task->height, task->width);
      for (gint i = 0; i < n; i++)
        if (missing[i])
          plane[i] += (WhyReal)(noise * why_rng_gaussian (&rng));
    }
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Road *)user_data)->sum += index % 2 == 0 ? -score : score;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  g_autofree gint *order = why_trial_order (trial);
  Road road = { trial, order, 0.0 };
  WhyTask task = trial->task;

  task.target.score = WHY_SCORE_PROBABILITY;
  task.target.against = -1;
  if (!why_task_map (&task, 2 * SHARES, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &road, error))
    return FALSE;
  *value = road.sum / (2.0 * SHARES);
  return TRUE;
}

const WhyMetric why_metric_road = {
  .id = "road",
  .name = N_ ("Remove and debias (ROAD)"),
  .blurb = N_ ("How much more the probability needs the relevant pixels than the others, when what "
               "is taken away leaves no edges."),
  .citation = "Rong et al. 2022, arXiv:2202.00449",
  .params = params,
  .higher_is_better = TRUE,
  .controls = TRUE,
  .measure = measure,
};
