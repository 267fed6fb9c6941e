/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Â = (mean over heads of the attention + I) / 2, multiplied from the last layer to the first: how
 * much of each patch the tokens that the classifier reads have seen. Its rows sum to 1. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/attention.h"

/* rollout = Â · rollout for one layer's probabilities P [heads,T,T]; work: [T,T]. */
static void
roll (const WhyReal *p, gint heads, gint tokens, gdouble *rollout, gdouble *work)
{
  memset (work, 0, (gsize)tokens * tokens * sizeof (gdouble));
  for (gint i = 0; i < tokens; i++)
    for (gint j = 0; j < tokens; j++)
      {
        gdouble seen = i == j ? 0.5 : 0.0;
        for (gint h = 0; h < heads; h++)
          seen += 0.5 / heads * (gdouble)p[((gint64)h * tokens + i) * tokens + j];
        for (gint k = 0; k < tokens; k++)
          work[i * tokens + k] += seen * rollout[j * tokens + k];
      }
  memcpy (rollout, work, (gsize)tokens * tokens * sizeof (gdouble));
}

/* Which tokens the score is read from: those of the residual stream's end with a gradient. The
 * class token of most, all of those that average. */
static gboolean
find_readers (WhyTask *task, WhyNet *net, gint tokens, gboolean *reads, GError **error)
{
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  WhyValueId end = why_attention_stream (net, -1);
  const WhyReal *gradient;
  gint64 channels;

  if (end == WHY_VALUE_NONE)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                           _ ("the network's attention is not built as layers that add to a row of "
                              "tokens; use Grad-CAM or a gradient method here"));
      return FALSE;
    }
  why_target_seed (&task->target, task->model, why_net_get_value (net, net->logits), seed);
  gradient = why_net_backward (net, seed, end, WHY_BACKWARD_GRADIENT, error);
  if (!gradient)
    return FALSE;
  channels = why_shape_numel (why_net_get_value_shape (net, end)) / tokens;
  for (gint64 i = 0; i < tokens * channels; i++)
    reads[i / channels] |= gradient[i] != 0;
  return TRUE;
}

static void
read_rows (const WhyGrid *grid, const gdouble *rollout, const gboolean *reads, WhyReal *map)
{
  gint tokens = why_attention_tokens (grid), readers = 0;

  for (gint i = 0; i < tokens; i++)
    readers += reads[i];
  for (gint i = 0; i < tokens; i++)
    for (gint j = grid->extra_tokens; reads[i] && j < tokens; j++)
      map[j - grid->extra_tokens] += (WhyReal)(rollout[i * tokens + j] / readers);
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyNet *net = why_task_run_plain (task, error);
  g_autoptr (GArray) layers = NULL;
  g_autofree gboolean *reads = NULL;
  g_autofree gdouble *rollout = NULL, *work = NULL;
  gdouble row = 0.0;
  WhyTensor *map;
  WhyGrid grid;
  gint tokens;

  if (!net || !(layers = why_attention_find (net, &grid, error)))
    return FALSE;
  tokens = why_attention_tokens (&grid);
  map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, grid.height, grid.width));
  why_explanation_take_map (task->out, map);
  reads = g_new0 (gboolean, tokens);
  if (!find_readers (task, net, tokens, reads, error))
    return FALSE;
  rollout = g_new0 (gdouble, (gsize)tokens * tokens);
  work = g_new (gdouble, (gsize)tokens * tokens);
  for (gint i = 0; i < tokens; i++)
    rollout[i * tokens + i] = 1.0;
  for (guint l = 0; l < layers->len; l++)
    {
      const WhyAttention *layer = &g_array_index (layers, WhyAttention, l);
      if (!why_progress_set (task->progress, (gdouble)l / layers->len, error))
        return FALSE;
      roll (why_attention_get (net, layer), layer->heads, tokens, rollout, work);
    }
  read_rows (&grid, rollout, reads, map->real);
  for (gint j = 0; j < tokens; j++)
    row += rollout[j];
  why_explanation_set_residual (task->out, "row-sum", row);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 2.0;
}

const WhyMethod why_method_attention_rollout = {
  .id = "attention-rollout",
  .name = N_ ("Attention rollout"),
  .family = WHY_FAMILY_TRANSFORMER,
  .blurb = N_ ("Follows the attention through all layers: which patches the answer has seen."),
  .citation = "Abnar, Zuidema 2020, arXiv:2005.00928",
  .caveat = N_ ("The same for every class: it shows where the network looked, not why it decided."),
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
