/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/noise-gradient.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "whylayer/rng.h"

const WhyParam why_noise_params[] = {
  { "samples", N_ ("_Samples"), N_ ("Noisy copies of the picture."), WHY_PARAM_INT, 1, 10000, "25",
    NULL },
  { "sigma", N_ ("S_igma"),
    N_ ("Standard deviation of the noise, as a share of the input's range."), WHY_PARAM_DOUBLE, 0,
    10, "0.15", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gdouble sigma; /* normalised units */
  guint64 seed;
  gint64 n;
  gdouble *sum, *squares; /* [C,H,W] */
} Moments;

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Moments *moments = user_data;
  WhyRng rng;

  why_rng_init (&rng, moments->seed, (guint64)index);
  for (gint64 i = 0; i < moments->n; i++)
    input[i] = task->x[i] + (WhyReal)(moments->sigma * why_rng_gaussian (&rng));
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Moments *moments = user_data;

  for (gint64 i = 0; i < moments->n; i++)
    {
      gdouble g = (gdouble)gradient[i];
      moments->sum[i] += g;
      moments->squares[i] += g * g;
    }
}

static gdouble
range_of (const WhyReal *values, gint64 n)
{
  WhyReal low = values[0], high = values[0];

  for (gint64 i = 1; i < n; i++)
    {
      low = MIN (low, values[i]);
      high = MAX (high, values[i]);
    }
  return (gdouble)(high - low);
}

gboolean
why_noise_run (WhyTask *task, WhyMoment moment, gboolean with_error, GError **error)
{
  WhyShape shape = WHY_SHAPE (task->channels, task->height, task->width);
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  gint64 n = why_tensor_numel (map), samples = why_params_get_int (task->params, "samples");
  g_autofree gdouble *sum = g_new0 (gdouble, n);
  g_autofree gdouble *squares = g_new0 (gdouble, n);
  Moments moments
      = { .sigma = why_params_get_double (task->params, "sigma") * range_of (task->x, n),
          .seed = (guint64)why_params_get_int (task->params, "seed"),
          .n = n,
          .sum = sum,
          .squares = squares };

  why_explanation_take_map (task->out, map);
  if (!why_task_map (task, samples, TRUE, WHY_BACKWARD_GRADIENT, fill, take, &moments, error))
    return FALSE;
  if (with_error && samples > 1)
    task->out->error = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  for (gint64 i = 0; i < n; i++)
    {
      gdouble mean = sum[i] / (gdouble)samples, square = squares[i] / (gdouble)samples;
      map->real[i] = moment (mean, square);
      if (task->out->error)
        task->out->error->real[i]
            = (WhyReal)sqrt (MAX (square - mean * mean, 0.0) / (gdouble)(samples - 1));
    }
  return TRUE;
}

gdouble
why_noise_estimate (const WhyParams *params, const WhyNet *net)
{
  return 3.0 * (gdouble)why_params_get_int (params, "samples");
}
