/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes, types and constants of a whole graph. */
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdlib.h>

#include "graph/net-private.h"
#include "limits.h"

typedef struct
{
  const WhyValue *in[WHY_MAX_NODE_INPUTS];
  WhyValue *out[WHY_MAX_NODE_INPUTS];
  WhyValue absent_out[8]; /* optional outputs that the file leaves out */
  guint64 folded_bytes;
} InferState;

static gboolean
bind_node (const WhyGraph *graph, const WhyNode *node, InferState *state, GError **error)
{
  if (node->n_inputs > WHY_MAX_NODE_INPUTS || node->n_outputs > WHY_MAX_NODE_INPUTS)
    return why_node_error (node, error, _ ("more than %d inputs or outputs"), WHY_MAX_NODE_INPUTS);
  if (node->n_inputs < node->op->min_inputs
      || (node->op->max_inputs >= 0 && node->n_inputs > node->op->max_inputs))
    return why_node_error (node, error, _ ("%d inputs; it takes %d to %d"), node->n_inputs,
                           node->op->min_inputs, node->op->max_inputs);
  for (gint i = 0; i < node->n_inputs; i++)
    {
      gboolean absent = node->inputs[i] == WHY_VALUE_NONE;
      if (absent && i < node->op->min_inputs)
        return why_node_error (node, error, _ ("input %d is missing"), i);
      state->in[i] = absent ? NULL : why_graph_value (graph, node->inputs[i]);
    }
  for (gint i = 0; i < node->n_outputs; i++)
    {
      gboolean absent = node->outputs[i] == WHY_VALUE_NONE;
      if (absent && i >= (gint)G_N_ELEMENTS (state->absent_out))
        return why_node_error (node, error, _ ("output %d is missing"), i);
      state->out[i] = absent ? &state->absent_out[i] : why_graph_value (graph, node->outputs[i]);
    }
  return TRUE;
}

static gboolean
check_outputs (const WhyNode *node, const InferState *state, GError **error)
{
  for (gint i = 0; i < node->n_outputs; i++)
    {
      gint64 numel = state->out[i]->shape.rank < 0 ? -1 : why_shape_numel (&state->out[i]->shape);

      if (node->outputs[i] != WHY_VALUE_NONE && numel < 0)
        return why_node_error (node, error, _ ("the shape of its output cannot be known"));
      if (numel <= WHY_MAX_NUMBERS)
        continue;
      g_set_error (
          error, WHY_ERROR, WHY_ERROR_MEMORY,
          _ ("node '%s' would give %" PRId64 " numbers at once; it cannot be a usual classifier"),
          node->name, numel);
      return FALSE;
    }
  return TRUE;
}

static gboolean
inputs_are_constant (const WhyNode *node, const InferState *state)
{
  for (gint i = 0; i < node->n_inputs; i++)
    if (state->in[i] && !state->in[i]->constant)
      return FALSE;
  return TRUE;
}

static gboolean
outputs_are_constant (const WhyNode *node, const InferState *state)
{
  for (gint i = 0; i < node->n_outputs; i++)
    if (node->outputs[i] != WHY_VALUE_NONE && !state->out[i]->constant)
      return FALSE;
  return TRUE;
}

static gboolean
charge (const WhyNode *node, InferState *state, GError **error)
{
  for (gint i = 0; i < node->n_outputs; i++)
    state->folded_bytes += (guint64)why_shape_numel (&state->out[i]->shape)
                           * why_dtype_storage (state->out[i]->dtype);
  if (state->folded_bytes <= WHY_MAX_FOLDED_BYTES)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MEMORY,
               _ ("the model's constants need more than %" PRIu64
                  " MiB (at node '%s'); it cannot be a usual classifier"),
               WHY_MAX_FOLDED_BYTES >> 20, node->name);
  return FALSE;
}

/* Runs a node whose inputs are all known, once, and keeps the result as constants. */
static gboolean
fold_node (const WhyNode *node, const WhyInfer *infer, InferState *state, GError **error)
{
  g_autofree const WhyTensor **in = g_new0 (const WhyTensor *, node->n_inputs + 1);
  g_autofree WhyTensor **out = g_new0 (WhyTensor *, node->n_outputs + 1);
  const WhyOp *op = node->op;
  WhyRun run = { .node = node, .in = in, .out = out };

  if (!charge (node, state, error))
    return FALSE;
  for (gint i = 0; i < node->n_inputs; i++)
    in[i] = state->in[i] ? state->in[i]->constant : NULL;
  for (gint i = 0; i < node->n_outputs; i++)
    out[i] = why_tensor_new (state->out[i]->dtype, &state->out[i]->shape);
  run.plan = op->prepare ? op->prepare (node, infer) : NULL;
  run.scratch
      = op->scratch ? aligned_alloc (64, (op->scratch (node, infer, 1) + 127) / 64 * 64) : NULL;
  op->forward (&run);
  free (run.scratch);
  if (op->unprepare)
    op->unprepare (run.plan);
  for (gint i = 0; i < node->n_outputs; i++)
    if (node->outputs[i] != WHY_VALUE_NONE && !state->out[i]->constant)
      state->out[i]->constant = out[i];
    else
      why_tensor_unref (out[i]);
  return TRUE;
}

static gboolean
infer_node (WhyGraph *graph, WhyNode *node, InferState *state, GError **error)
{
  WhyInfer infer = { .graph = graph, .node = node, .in = state->in, .out = state->out };

  if (!bind_node (graph, node, state, error) || !node->op->infer (&infer, error)
      || !check_outputs (node, state, error))
    return FALSE;
  if (outputs_are_constant (node, state))
    return charge (node, state, error);
  if (!inputs_are_constant (node, state))
    return TRUE;
  return fold_node (node, &infer, state, error);
}

/* Nodes whose outputs are all constants have nothing left to do. */
static void
drop_folded (WhyGraph *graph)
{
  g_autofree gboolean *dead = g_new0 (gboolean, graph->nodes->len);

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      dead[n] = TRUE;
      for (gint i = 0; i < node->n_outputs; i++)
        dead[n] &= node->outputs[i] == WHY_VALUE_NONE
                   || why_graph_value (graph, node->outputs[i])->constant != NULL;
    }
  why_graph_remove_nodes (graph, dead);
}

gboolean
why_graph_infer (WhyGraph *graph, GError **error)
{
  g_autofree InferState *state = g_new0 (InferState, 1);

  for (guint n = 0; n < graph->nodes->len; n++)
    if (!infer_node (graph, why_graph_node (graph, (gint)n), state, error))
      return FALSE;
  drop_folded (graph);
  return TRUE;
}
