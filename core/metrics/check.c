/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A metric for a map and, on the same picture, for three maps that know nothing of the network. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "metrics/trial.h"
#include "whylayer/rng.h"

static void
fill_random (const WhyTask *task, WhyReal *map)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (gint64 i = 0; i < (gint64)task->height * task->width; i++)
    map[i] = (WhyReal)why_rng_uniform (&rng);
}

/* A blob in the middle, a quarter of the sides wide. */
static void
fill_centre (const WhyTask *task, WhyReal *map)
{
  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      {
        gdouble v = (y + 0.5) / task->height - 0.5, u = (x + 0.5) / task->width - 0.5;
        map[(gint64)y * task->width + x] = (WhyReal)exp (-8.0 * (u * u + v * v));
      }
}

/* Sobel's operator on the sum of the channels. */
static void
fill_edges (const WhyTask *task, WhyReal *map)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree gdouble *gray = g_new0 (gdouble, plane);

  for (gint64 i = 0; i < task->channels * plane; i++)
    gray[i % plane] += (gdouble)task->x[i];
  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      {
        gdouble gx = 0.0, gy = 0.0;
        for (gint dy = -1; dy <= 1; dy++)
          for (gint dx = -1; dx <= 1; dx++)
            {
              gint py = CLAMP (y + dy, 0, task->height - 1),
                   px = CLAMP (x + dx, 0, task->width - 1);
              gdouble v = gray[(gint64)py * task->width + px];
              gx += dx * (dy == 0 ? 2.0 : 1.0) * v;
              gy += dy * (dx == 0 ? 2.0 : 1.0) * v;
            }
        map[(gint64)y * task->width + x] = (WhyReal)hypot (gx, gy);
      }
}

/* The explanation's cells, one value an input pixel. */
static void
fill_map (const WhyTask *task, const WhyExplanation *explanation, WhyReal *map)
{
  g_autoptr (WhyTensor) cells = why_explanation_reduce (explanation);
  gint64 h = cells->shape.dims[0], w = cells->shape.dims[1];

  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      map[(gint64)y * task->width + x]
          = cells->real[y * h / task->height * w + x * w / task->width];
}

static gboolean
measure_control (const WhyMetric *metric, WhyTrial *trial, WhyControlFill fill, gdouble *value,
                 GError **error)
{
  g_autofree WhyReal *map = g_new (WhyReal, (gint64)trial->task.height * trial->task.width);
  WhyTrial control = *trial;

  fill (&trial->task, map);
  control.map = map;
  control.control = fill;
  control.explanation = NULL;
  control.details = NULL;
  return metric->measure (&control, value, NULL, error);
}

/* The map takes the first part of the time, each control as much. */
static gboolean
measure_all (WhyCheck *check, WhyTrial *trial, gboolean with_controls, GError **error)
{
  const WhyMetric *metric = check->metric;
  const struct
  {
    WhyControlFill fill;
    gdouble *value;
  } controls[] = { { fill_random, &check->random },
                   { fill_centre, &check->centre },
                   { fill_edges, &check->edges } };
  gint n = with_controls && metric->controls ? G_N_ELEMENTS (controls) : 0;
  gboolean done;

  why_progress_push (trial->task.progress, 0.0, 1.0 / (n + 1));
  done = metric->measure (trial, &check->value, &check->standard_error, error);
  why_progress_pop (trial->task.progress);
  for (gint i = 0; done && i < n; i++)
    {
      why_progress_push (trial->task.progress, (i + 1.0) / (n + 1), (i + 2.0) / (n + 1));
      done = measure_control (metric, trial, controls[i].fill, controls[i].value, error);
      why_progress_pop (trial->task.progress);
    }
  check->flagged = done && metric->flag && metric->flag (check->value, trial->params);
  return done;
}

static void
trial_init (WhyTrial *trial, WhyExplainer *explainer, const WhyReal *input,
            const WhyExplanation *explanation, WhyProgress *progress)
{
  WhyNet *net = why_explainer_get_net (explainer, 1, NULL);
  const WhyShape *shape = why_net_get_input_shape (net);

  *trial = (WhyTrial){ .explanation = explanation };
  trial->task = (WhyTask){ .explainer = explainer,
                           .model = why_explainer_get_model (explainer),
                           .channels = (gint)shape->dims[1],
                           .height = (gint)shape->dims[2],
                           .width = (gint)shape->dims[3],
                           .n_classes = why_net_get_n_classes (net),
                           .x = input,
                           .target = explanation->target,
                           .params = explanation->params,
                           .layer = WHY_VALUE_NONE,
                           .progress = progress };
}

WhyCheck *
why_metric_check (const WhyMetric *metric, const WhyParams *params, WhyExplainer *explainer,
                  const WhyReal *input, const WhyExplanation *explanation, const WhyTensor *mask,
                  gboolean controls, WhyProgress *progress, GError **error)
{
  g_autoptr (WhyCheck) check = g_new0 (WhyCheck, 1);
  g_autoptr (WhyParams) defaults = params ? NULL : why_params_new (metric->params);
  g_autofree WhyReal *map = NULL;
  gint64 started = g_get_monotonic_time ();
  WhyTrial trial;

  if (metric->needs_mask && !mask)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%s needs a selection: what should the evidence lie in?"), metric->id);
      return NULL;
    }
  trial_init (&trial, explainer, input, explanation, progress);
  map = g_new (WhyReal, (gint64)trial.task.height * trial.task.width);
  fill_map (&trial.task, explanation, map);
  check->metric = metric;
  check->standard_error = check->random = check->centre = check->edges = NAN;
  check->details = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  trial.map = map;
  trial.mask = mask ? mask->real : NULL;
  trial.params = params ? params : defaults;
  trial.details = check->details;
  if (!measure_all (check, &trial, controls, error))
    return NULL;
  check->elapsed_ms = (g_get_monotonic_time () - started) / 1000;
  return g_steal_pointer (&check);
}
