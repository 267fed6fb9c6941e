/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrated gradients along a path that follows the gradients: in every step the `fraction` of
 * elements with the lowest |gradient| moves on towards the picture, as far as max-dist lets it
 * leave the straight line (which max-dist 0 is), until the L1 distance left has shrunk by 1/steps.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"

#define CLOSE 1e-9 /* of the whole distance: arrived */

static const WhyParam params[] = {
  { "steps", N_ ("_Steps"), N_ ("Steps of the path from the baseline to the picture."),
    WHY_PARAM_INT, 1, 10000, "200", NULL },
  { "fraction", N_ ("_Fraction"), N_ ("Share of the elements that move in one go."),
    WHY_PARAM_DOUBLE, 0, 1, "0.25", NULL },
  { "max-dist", N_ ("_Max. distance"),
    N_ ("How far an element may leave the straight path, as a share of it; 0 is integrated "
        "gradients."),
    WHY_PARAM_DOUBLE, 0, 1, "0.02", NULL },
  { "baseline", N_ ("_Baseline"), N_ ("The picture that stands for no evidence."), WHY_PARAM_CHOICE,
    0, 0, "black", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise baseline."), WHY_PARAM_INT, 0, 2147483647,
    "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint64 n;
  const WhyReal *from, *to; /* baseline and picture */
  gdouble *x;               /* where the path is */
  gdouble *size;            /* |gradient|; infinite where an element can go no further now */
  gdouble *work;
  gdouble fraction, max_dist;
} Path;

static gdouble
at (const Path *path, gint64 i, gdouble alpha)
{
  return path->from[i] + alpha * ((gdouble)path->to[i] - (gdouble)path->from[i]);
}

static gdouble
distance_left (const Path *path)
{
  gdouble sum = 0.0;

  for (gint64 i = 0; i < path->n; i++)
    sum += fabs ((gdouble)path->to[i] - path->x[i]);
  return sum;
}

/* Value number rank (from 0) of the values in order; reorders them (Hoare's selection). */
static gdouble
select_rank (gdouble *values, gint64 n, gint64 rank)
{
  gint64 low = 0, high = n - 1;

  while (low < high)
    {
      gdouble pivot = values[low + (high - low) / 2];
      gint64 i = low, j = high;
      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i <= j)
            {
              gdouble swap = values[i];
              values[i++] = values[j];
              values[j--] = swap;
            }
        }
      if (rank <= j)
        high = j;
      else if (rank >= i)
        low = i;
      else
        break;
    }
  return values[rank];
}

/* Nobody stays further behind than low. */
static void
catch_up (Path *path, gdouble low)
{
  for (gint64 i = 0; i < path->n; i++)
    {
      gdouble span = (gdouble)path->to[i] - (gdouble)path->from[i];
      if (span != 0.0 && (path->x[i] - (gdouble)path->from[i]) / span < low)
        path->x[i] = at (path, i, low);
    }
}

static gdouble
find_threshold (Path *path, gdouble high)
{
  for (gint64 i = 0; i < path->n; i++)
    {
      if (path->x[i] == at (path, i, high))
        path->size[i] = INFINITY;
      path->work[i] = path->size[i];
    }
  return select_rank (path->work, path->n, (gint64)(path->fraction * (gdouble)(path->n - 1)));
}

/* Moves x until the distance left is target. */
static void
advance (Path *path, gdouble low, gdouble high, gdouble target, gdouble tolerance)
{
  gdouble gamma = INFINITY;

  while (gamma > 1.0)
    {
      gdouble gap, threshold, reach = 0.0;
      catch_up (path, low);
      gap = distance_left (path) - target;
      if (gap <= tolerance)
        return;
      threshold = find_threshold (path, high);
      for (gint64 i = 0; i < path->n; i++)
        if (path->size[i] <= threshold && isfinite (path->size[i]))
          reach += fabs (at (path, i, high) - path->x[i]);
      if (reach <= 0.0)
        return;
      gamma = gap / reach;
      for (gint64 i = 0; i < path->n; i++)
        if (path->size[i] <= threshold && isfinite (path->size[i]))
          path->x[i] = gamma > 1.0 ? at (path, i, high)
                                   : path->x[i] + gamma * (at (path, i, high) - path->x[i]);
    }
}

/* A straight piece of the path, and Simpson's rule for the gradients along it. The elements that
 * move are those whose gradient was low at its beginning, so that the ends alone would say too
 * little: on the bundled network their sum misses a fifth of the score, and more steps do not help.
 */
static gboolean
integrate_piece (WhyTask *task, const Path *path, const gdouble *before, WhyReal *gradient,
                 gdouble *map, GError **error)
{
  static const gdouble weights[] = { 4.0 / 6, 1.0 / 6 };
  g_autofree WhyReal *input = g_new (WhyReal, path->n);

  for (gint64 i = 0; i < path->n; i++)
    map[i] += (path->x[i] - before[i]) * (gdouble)gradient[i] / 6;
  for (gint point = 0; point < 2; point++)
    {
      gdouble at_point = (point + 1) / 2.0;
      for (gint64 i = 0; i < path->n; i++)
        input[i] = (WhyReal)(before[i] + at_point * (path->x[i] - before[i]));
      if (!why_task_gradient (task, input, WHY_BACKWARD_GRADIENT, NULL, gradient, error))
        return FALSE;
      for (gint64 i = 0; i < path->n; i++)
        map[i] += (path->x[i] - before[i]) * (gdouble)gradient[i] * weights[point];
    }
  return TRUE;
}

static gboolean
follow (WhyTask *task, Path *path, gint steps, gdouble *map, gdouble *start, GError **error)
{
  g_autofree WhyReal *gradient = g_new (WhyReal, path->n);
  g_autofree gdouble *before = g_new (gdouble, path->n);
  gdouble whole = distance_left (path);

  if (!why_task_gradient (task, path->from, WHY_BACKWARD_GRADIENT, start, gradient, error))
    return FALSE;
  for (gint step = 1; step <= steps; step++)
    {
      gdouble alpha = (gdouble)step / steps;

      memcpy (before, path->x, (gsize)path->n * sizeof (gdouble));
      for (gint64 i = 0; i < path->n; i++)
        path->size[i] = fabs ((gdouble)gradient[i]);
      advance (path, MAX (alpha - path->max_dist, 0.0), MIN (alpha + path->max_dist, 1.0),
               whole * (1.0 - alpha), whole * CLOSE);
      for (gint64 i = 0; step == steps && i < path->n; i++)
        path->x[i] = (gdouble)path->to[i];
      if (!why_progress_set (task->progress, (step - 1.0) / steps, error)
          || !integrate_piece (task, path, before, gradient, map, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_tensor_numel (map);
  g_autofree WhyReal *baseline = g_new (WhyReal, n);
  g_autofree gdouble *memory = g_new0 (gdouble, 4 * n);
  gdouble *sum = memory + 3 * n;
  Path path = { .n = n,
                .from = baseline,
                .to = task->x,
                .x = memory,
                .size = memory + n,
                .work = memory + 2 * n,
                .fraction = why_params_get_double (task->params, "fraction"),
                .max_dist = why_params_get_double (task->params, "max-dist") };
  WhyExplanation *out = task->out;
  gdouble start, total = 0.0;

  why_explanation_take_map (out, map);
  why_task_baseline (task, why_params_get_choice (task->params, "baseline"),
                     (guint64)why_params_get_int (task->params, "seed"), baseline);
  for (gint64 i = 0; i < n; i++)
    path.x[i] = (gdouble)baseline[i];
  if (!follow (task, &path, (gint)why_params_get_int (task->params, "steps"), sum, &start, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      map->real[i] = (WhyReal)sum[i];
      total += sum[i];
    }
  out->residual_of = out->score - start;
  out->residual = total - out->residual_of;
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 3.0 * (2.0 * (gdouble)why_params_get_int (values, "steps") + 1.0);
}

const WhyMethod why_method_guided_ig = {
  .id = "guided-ig",
  .name = N_ ("Guided IG"),
  .family = WHY_FAMILY_PATH,
  .blurb = N_ ("Integrated gradients along a path that avoids steep places: less noise off the "
               "subject."),
  .citation = "Kapishnikov et al. 2021, arXiv:2106.09788",
  .caveat = N_ ("The path depends on the picture, so two pictures are measured along different "
                "ways."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
