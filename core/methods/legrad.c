/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For every layer l, the score s_l that the classifier's head gives to the tokens after that layer,
 * and the positive part of its gradient by the layer's attention, averaged over heads and over the
 * tokens that look; the map is the mean over layers. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/attention.h"

/* ∂s/∂(end of the residual stream) when the stream ended with the tokens that `stream` holds. */
static gboolean
head_gradient (WhyTask *task, WhyNet *net, WhyValueId stream, WhyValueId end, WhyReal *gradient,
               GError **error)
{
  gsize bytes = (gsize)why_shape_numel (why_net_get_value_shape (net, end)) * sizeof (WhyReal);
  g_autofree WhyReal *tokens = g_memdup2 (why_net_get_value (net, stream), bytes);
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  const WhyReal *logits = why_net_forward_from (net, end, tokens, error), *result;

  if (!logits)
    return FALSE;
  why_target_seed (&task->target, task->model, logits, seed);
  result = why_net_backward (net, seed, end, WHY_BACKWARD_GRADIENT, error);
  if (result)
    memcpy (gradient, result, bytes);
  return result != NULL;
}

/* Adds the mean over heads and queries of the positive gradient to the keys' cells. */
static void
add_keys (const WhyGrid *grid, const WhyReal *gradient, gint heads, gdouble share, gdouble *cells)
{
  gint tokens = why_attention_tokens (grid);

  for (gint64 row = 0; row < (gint64)heads * tokens; row++)
    for (gint j = grid->extra_tokens; j < tokens; j++)
      cells[j - grid->extra_tokens]
          += share * MAX ((gdouble)gradient[row * tokens + j], 0.0) / (heads * (gdouble)tokens);
}

static gboolean
add_layer (WhyTask *task, WhyNet *net, const GArray *layers, guint l, const WhyGrid *grid,
           gdouble *cells, GError **error)
{
  const WhyAttention *layer = &g_array_index (layers, WhyAttention, l);
  gboolean last = l + 1 == layers->len;
  WhyValueId end = why_attention_stream (net, -1);
  WhyValueId stream
      = why_attention_stream (net, last ? -1 : g_array_index (layers, WhyAttention, l + 1).node);
  const WhyReal *result;
  g_autofree WhyReal *seed = NULL;

  if (stream == WHY_VALUE_NONE || why_graph_value (net->graph, stream)->producer <= layer->node)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                           _ ("the network's attention is not built as layers that add to a row of "
                              "tokens; use Grad-CAM or a gradient method here"));
      return FALSE;
    }
  seed = g_new (WhyReal, why_shape_numel (why_net_get_value_shape (net, end)));
  if (!head_gradient (task, net, stream, end, seed, error)
      || !(result = why_attention_gradient (net, layer, stream, seed, error)))
    return FALSE;
  add_keys (grid, result, layer->heads, 1.0 / layers->len, cells);
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyNet *net = why_task_run_plain (task, error);
  g_autoptr (GArray) layers = NULL;
  g_autofree gdouble *cells = NULL;
  WhyTensor *map;
  WhyGrid grid;

  if (!net || !(layers = why_attention_find (net, &grid, error)))
    return FALSE;
  map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, grid.height, grid.width));
  why_explanation_take_map (task->out, map);
  cells = g_new0 (gdouble, (gsize)grid.height * grid.width);
  /* From the last to the first: the end of the stream is written over, what comes before is not. */
  for (guint l = layers->len; l-- > 0;)
    {
      if (!why_progress_set (task->progress, 1.0 - (l + 1.0) / layers->len, error)
          || !add_layer (task, net, layers, l, &grid, cells, error))
        return FALSE;
    }
  for (gint64 p = 0; p < why_tensor_numel (map); p++)
    map->real[p] = (WhyReal)cells[p];
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 8.0; /* a block forwards and the head back and forth for every layer */
}

const WhyMethod why_method_legrad = {
  .id = "legrad",
  .name = N_ ("LeGrad"),
  .family = WHY_FAMILY_TRANSFORMER,
  .blurb = N_ ("Which attention would have to grow for the class to gain, in every layer."),
  .citation = "Bousselham et al. 2024, arXiv:2404.03214",
  .caveat = N_ ("As coarse as the patches; evidence against the class is left out."),
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
