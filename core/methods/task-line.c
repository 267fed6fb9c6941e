/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients summed along a straight line, for every method that integrates over one. */
#include <string.h>

#include "graph/line.h"
#include "methods/method.h"

typedef struct
{
  const WhyReal *from, *to;
  const gdouble *alphas, *weights;
  gint n;
  WhyReal *sum;
} Points;

static gint64
numel_of (const WhyTask *task)
{
  return (gint64)task->channels * task->height * task->width;
}

/* Seeds of count pictures; of the rest of the batch, nothing. */
static void
seed_scores (WhyTask *task, const WhyReal *logits, gint count, gint batch, WhyReal *seeds)
{
  gsize classes = (gsize)task->n_classes;

  memset (seeds, 0, (gsize)batch * classes * sizeof (WhyReal));
  for (gint i = 0; i < count; i++)
    why_target_seed (&task->target, task->model, logits + i * classes, seeds + i * classes);
}

static gboolean
follow (WhyTask *task, WhyLine *line, gint batch, const Points *points, GError **error)
{
  g_autofree WhyReal *seeds = g_new (WhyReal, (gsize)batch * task->n_classes);
  g_autofree gdouble *alphas = g_new0 (gdouble, batch);
  g_autofree gdouble *weights = g_new0 (gdouble, batch);
  const WhyReal *sum;
  gint count;

  for (gint begin = 0; begin < points->n; begin += count)
    {
      count = MIN (points->n - begin, batch);
      if (!why_progress_set (task->progress, (gdouble)begin / points->n, error))
        return FALSE;
      memset (weights, 0, (gsize)batch * sizeof *weights);
      memcpy (alphas, points->alphas + begin, (gsize)count * sizeof *alphas);
      memcpy (weights, points->weights + begin, (gsize)count * sizeof *weights);
      seed_scores (task, why_line_forward (line, alphas), count, batch, seeds);
      if (!why_line_backward (line, seeds, weights, error))
        return FALSE;
    }
  if (!(sum = why_line_get_sum (line, error)))
    return FALSE;
  memcpy (points->sum, sum, (gsize)numel_of (task) * sizeof (WhyReal));
  return why_progress_set (task->progress, 1.0, error);
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Points *points = user_data;
  WhyReal alpha = (WhyReal)points->alphas[index];
  gint64 n = numel_of (task);

  for (gint64 i = 0; i < n; i++)
    input[i] = points->from[i] + alpha * (points->to[i] - points->from[i]);
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  const Points *points = user_data;
  WhyReal weight = (WhyReal)points->weights[index];
  gint64 n = numel_of (task);

  for (gint64 i = 0; i < n; i++)
    points->sum[i] += weight * gradient[i];
}

gboolean
why_task_line (WhyTask *task, const WhyReal *from, const WhyReal *to, gint n, const gdouble *alphas,
               const gdouble *weights, WhyReal *sum, GError **error)
{
  Points points = { from, to, alphas, weights, n, sum };
  gint batch = why_task_gradient_batch (task, n);
  WhyNet *net = why_explainer_get_net (task->explainer, batch, error);
  g_autoptr (WhyLine) line = NULL;
  g_autoptr (GError) local = NULL;

  /* Planning takes as long as a batch: who wants to stop should not wait for both. */
  if (!net || !why_progress_set (task->progress, 0.0, error))
    return FALSE;
  if ((line = why_line_new (net, from, to, &local)))
    return follow (task, line, batch, &points, error);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  memset (sum, 0, (gsize)numel_of (task) * sizeof (WhyReal));
  return why_task_map (task, n, TRUE, WHY_BACKWARD_GRADIENT, fill, take, &points, error);
}
