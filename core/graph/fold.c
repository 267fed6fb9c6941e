/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conv followed by BatchNormalization is one convolution: y = γ(Wx + b - μ)/σ + β. Exact for
 * values and for input gradients; done only where nothing else reads the convolution. */
#include <math.h>
#include <string.h>

#include "graph/net-private.h"

static const WhyTensor *
constant_input (const WhyGraph *graph, const WhyNode *node, gint i)
{
  if (i >= node->n_inputs || node->inputs[i] == WHY_VALUE_NONE)
    return NULL;
  return why_graph_value (graph, node->inputs[i])->constant;
}

/* The Conv that feeds this BatchNormalization, when the two can become one. */
static WhyNode *
foldable_conv (const WhyGraph *graph, const WhyNode *bn, const gint *readers)
{
  WhyNode *conv;
  gint producer;

  if (strcmp (bn->op->name, "BatchNormalization") != 0
      || why_node_int (bn, "training_mode", 0) != 0)
    return NULL;
  for (gint i = 1; i < 5; i++)
    if (!constant_input (graph, bn, i))
      return NULL;
  producer = why_graph_value (graph, bn->inputs[0])->producer;
  if (producer < 0)
    return NULL; /* an input or a constant */
  conv = why_graph_node (graph, producer);
  if (strcmp (conv->op->name, "Conv") != 0 || !constant_input (graph, conv, 1)
      || readers[conv->outputs[0]] != 1)
    return NULL;
  if (conv->n_inputs > 2 && conv->inputs[2] != WHY_VALUE_NONE && !constant_input (graph, conv, 2))
    return NULL;
  return conv;
}

static WhyValueId
add_constant (WhyGraph *graph, WhyTensor *tensor, const gchar *base, const gchar *suffix)
{
  g_autofree gchar *name = g_strconcat (base, suffix, NULL);
  WhyValueId id = why_graph_add_value (graph, name);
  WhyValue *value = why_graph_value (graph, id);

  value->dtype = tensor->dtype;
  value->shape = tensor->shape;
  value->constant = tensor;
  return id;
}

static void
set_input (WhyNode *node, gint index, WhyValueId id)
{
  if (index >= node->n_inputs)
    {
      node->inputs = g_renew (WhyValueId, node->inputs, index + 1);
      for (gint i = node->n_inputs; i <= index; i++)
        node->inputs[i] = WHY_VALUE_NONE;
      node->n_inputs = index + 1;
    }
  node->inputs[index] = id;
}

/** Two nodes that become one. */
typedef struct
{
  const WhyTensor *weight, *bias;             /* of the convolution; bias may be NULL */
  const WhyTensor *gamma, *beta, *mean, *var; /* of the normalisation */
  gdouble epsilon;
  WhyReal *new_weight, *new_bias;
} Pair;

static void
fold_channels (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Pair *p = data;
  gint64 span = why_shape_span (&p->weight->shape, 1, p->weight->shape.rank);

  for (gint64 k = begin; k < end; k++)
    {
      gdouble scale = (gdouble)p->gamma->real[k] / sqrt ((gdouble)p->var->real[k] + p->epsilon);
      gdouble bias = p->bias ? (gdouble)p->bias->real[k] : 0.0;
      for (gint64 i = k * span; i < (k + 1) * span; i++)
        p->new_weight[i] = (WhyReal)((gdouble)p->weight->real[i] * scale);
      p->new_bias[k]
          = (WhyReal)((bias - (gdouble)p->mean->real[k]) * scale + (gdouble)p->beta->real[k]);
    }
}

static void
fold_pair (WhyGraph *graph, WhyNode *conv, const WhyNode *bn, WhyPool *pool)
{
  Pair pair = { .weight = constant_input (graph, conv, 1),
                .bias = constant_input (graph, conv, 2),
                .gamma = constant_input (graph, bn, 1),
                .beta = constant_input (graph, bn, 2),
                .mean = constant_input (graph, bn, 3),
                .var = constant_input (graph, bn, 4),
                .epsilon = why_node_float (bn, "epsilon", 1e-5) };
  gint64 channels = pair.weight->shape.dims[0];
  WhyTensor *weight = why_tensor_new_bare (pair.weight->dtype, &pair.weight->shape);
  WhyTensor *bias = why_tensor_new_bare (pair.weight->dtype, &WHY_SHAPE (channels));

  pair.new_weight = weight->real;
  pair.new_bias = bias->real;
  why_pool_run (pool, channels, 16, fold_channels, &pair);
  set_input (conv, 1, add_constant (graph, weight, conv->name, ".weight"));
  set_input (conv, 2, add_constant (graph, bias, conv->name, ".bias"));
}

void
why_graph_fold_batchnorm (WhyGraph *graph, WhyValueId *alias, WhyPool *pool)
{
  g_autofree gint *readers = why_graph_count_readers (graph);
  g_autofree gboolean *dead = g_new0 (gboolean, graph->nodes->len);

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *bn = why_graph_node (graph, (gint)n);
      WhyNode *conv = foldable_conv (graph, bn, readers);
      if (!conv)
        continue;
      fold_pair (graph, conv, bn, pool);
      alias[conv->outputs[0]] = bn->outputs[0];
      conv->outputs[0] = bn->outputs[0];
      dead[n] = TRUE;
    }
  why_graph_remove_nodes (graph, dead);
}
