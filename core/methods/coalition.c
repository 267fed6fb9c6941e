/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/coalition.h"

#include <string.h>

#include "limits.h"
#include "methods/segment.h"

void
why_features_clear (WhyFeatures *features)
{
  g_free (features->labels);
  g_free (features->fill);
}

static gint64
plane_of (const WhyTask *task)
{
  return (gint64)task->height * task->width;
}

static void
init_fill (WhyFeatures *features, WhyTask *task, const gchar *fill, guint64 seed)
{
  features->fill = g_new (WhyReal, task->channels * plane_of (task));
  why_task_baseline (task, fill, seed, features->fill);
}

void
why_features_init_grid (WhyFeatures *features, WhyTask *task, gint rows, gint columns,
                        const gchar *fill, guint64 seed)
{
  rows = MIN (rows, task->height);
  columns = MIN (columns, task->width);
  *features = (WhyFeatures){ .n = rows * columns, .labels = g_new (gint, plane_of (task)) };
  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      features->labels[(gint64)y * task->width + x]
          = y * rows / task->height * columns + x * columns / task->width;
  init_fill (features, task, fill, seed);
}

void
why_features_init_segments (WhyFeatures *features, WhyTask *task, gint n, const gchar *fill,
                            guint64 seed)
{
  *features = (WhyFeatures){ .labels = g_new (gint, plane_of (task)) };
  features->n
      = why_segment (task->x, task->channels, task->height, task->width, n, features->labels);
  init_fill (features, task, fill, seed);
}

typedef struct
{
  const WhyFeatures *features;
  const guint8 *on; /* NULL: bit patterns of the index */
  gdouble *scores;
} Coalitions;

static gboolean
is_on (const Coalitions *c, gint64 index, gint feature)
{
  return c->on ? c->on[index * c->features->n + feature] != 0 : (index >> feature & 1) != 0;
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Coalitions *c = user_data;
  gint64 plane = plane_of (task), all = task->channels * plane;

  for (gint64 i = 0; i < all; i++)
    {
      gint feature = c->features->labels[c->features->per_channel ? i : i % plane];
      input[i] = is_on (c, index, feature) ? task->x[i] : c->features->fill[i];
    }
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Coalitions *)user_data)->scores[index] = score;
}

gboolean
why_coalition_scores (WhyTask *task, const WhyFeatures *features, const guint8 *on, gint64 count,
                      gdouble *scores, GError **error)
{
  Coalitions c = { features, on, scores };

  return why_task_map (task, count, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &c, error);
}

gboolean
why_coalition_enumerate (WhyTask *task, const WhyFeatures *features, gdouble *scores,
                         GError **error)
{
  g_return_val_if_fail (features->n <= WHY_MAX_PARTS, FALSE);
  return why_coalition_scores (task, features, NULL, G_GINT64_CONSTANT (1) << features->n, scores,
                               error);
}

void
why_shapley_exact (const gdouble *scores, gint n, gdouble *values)
{
  gdouble weights[WHY_MAX_PARTS + 1];

  /* |S|! (n - |S| - 1)! / n! = 1 / (n · C(n - 1, |S|)) */
  weights[0] = 1.0 / n;
  for (gint s = 1; s < n; s++)
    weights[s] = weights[s - 1] * s / (n - s);
  memset (values, 0, (gsize)n * sizeof (gdouble));
  for (guint set = 0; set < 1u << n; set++)
    for (gint i = 0; i < n; i++)
      if (!(set >> i & 1))
        values[i] += weights[__builtin_popcount (set)] * (scores[set | 1u << i] - scores[set]);
}

WhyTensor *
why_features_spread (const WhyFeatures *features, const WhyTask *task, const gdouble *values)
{
  gint channels = features->per_channel ? task->channels : 1;
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (channels, task->height, task->width));
  g_autofree gint64 *sizes = g_new0 (gint64, features->n);
  gint64 numel = why_tensor_numel (map);

  for (gint64 i = 0; i < numel; i++)
    sizes[features->labels[i]]++;
  for (gint64 i = 0; i < numel; i++)
    map->real[i] = (WhyReal)(values[features->labels[i]] / (gdouble)sizes[features->labels[i]]);
  return map;
}
