/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights (f - f without channel k) / f: the relative drop when a channel is zeroed. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/cam-common.h"

/* A net whose batch holds copies of x, run up to the logits. */
static WhyNet *
run_copies (WhyTask *task, gint *batch, GError **error)
{
  gint64 numel = (gint64)task->channels * task->height * task->width;
  g_autofree WhyReal *inputs = NULL;
  WhyNet *net;

  *batch = why_task_batch (task, task->grid.channels);
  net = why_explainer_get_net (task->explainer, *batch, error);
  /* Planning takes as long as a batch: who wants to stop should not wait for both. */
  if (!net || !why_progress_set (task->progress, 0.0, error))
    return NULL;
  inputs = g_new (WhyReal, *batch * numel);
  for (gint i = 0; i < *batch; i++)
    memcpy (inputs + i * numel, task->x, (gsize)numel * sizeof (WhyReal));
  return why_net_forward (net, inputs, error) ? net : NULL;
}

/* The layer's value for every item of the batch, item i without channel first + i. */
static void
ablate (const WhyTask *task, const WhyReal *activations, const WhyReal *whole, gint64 item_numel,
        gint first, gint batch, WhyReal *data)
{
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  g_autofree WhyReal *khw
      = g_memdup2 (activations, (gsize)(task->grid.channels * cells) * sizeof (WhyReal));

  for (gint i = 0; i < batch; i++)
    {
      gint k = MIN (first + i, task->grid.channels - 1);
      gint64 extra = (gint64)task->grid.extra_tokens * task->grid.channels;
      memset (khw + k * cells, 0, (gsize)cells * sizeof (WhyReal));
      why_grid_scatter (&task->grid, khw, data + i * item_numel);
      memcpy (data + i * item_numel, whole,
              (gsize)extra * sizeof (WhyReal)); /* class tokens stay */
      memcpy (khw + k * cells, activations + k * cells, (gsize)cells * sizeof (WhyReal));
    }
}

static gboolean
measure (WhyTask *task, const WhyReal *activations, gdouble *drops, GError **error)
{
  gint batch = 1;
  WhyNet *net = run_copies (task, &batch, error);
  g_autofree WhyReal *whole = NULL;
  g_autofree WhyReal *data = NULL;
  gint64 item;

  if (!net)
    return FALSE;
  item = why_shape_numel (why_net_get_value_shape (net, task->layer)) / batch;
  whole = g_memdup2 (why_net_get_value (net, task->layer), (gsize)item * sizeof (WhyReal));
  data = g_new (WhyReal, batch * item);
  for (gint k = 0; k < task->grid.channels; k += batch)
    {
      const WhyReal *logits;
      if (!why_progress_set (task->progress, (gdouble)k / task->grid.channels, error))
        return FALSE;
      ablate (task, activations, whole, item, k, batch, data);
      logits = why_net_forward_from (net, task->layer, data, error);
      if (!logits)
        return FALSE;
      for (gint i = 0; i < MIN (batch, task->grid.channels - k); i++)
        drops[k + i]
            = task->out->score
              - why_target_score (&task->target, task->model, logits + (gsize)i * task->n_classes);
    }
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  g_autofree WhyReal *activations = g_new (WhyReal, task->grid.channels * cells);
  g_autofree gdouble *weights = g_new0 (gdouble, task->grid.channels);
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));

  why_explanation_take_map (task->out, map);
  if (!why_task_layer (task, activations, NULL, NULL, error)
      || !measure (task, activations, weights, error))
    return FALSE;
  /* Relative to |f|: a negative score must not turn evidence round. */
  for (gint k = 0; k < task->grid.channels && task->out->score != 0.0; k++)
    weights[k] /= fabs (task->out->score);
  why_cam_combine (&task->grid, activations, weights, map->real);
  why_cam_finish (task, map);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 256.0; /* one short run a channel: only what follows the layer */
}

const WhyMethod why_method_ablation_cam = {
  .id = "ablation-cam",
  .name = N_ ("Ablation-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Switches each feature off and weighs it by what the score loses."),
  .citation = "Desai, Ramaswamy 2020, WACV",
  .caveat = N_ ("One run per channel; features that stand in for each other hide each other."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
