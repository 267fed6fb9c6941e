/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ_k w_k · A_k with the class's own weights, on networks that end in global average pooling and
 * one linear layer: there mean(map) = logit - bias exactly. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/cam-common.h"

/* Linear after pooling: it moves values or multiplies them by constants. */
static gboolean
keeps_linear (const WhyNet *net, const WhyNode *node)
{
  static const gchar *const names[]
      = { "GlobalAveragePool", "Flatten",  "Reshape", "Squeeze",   "Unsqueeze",
          "Dropout",           "Identity", "Cast",    "Transpose", NULL };
  static const gchar *const with_constant[]
      = { "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Conv", NULL };
  gint variable = 0;

  if (g_strv_contains (names, node->op->name) || strcmp (node->op->name, "ReduceMean") == 0)
    return TRUE;
  for (gint i = 0; i < node->n_inputs; i++)
    variable += node->inputs[i] != WHY_VALUE_NONE
                && !why_graph_value (net->graph, node->inputs[i])->constant;
  return variable == 1 && g_strv_contains (with_constant, node->op->name);
}

/* Per value: whether the logits depend on it. What else a network gives (its own confidence) is
 * made from the logits or beside them. */
static gboolean *
find_before_logits (const WhyNet *net)
{
  gboolean *before = g_new0 (gboolean, net->graph->values->len);

  before[net->logits] = TRUE;
  for (guint s = net->graph->nodes->len; s-- > 0;)
    {
      const WhyNode *node = why_graph_node (net->graph, (gint)s);
      gboolean needed = FALSE;
      for (gint i = 0; i < node->n_outputs; i++)
        needed |= node->outputs[i] != WHY_VALUE_NONE && before[node->outputs[i]];
      for (gint i = 0; needed && i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          before[node->inputs[i]] = TRUE;
    }
  return before;
}

/* Whether the logits are a linear function of the layer's channel means and of nothing else. */
static gboolean
ends_in_pool_and_linear (const WhyNet *net, const WhyTask *task)
{
  g_autofree gboolean *after = g_new0 (gboolean, net->graph->values->len);
  g_autofree gboolean *before = find_before_logits (net);
  gboolean pooled = FALSE;

  after[task->layer] = TRUE;
  for (gint s = 0; s < (gint)net->graph->nodes->len; s++)
    {
      const WhyNode *node = why_graph_node (net->graph, s);
      gint from_layer = 0, elsewhere = 0;
      for (gint i = 0; i < node->n_inputs; i++)
        {
          WhyValueId id = node->inputs[i];
          if (id == WHY_VALUE_NONE || why_graph_value (net->graph, id)->constant)
            continue;
          from_layer += after[id];
          elsewhere += !after[id];
        }
      if (from_layer == 0 || !before[node->outputs[0]])
        continue;
      if (elsewhere > 0 || !keeps_linear (net, node))
        return FALSE;
      pooled |= strcmp (node->op->name, "GlobalAveragePool") == 0
                || strcmp (node->op->name, "ReduceMean") == 0;
      after[node->outputs[0]] = TRUE;
    }
  return pooled && after[net->logits];
}

static void
weigh (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient, WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  why_cam_weigh_by_mean (grid, activations, gradient, map);
  for (gint64 p = 0; p < cells; p++) /* ∂f/∂A = w / (h·w) after average pooling */
    map[p] *= (WhyReal)cells;
}

static gboolean
run (WhyTask *task, GError **error)
{
  const WhyNet *net = why_explainer_get_net (task->explainer, 1, error);

  if (!net)
    return FALSE;
  if (task->target.score != WHY_SCORE_LOGIT || !ends_in_pool_and_linear (net, task))
    {
      g_set_error_literal (
          error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
          _ ("CAM needs a network that ends in global average pooling and one linear "
             "layer, read at the layer before the pooling and with the logit as score; "
             "use Grad-CAM here"));
      return FALSE;
    }
  return why_cam_run (task, weigh, error);
}

const WhyMethod why_method_cam = {
  .id = "cam",
  .name = N_ ("CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("The class's own weights on the last features: exact on networks built for it."),
  .citation = "Zhou et al. 2015, arXiv:1512.04150",
  .caveat = N_ ("Only for networks that end in global average pooling and one linear layer."),
  .params = why_cam_params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
