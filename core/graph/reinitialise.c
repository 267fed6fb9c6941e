/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model that has forgotten what its last layers learned: the same graph with weights as before
 * training. A map that stays the same cannot have been about what the model knows (Adebayo et al.
 * 2018, arXiv:1810.03292). */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "graph/model-private.h"
#include "ops/op.h"
#include "whylayer/rng.h"

/* Which inputs of an operator are learned. */
static const struct
{
  const gchar *op;
  gint weight, bias; /* bias -1: none */
} learned[]
    = { { "Conv", 1, 2 }, { "ConvTranspose", 1, 2 }, { "Gemm", 1, 2 }, { "MatMul", 1, -1 } };

/* The learned tensor behind an input; some files store it transposed, or as another type. */
static WhyValueId
find_weight (const WhyGraph *graph, const WhyNode *node, gint input)
{
  static const gchar *const through[] = { "Cast", "Identity", "Transpose", "Reshape", NULL };
  const WhyValue *value;

  if (input < 0 || input >= node->n_inputs || node->inputs[input] == WHY_VALUE_NONE)
    return WHY_VALUE_NONE;
  value = why_graph_value (graph, node->inputs[input]);
  if (value->constant)
    return why_dtype_is_float (value->constant->dtype) ? node->inputs[input] : WHY_VALUE_NONE;
  if (value->producer < 0)
    return WHY_VALUE_NONE;
  node = why_graph_node (graph, value->producer);
  return g_strv_contains (through, node->op->name) ? find_weight (graph, node, 0) : WHY_VALUE_NONE;
}

/* A normal distribution as wide as what was learned. */
static void
draw_weight (WhyValue *value, guint64 seed, guint64 stream)
{
  const WhyTensor *old = value->constant;
  WhyTensor *drawn = why_tensor_new (old->dtype, &old->shape);
  gint64 n = why_tensor_numel (old);
  gdouble mean = 0.0, square = 0.0, deviation;
  WhyRng rng;

  for (gint64 i = 0; i < n; i++)
    {
      mean += (gdouble)old->real[i] / (gdouble)n;
      square += (gdouble)old->real[i] * (gdouble)old->real[i] / (gdouble)n;
    }
  deviation = sqrt (MAX (square - mean * mean, 0.0));
  why_rng_init (&rng, seed, stream);
  for (gint64 i = 0; i < n; i++)
    drawn->real[i] = (WhyReal)(deviation * why_rng_gaussian (&rng));
  why_tensor_unref (value->constant);
  value->constant = drawn;
}

static void
clear_bias (WhyValue *value)
{
  WhyTensor *zero = why_tensor_new (value->constant->dtype, &value->constant->shape);

  why_tensor_unref (value->constant);
  value->constant = zero;
}

static gboolean
is_needed (const WhyNode *node, const gboolean *needed)
{
  for (gint i = 0; i < node->n_outputs; i++)
    if (node->outputs[i] != WHY_VALUE_NONE && needed[node->outputs[i]])
      return TRUE;
  return FALSE;
}

static gboolean
forget_layer (WhyGraph *graph, const WhyNode *node, guint64 seed, guint64 stream)
{
  for (gsize i = 0; i < G_N_ELEMENTS (learned); i++)
    {
      WhyValueId weight, bias;

      if (strcmp (node->op->name, learned[i].op) != 0)
        continue;
      weight = find_weight (graph, node, learned[i].weight);
      if (weight == WHY_VALUE_NONE)
        return FALSE;
      draw_weight (why_graph_value (graph, weight), seed, stream);
      bias = find_weight (graph, node, learned[i].bias);
      if (bias != WHY_VALUE_NONE)
        clear_bias (why_graph_value (graph, bias));
      return TRUE;
    }
  return FALSE;
}

/* From the logits towards the picture. Returns how many layers were there to forget. */
static gint
forget_layers (WhyGraph *graph, WhyValueId logits, gint layers, guint64 seed)
{
  g_autofree gboolean *needed = g_new0 (gboolean, graph->values->len);
  gint done = 0;

  needed[logits] = TRUE;
  for (gint n = (gint)graph->nodes->len - 1; n >= 0 && (layers == 0 || done < layers); n--)
    {
      const WhyNode *node = why_graph_node (graph, n);

      if (!is_needed (node, needed))
        continue;
      for (gint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          needed[node->inputs[i]] = TRUE;
      if (forget_layer (graph, node, seed, (guint64)done))
        done++;
    }
  return done;
}

WhyModel *
why_model_reinitialise (WhyModel *model, gint layers, guint64 seed, GError **error)
{
  g_autoptr (WhyGraph) graph = why_graph_copy (why_model_get_graph (model));

  if (forget_layers (graph, why_model_get_logits_value (model), layers, seed) == 0)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                           _ ("the model has no weights in real numbers that could be drawn anew; "
                              "use the model from before it was quantised"));
      return NULL;
    }
  return why_model_new_variant (model, g_steal_pointer (&graph));
}
