/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "metrics/trial.h"

#include <string.h>

static int
compare_values (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const WhyReal *map = user_data;
  gint i = *(const gint *)a, j = *(const gint *)b;

  return map[i] < map[j] ? 1 : map[i] > map[j] ? -1 : i - j;
}

gint *
why_trial_order (const WhyTrial *trial)
{
  gint n = trial->task.height * trial->task.width;
  gint *order = g_new (gint, n);

  for (gint i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, n, sizeof *order, compare_values, (gpointer)trial->map);
  return order;
}

typedef struct
{
  const WhyReal *base;
  const gint *order;
  gboolean insert;
  gint steps;
  gdouble *scores;
} Curve;

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Curve *c = user_data;
  gint64 plane = (gint64)task->height * task->width, moved = plane * index / c->steps;
  const WhyReal *from = c->insert ? c->base : task->x, *to = c->insert ? task->x : c->base;

  memcpy (input, from, (gsize)(task->channels * plane) * sizeof (WhyReal));
  for (gint64 i = 0; i < moved; i++)
    for (gint k = 0; k < task->channels; k++)
      input[k * plane + c->order[i]] = to[k * plane + c->order[i]];
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Curve *)user_data)->scores[index] = score;
}

gboolean
why_trial_curve (WhyTrial *trial, const WhyReal *base, gboolean insert, gboolean own_score,
                 gint steps, gdouble *scores, GError **error)
{
  g_autofree gint *order = why_trial_order (trial);
  Curve curve = { base, order, insert, steps, scores };
  WhyTask task = trial->task;

  if (!own_score)
    {
      task.target.score = WHY_SCORE_PROBABILITY;
      task.target.against = -1;
    }
  return why_task_map (&task, steps + 1, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &curve, error);
}

gdouble
why_curve_area (const gdouble *scores, gint steps)
{
  gdouble sum = 0.5 * (scores[0] + scores[steps]);

  for (gint i = 1; i < steps; i++)
    sum += scores[i];
  return sum / steps;
}

gboolean
why_trial_mask_picture (const WhyTrial *trial, WhyReal *masked)
{
  gint64 plane = (gint64)trial->task.height * trial->task.width;
  WhyReal most = 0;

  for (gint64 i = 0; i < plane; i++)
    most = MAX (most, trial->map[i]);
  for (gint64 i = 0; most > 0 && i < trial->task.channels * plane; i++)
    masked[i] = trial->task.x[i] * MAX (trial->map[i % plane], 0) / most;
  return most > 0;
}

gboolean
why_trial_probability (WhyTrial *trial, const WhyReal *input, gdouble *probability, GError **error)
{
  WhyTask task = trial->task;

  task.target.score = WHY_SCORE_PROBABILITY;
  task.target.against = -1;
  return why_task_scores (&task, input, 1, probability, error);
}

void
why_trial_set_detail (WhyTrial *trial, const gchar *name, gdouble value)
{
  if (trial->details)
    g_hash_table_insert (trial->details, g_strdup (name), g_memdup2 (&value, sizeof value));
}
