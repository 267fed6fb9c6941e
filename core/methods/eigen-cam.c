/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first principal direction of the activations: A = UΣVᵀ with A [K, h·w], uncentred as in the
 * paper; the map is σ₁v₁, its sign chosen to correlate with ΣA. Needs no gradient and no class. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "methods/cam-common.h"

#define MOST_ITERATIONS 1000

/* map = Aᵀ(A·v), one step of power iteration on the Gram matrix; returns |A·v|. */
static gdouble
iterate (const WhyReal *a, gint channels, gint64 cells, const gdouble *v, gdouble *next)
{
  gdouble norm = 0.0;

  for (gint64 p = 0; p < cells; p++)
    next[p] = 0.0;
  for (gint k = 0; k < channels; k++)
    {
      const WhyReal *row = a + k * cells;
      gdouble dot = 0.0;
      for (gint64 p = 0; p < cells; p++)
        dot += (gdouble)row[p] * v[p];
      for (gint64 p = 0; p < cells; p++)
        next[p] += dot * (gdouble)row[p];
      norm += dot * dot;
    }
  return sqrt (norm);
}

static gdouble
normalise (gdouble *v, gint64 n)
{
  gdouble norm = 0.0;

  for (gint64 p = 0; p < n; p++)
    norm += v[p] * v[p];
  norm = sqrt (norm);
  for (gint64 p = 0; norm > 0.0 && p < n; p++)
    v[p] /= norm;
  return norm;
}

static void
sum_channels (const WhyReal *a, gint channels, gint64 cells, gdouble *sum)
{
  for (gint64 p = 0; p < cells; p++)
    sum[p] = 0.0;
  for (gint k = 0; k < channels; k++)
    for (gint64 p = 0; p < cells; p++)
      sum[p] += (gdouble)a[k * cells + p];
}

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;
  g_autofree gdouble *sum = g_new (gdouble, cells);
  g_autofree gdouble *v = g_new (gdouble, cells);
  g_autofree gdouble *next = g_new (gdouble, cells);
  gdouble sigma = 0.0, agreement = 0.0, change = 1.0;

  sum_channels (activations, grid->channels, cells, sum);
  for (gint64 p = 0; p < cells; p++) /* never orthogonal to v₁ by accident of symmetry */
    v[p] = sum[p] + 1e-3 * (1.0 + (gdouble)(p % 7));
  if (normalise (v, cells) == 0.0)
    return;
  for (gint i = 0; i < MOST_ITERATIONS && change > 1e-13; i++)
    {
      sigma = iterate (activations, grid->channels, cells, v, next);
      if (normalise (next, cells) == 0.0)
        return;
      change = 0.0;
      for (gint64 p = 0; p < cells; p++)
        {
          change = MAX (change, fabs (next[p] - v[p]));
          v[p] = next[p];
        }
    }
  for (gint64 p = 0; p < cells; p++)
    agreement += v[p] * sum[p];
  for (gint64 p = 0; p < cells; p++)
    map[p] = (WhyReal)(agreement < 0.0 ? -sigma * v[p] : sigma * v[p]);
}

static gboolean
run (WhyTask *task, GError **error)
{
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_eigen_cam = {
  .id = "eigen-cam",
  .name = N_ ("Eigen-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("The strongest pattern in the layer's activations, whatever the class."),
  .citation = "Muhammad, Yeasin 2020, arXiv:2008.00299",
  .caveat = N_ ("Ignores the class: it shows what is salient, not why."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
