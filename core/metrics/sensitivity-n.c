/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pearson correlation, over random sets of pixels, of the map's sum over the set with what the
 * score loses when the set is replaced by the mean colour. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "whylayer/correlation.h"
#include "metrics/trial.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "share", N_ ("_Share"), N_ ("Pixels in a set, as a share of all."), WHY_PARAM_DOUBLE, 0.0001,
    0.9999, "0.1", NULL },
  { "samples", N_ ("Sa_mples"), N_ ("Random sets."), WHY_PARAM_INT, 3, 100000, "100", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed."), WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyTrial *trial;
  guint64 seed;
  gint64 size;
  gint *order;
  gdouble *sums, *drops;
} Sets;

static void
draw_set (Sets *s, gint64 index)
{
  gint n = s->trial->task.height * s->trial->task.width;
  WhyRng rng;

  why_rng_init (&rng, s->seed, (guint64)index);
  for (gint i = 0; i < n; i++)
    s->order[i] = i;
  why_rng_shuffle (&rng, s->order, n);
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Sets *s = user_data;
  gint64 plane = (gint64)task->height * task->width;

  draw_set (s, index);
  memcpy (input, task->x, (gsize)(task->channels * plane) * sizeof (WhyReal));
  s->sums[index] = 0.0;
  for (gint64 i = 0; i < s->size; i++)
    {
      s->sums[index] += (gdouble)s->trial->map[s->order[i]];
      for (gint c = 0; c < task->channels; c++)
        input[c * plane + s->order[i]] = 0;
    }
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Sets *)user_data)->drops[index] = -score;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint n = trial->task.height * trial->task.width;
  gint64 samples = why_params_get_int (trial->params, "samples");
  g_autofree gint *order = g_new (gint, n);
  g_autofree gdouble *sums = g_new (gdouble, samples);
  g_autofree gdouble *drops = g_new (gdouble, samples);
  Sets s = { trial,
             (guint64)why_params_get_int (trial->params, "seed"),
             MAX ((gint64)(why_params_get_double (trial->params, "share") * n), 1),
             order,
             sums,
             drops };

  if (!why_task_map (&trial->task, samples, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &s, error))
    return FALSE;
  *value = why_correlate (sums, drops, samples);
  if (standard_error && isfinite (*value))
    *standard_error = (1.0 - *value * *value) / sqrt ((gdouble)samples - 1.0);
  return TRUE;
}

const WhyMetric why_metric_sensitivity_n = {
  .id = "sensitivity-n",
  .name = N_ ("Sensitivity-n"),
  .blurb = N_ ("Whether sets of pixels that the map calls relevant really move the score."),
  .citation = "Ancona et al. 2017, arXiv:1711.06104",
  .params = params,
  .higher_is_better = TRUE,
  .controls = TRUE,
  .measure = measure,
};
