/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smooth mask of a given area that keeps the score highest: gradient ascent on a coarse mask,
 * enlarged bilinearly, over the picture blurred where the mask is 0; after every step the mask is
 * moved back to its area. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"

#define CELL 4    /* network pixels a mask cell */
#define RATE 0.05 /* step, for a gradient scaled to a largest entry of 1 */
#define MOMENTUM 0.9

static const WhyParam params[] = {
  { "area", N_ ("_Area"), N_ ("Share of the picture the mask may show."), WHY_PARAM_DOUBLE, 0.001,
    0.999, "0.1", NULL },
  { "iterations", N_ ("_Iterations"), N_ ("Steps of the search."), WHY_PARAM_INT, 1, 10000, "300",
    NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyTask *task;
  gint rows, columns;
  WhyReal *cells, *velocity, *gradient; /* [rows,columns] */
  WhyReal *mask, *blurred, *input, *input_gradient;
  gdouble area;
} Extremal;

static gdouble
mean_clipped (const Extremal *e, gdouble offset)
{
  gint n = e->rows * e->columns;
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    sum += CLAMP ((gdouble)e->cells[i] + offset, 0.0, 1.0);
  return sum / n;
}

/* The offset, found by bisection, that gives the mask its area. */
static void
project (Extremal *e)
{
  gdouble low = -2.0, high = 2.0;
  gint n = e->rows * e->columns;

  for (gint i = 0; i < n; i++)
    {
      low = MIN (low, -(gdouble)e->cells[i] - 1.0);
      high = MAX (high, 1.0 - (gdouble)e->cells[i] + 1.0);
    }
  for (gint i = 0; i < 60; i++)
    {
      gdouble middle = 0.5 * (low + high);
      *(mean_clipped (e, middle) < e->area ? &low : &high) = middle;
    }
  for (gint i = 0; i < n; i++)
    e->cells[i] = (WhyReal)CLAMP ((gdouble)e->cells[i] + 0.5 * (low + high), 0.0, 1.0);
}

/* Transpose of the bilinear enlargement: each cell gathers its pixels' gradients. */
static void
gather_cells (Extremal *e, const gdouble *mask_gradient)
{
  gint height = e->task->height, width = e->task->width;

  memset (e->gradient, 0, (gsize)e->rows * e->columns * sizeof (WhyReal));
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        gdouble v = CLAMP ((y + 0.5) * e->rows / height - 0.5, 0.0, e->rows - 1.0);
        gdouble u = CLAMP ((x + 0.5) * e->columns / width - 0.5, 0.0, e->columns - 1.0);
        gint i = MIN ((gint)v, MAX (e->rows - 2, 0)), j = MIN ((gint)u, MAX (e->columns - 2, 0));
        gint below = MIN (i + 1, e->rows - 1), right = MIN (j + 1, e->columns - 1);
        gdouble g = mask_gradient[(gint64)y * width + x];
        e->gradient[i * e->columns + j] += (WhyReal)(g * (1 - (v - i)) * (1 - (u - j)));
        e->gradient[i * e->columns + right] += (WhyReal)(g * (1 - (v - i)) * (u - j));
        e->gradient[below * e->columns + j] += (WhyReal)(g * (v - i) * (1 - (u - j)));
        e->gradient[below * e->columns + right] += (WhyReal)(g * (v - i) * (u - j));
      }
}

static gboolean
measure (Extremal *e, gdouble *mask_gradient, GError **error)
{
  WhyTask *task = e->task;
  gint64 plane = (gint64)task->height * task->width;

  why_upsample (e->cells, e->rows, e->columns, e->mask, task->height, task->width);
  for (gint64 i = 0; i < task->channels * plane; i++)
    e->input[i] = e->blurred[i] + e->mask[i % plane] * (task->x[i] - e->blurred[i]);
  if (!why_task_gradient (task, e->input, WHY_BACKWARD_GRADIENT, NULL, e->input_gradient, error))
    return FALSE;
  memset (mask_gradient, 0, (gsize)plane * sizeof (gdouble));
  for (gint64 i = 0; i < task->channels * plane; i++)
    mask_gradient[i % plane] += (gdouble)(e->input_gradient[i] * (task->x[i] - e->blurred[i]));
  gather_cells (e, mask_gradient);
  return TRUE;
}

static void
step (Extremal *e)
{
  gint n = e->rows * e->columns;
  gdouble most = 1e-30;

  for (gint i = 0; i < n; i++)
    most = MAX (most, fabs ((gdouble)e->gradient[i]));
  for (gint i = 0; i < n; i++)
    {
      e->velocity[i]
          = (WhyReal)(MOMENTUM * (gdouble)e->velocity[i] + RATE * (gdouble)e->gradient[i] / most);
      e->cells[i] += e->velocity[i];
    }
  project (e);
}

static gboolean
search (Extremal *e, GError **error)
{
  gint iterations = (gint)why_params_get_int (e->task->params, "iterations");
  g_autofree gdouble *mask_gradient = g_new (gdouble, (gint64)e->task->height * e->task->width);

  for (gint i = 0; i < iterations; i++)
    {
      gboolean done = why_progress_set (e->task->progress, (gdouble)i / iterations, error);
      why_progress_push (e->task->progress, (gdouble)i / iterations, (gdouble)i / iterations);
      done = done && measure (e, mask_gradient, error);
      why_progress_pop (e->task->progress);
      if (!done)
        return FALSE;
      step (e);
    }
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint rows = (task->height + CELL - 1) / CELL, columns = (task->width + CELL - 1) / CELL;
  gint64 plane = (gint64)task->height * task->width, numel = task->channels * plane;
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, rows, columns));
  g_autofree WhyReal *velocity = g_new0 (WhyReal, rows * columns);
  g_autofree WhyReal *gradient = g_new (WhyReal, rows * columns);
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autofree WhyReal *blurred = g_new (WhyReal, numel);
  g_autofree WhyReal *input = g_new (WhyReal, numel);
  g_autofree WhyReal *input_gradient = g_new (WhyReal, numel);
  Extremal e = { task,
                 rows,
                 columns,
                 map->real,
                 velocity,
                 gradient,
                 mask,
                 blurred,
                 input,
                 input_gradient,
                 why_params_get_double (task->params, "area") };

  why_explanation_take_map (task->out, map);
  why_task_baseline (task, "blur", 0, blurred);
  for (gint i = 0; i < rows * columns; i++)
    map->real[i] = WHY_REAL (0.5);
  project (&e);
  return search (&e, error);
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 3.0 * (gdouble)why_params_get_int (values, "iterations");
}

const WhyMethod why_method_extremal_perturbation = {
  .id = "extremal-perturbation",
  .name = N_ ("Extremal perturbation"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb = N_ ("Looks for the part of a given size that convinces the network most."),
  .citation = "Fong, Patrick, Vedaldi 2019, arXiv:1910.08485",
  .caveat = N_ ("A search: it may end in a part that convinces the network but no person."),
  .params = params,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
