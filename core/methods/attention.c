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
read_attention (WhyNet *net, gint index, gint tokens, WhyAttention *attention)
{
  const WhyNode *node = why_graph_node (net->graph, index);
  const WhyShape *shape;

  if (strcmp (node->op->name, "Softmax") != 0)
    return FALSE;
  shape = why_net_get_value_shape (net, node->outputs[0]);
  if (shape->rank < 2 || shape->dims[shape->rank - 1] != tokens
      || shape->dims[shape->rank - 2] != tokens
      || !weighs_values (net->graph, node->outputs[0], (guint)index + 1))
    return FALSE;
  *attention = (WhyAttention){ .probabilities = node->outputs[0],
                               .node = index,
                               .heads = (gint)why_shape_span (shape, 0, shape->rank - 2) };
  return TRUE;
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
