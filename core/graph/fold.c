/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conv followed by BatchNormalization is one convolution: y = γ(Wx + b - μ)/σ + β. Exact for
 * values and for input gradients; done only where nothing else reads the convolution. What the
 * filters are multiplied by, γ/σ, is written beside them: packing multiplies, and large weights are
 * not there twice. */
#include <math.h>
#include <string.h>

#include "graph/net-private.h"
#include "ops/last.h"

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

static void
fold_pair (WhyGraph *graph, WhyNode *conv, const WhyNode *bn)
{
  const WhyTensor *gamma = constant_input (graph, bn, 1), *beta = constant_input (graph, bn, 2);
  const WhyTensor *mean = constant_input (graph, bn, 3), *variance = constant_input (graph, bn, 4);
  const WhyTensor *old = constant_input (graph, conv, 2);
  gint64 channels = constant_input (graph, conv, 1)->shape.dims[0];
  WhyTensor *bias = why_tensor_new_bare (WHY_DTYPE_FLOAT, &WHY_SHAPE (channels));
  gdouble epsilon = why_node_float (bn, "epsilon", 1e-5), *scale = g_new (gdouble, channels);

  for (gint64 k = 0; k < channels; k++)
    {
      gdouble from = old ? (gdouble)old->real[k] : 0.0;
      scale[k] = (gdouble)gamma->real[k] / sqrt ((gdouble)variance->real[k] + epsilon);
      bias->real[k]
          = (WhyReal)((from - (gdouble)mean->real[k]) * scale[k] + (gdouble)beta->real[k]);
    }
  why_node_add_attr (conv, (WhyAttr){ .name = g_strdup (WHY_LAST_SCALE),
                                      .type = WHY_ATTR_FLOATS,
                                      .n = (gint)channels,
                                      .floats = scale });
  set_input (conv, 2, add_constant (graph, bias, conv->name, ".bias"));
}

void
why_graph_fold_batchnorm (WhyGraph *graph, WhyValueId *alias)
{
  g_autofree gint *readers = why_graph_count_readers (graph);
  g_autofree gboolean *dead = g_new0 (gboolean, graph->nodes->len);

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *bn = why_graph_node (graph, (gint)n);
      WhyNode *conv = foldable_conv (graph, bn, readers);
      if (!conv)
        continue;
      fold_pair (graph, conv, bn);
      alias[conv->outputs[0]] = bn->outputs[0];
      conv->outputs[0] = bn->outputs[0];
      dead[n] = TRUE;
    }
  why_graph_remove_nodes (graph, dead);
}

/** Filters and what they are multiplied by. */
typedef struct
{
  const WhyTensor *weights;
  const gdouble *scale;
  WhyReal *scaled;
} Scaling;

static void
scale_filters (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Scaling *s = data;
  gint64 span = why_shape_span (&s->weights->shape, 1, s->weights->shape.rank);

  for (gint64 k = begin; k < end; k++)
    for (gint64 i = k * span; i < (k + 1) * span; i++)
      s->scaled[i] = (WhyReal)((gdouble)s->weights->real[i] * s->scale[k]);
}

void
why_graph_scale_filters (WhyGraph *graph, WhyPool *pool)
{
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      WhyNode *conv = why_graph_node (graph, (gint)n);
      const WhyAttr *scale = why_node_attr (conv, WHY_LAST_SCALE);
      Scaling scaling;
      WhyTensor *scaled;

      if (!scale || conv->op == &why_op_last_conv)
        continue;
      scaling.weights = constant_input (graph, conv, 1);
      scaled = why_tensor_new_bare (scaling.weights->dtype, &scaling.weights->shape);
      scaling.scale = scale->floats;
      scaling.scaled = scaled->real;
      why_pool_run (pool, scale->n, 16, scale_filters, &scaling);
      set_input (conv, 1, add_constant (graph, scaled, conv->name, ".weight"));
      why_node_drop_attr (conv, WHY_LAST_SCALE);
    }
}
