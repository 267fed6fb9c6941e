/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/attention.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"

gint
why_attention_tokens (const WhyGrid *grid)
{
  return grid->extra_tokens + grid->height * grid->width;
}

static gboolean
get_token_grid (WhyNet *net, WhyValueId id, WhyGrid *grid)
{
  return id != WHY_VALUE_NONE && why_net_get_grid (net, id, grid) && grid->kind == WHY_GRID_TOKENS;
}

/* Whether a value is multiplied with something that is computed: the attended values. */
static gboolean
weighs_values (const WhyGraph *graph, WhyValueId id, guint after)
{
  static const gchar *const passing[] = { "Dropout", "Identity", "Cast", NULL };
  static const gchar *const products[] = { "MatMul", "Einsum", NULL };

  for (guint n = after; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      for (gint i = 0; i < node->n_inputs; i++)
        {
          if (node->inputs[i] != id)
            continue;
          if (g_strv_contains (products, node->op->name))
            return TRUE;
          if (g_strv_contains (passing, node->op->name)
              && weighs_values (graph, node->outputs[0], n + 1))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
read_softmax (WhyNet *net, gint index, gint tokens, gint *heads)
{
  WhyValueId id = why_graph_node (net->graph, index)->outputs[0];
  const WhyShape *shape = why_net_get_value_shape (net, id);

  if (shape->rank < 2 || shape->dims[shape->rank - 1] != tokens
      || shape->dims[shape->rank - 2] != tokens
      || !weighs_values (net->graph, id, (guint)index + 1))
    return FALSE;
  *heads = (gint)why_shape_span (shape, 0, shape->rank - 2);
  return TRUE;
}

/* Queries and keys of one node: [N, heads, T, width], or [N, T, heads · width]. */
static gboolean
read_node (WhyNet *net, const WhyNode *node, gint tokens, gint *heads)
{
  const WhyShape *queries = why_net_get_value_shape (net, node->inputs[0]);
  const WhyShape *keys = why_net_get_value_shape (net, node->inputs[1]);

  *heads = (gint)(queries->rank == 4 ? queries->dims[1] : why_node_int (node, "q_num_heads", 1));
  return queries->dims[queries->rank - 2] == tokens && keys->dims[keys->rank - 2] == tokens;
}

static gboolean
read_attention (WhyNet *net, gint index, gint tokens, WhyAttention *attention)
{
  const WhyNode *node = why_graph_node (net->graph, index);

  attention->node = index;
  if (node->op->weights)
    return read_node (net, node, tokens, &attention->heads);
  return strcmp (node->op->name, "Softmax") == 0
         && read_softmax (net, index, tokens, &attention->heads);
}

/* The attention layers over rows of as many tokens as the grid has. */
static void
list_layers (WhyNet *net, const WhyGrid *grid, GArray *layers)
{
  for (guint n = 0; n < net->graph->nodes->len; n++)
    {
      WhyAttention attention;
      if (read_attention (net, (gint)n, why_attention_tokens (grid), &attention))
        g_array_append_val (layers, attention);
    }
}

/* Class tokens join on the way, so the same patches lie in rows of several lengths: the last one
 * that attention works on counts. */
GArray *
why_attention_find (WhyNet *net, WhyGrid *grid, GError **error)
{
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (WhyAttention));
  g_autoptr (GArray) ids = why_net_list_grids (net);
  WhyGrid tokens;

  for (guint i = ids->len; i-- > 0 && layers->len == 0;)
    if (get_token_grid (net, g_array_index (ids, gint, i), &tokens))
      list_layers (net, &tokens, layers);
  if (layers->len == 0)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                           _ ("the network has no attention over the whole picture; use Grad-CAM "
                              "or a gradient method here"));
      return NULL;
    }
  if (grid)
    *grid = tokens;
  return g_steal_pointer (&layers);
}

const WhyReal *
why_attention_get (WhyNet *net, const WhyAttention *layer)
{
  const WhyNode *node = why_graph_node (net->graph, layer->node);

  return node->op->weights ? why_net_get_weights (net, layer->node, NULL)
                           : why_net_get_value (net, node->outputs[0]);
}

const WhyReal *
why_attention_gradient (WhyNet *net, const WhyAttention *layer, WhyValueId from,
                        const WhyReal *seed, GError **error)
{
  const WhyNode *node = why_graph_node (net->graph, layer->node);
  const WhyReal *gradient;

  if (!why_net_backward_many (net, from, seed, node->outputs, 1, WHY_BACKWARD_GRADIENT, &gradient,
                              error))
    return NULL;
  return node->op->weights ? why_net_get_weights (net, layer->node, gradient) : gradient;
}

static gboolean
is_residual_sum (WhyNet *net, const WhyNode *node)
{
  WhyGrid grid;

  if (strcmp (node->op->name, "Add") != 0)
    return FALSE;
  for (gint i = 0; i < 2; i++)
    if (!get_token_grid (net, node->inputs[i], &grid)
        || why_graph_value (net->graph, node->inputs[i])->constant)
      return FALSE;
  return TRUE;
}

WhyValueId
why_attention_stream (WhyNet *net, gint before)
{
  gint n = before < 0 ? (gint)net->graph->nodes->len : before;

  while (--n >= 0)
    if (is_residual_sum (net, why_graph_node (net->graph, n)))
      return why_graph_node (net->graph, n)->outputs[0];
  return WHY_VALUE_NONE;
}
