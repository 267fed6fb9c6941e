/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How values lie over the picture: which axes are rows and columns, and which layer a class
 * activation map should read. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/model-private.h"
#include "graph/net-private.h"

#define MAX_EXTRA_TOKENS 8 /* class, distillation and register tokens before the patches */

/* What is known of a value while walking from the input: its own grid, and the rows and columns
 * that the picture last had on its way here (tokens forget them). */
typedef struct
{
  WhyGridKind kind;
  gint64 height, width;
} Trace;

static gboolean
is_perm (const WhyNode *node, const gint64 *expected)
{
  gint n;
  const gint64 *perm = why_node_ints (node, "perm", &n);

  return n == 4 && memcmp (perm, expected, 4 * sizeof *perm) == 0;
}

/* The kind of a rank-4 output. */
static WhyGridKind
kind_of_four (const WhyNode *node, const Trace *in)
{
  static const gint64 to_nhwc[] = { 0, 2, 3, 1 }, to_nchw[] = { 0, 3, 1, 2 };

  if (node->op->picture)
    return WHY_GRID_NCHW;
  if (strcmp (node->op->name, "Transpose") == 0)
    {
      if (in->kind == WHY_GRID_NCHW && is_perm (node, to_nhwc))
        return WHY_GRID_NHWC;
      if (in->kind == WHY_GRID_NHWC && is_perm (node, to_nchw))
        return WHY_GRID_NCHW;
      return WHY_GRID_NONE;
    }
  return in->kind == WHY_GRID_TOKENS ? WHY_GRID_NONE : in->kind;
}

static gboolean
is_token_row (const WhyShape *shape, gint64 cells)
{
  gint64 extra = shape->dims[1] - cells;

  return cells > 1 && extra >= 0 && extra <= MAX_EXTRA_TOKENS;
}

/* What a value computed from both follows. A window of an attention block or a scale that joins the
 * picture again lies nowhere itself, and a squeezed gate is the smaller of the two. */
static gboolean
leads (const Trace *trace, const Trace *other)
{
  if ((trace->kind == WHY_GRID_NONE) != (other->kind == WHY_GRID_NONE))
    return trace->kind != WHY_GRID_NONE;
  return trace->height * trace->width > other->height * other->width;
}

static const Trace *
leading_trace (const WhyNode *node, const Trace *traces)
{
  const Trace *best = NULL;

  for (gint i = 0; i < node->n_inputs; i++)
    {
      const Trace *trace;
      if (node->inputs[i] == WHY_VALUE_NONE)
        continue;
      trace = &traces[node->inputs[i]];
      if (trace->height > 0 && (!best || leads (trace, best)))
        best = trace;
    }
  return best;
}

static Trace
trace_output (const WhyNet *net, const WhyNode *node, const WhyShape *shape, const Trace *in)
{
  Trace trace = *in;

  trace.kind = WHY_GRID_NONE;
  if (shape->rank == 4 && shape->dims[0] == net->input_shape.dims[0])
    {
      trace.kind = kind_of_four (node, in);
      if (trace.kind == WHY_GRID_NCHW || trace.kind == WHY_GRID_NHWC)
        {
          trace.height = shape->dims[trace.kind == WHY_GRID_NCHW ? 2 : 1];
          trace.width = shape->dims[trace.kind == WHY_GRID_NCHW ? 3 : 2];
        }
    }
  else if (shape->rank == 3 && shape->dims[0] == net->input_shape.dims[0]
           && is_token_row (shape, in->height * in->width))
    trace.kind = WHY_GRID_TOKENS;
  return trace;
}

static Trace *
trace_values (WhyNet *net)
{
  Trace *traces = g_new0 (Trace, net->graph->values->len);
  gboolean nhwc = why_model_get_preprocessing (net->model)->layout == WHY_LAYOUT_NHWC;

  traces[net->graph->input] = (Trace){ nhwc ? WHY_GRID_NHWC : WHY_GRID_NCHW,
                                       net->input_shape.dims[2], net->input_shape.dims[3] };
  for (gint s = 0; s < (gint)net->graph->nodes->len; s++)
    {
      const WhyNode *node = why_graph_node (net->graph, s);
      const Trace *in = leading_trace (node, traces);
      for (gint i = 0; in && i < node->n_outputs; i++)
        if (node->outputs[i] != WHY_VALUE_NONE)
          traces[node->outputs[i]] = trace_output (
              net, node, &why_graph_value (net->graph, node->outputs[i])->shape, in);
    }
  return traces;
}

static void
grid_from_trace (const WhyNet *net, WhyValueId id, const Trace *trace, WhyGrid *grid)
{
  const WhyShape *shape = &why_graph_value (net->graph, id)->shape;

  *grid = (WhyGrid){ .kind = trace->kind,
                     .height = (gint)trace->height,
                     .width = (gint)trace->width };
  switch (trace->kind)
    {
    case WHY_GRID_NCHW:
      grid->channels = (gint)shape->dims[1];
      break;
    case WHY_GRID_NHWC:
      grid->channels = (gint)shape->dims[3];
      break;
    case WHY_GRID_TOKENS:
      grid->channels = (gint)shape->dims[2];
      grid->extra_tokens = (gint)(shape->dims[1] - trace->height * trace->width);
      break;
    case WHY_GRID_NONE:
      break;
    }
}

gboolean
why_net_get_grid (WhyNet *net, WhyValueId id, WhyGrid *grid)
{
  g_autofree Trace *traces = trace_values (net);

  grid_from_trace (net, id, &traces[id], grid);
  return grid->kind != WHY_GRID_NONE;
}

GArray *
why_net_list_grids (WhyNet *net)
{
  g_autofree Trace *traces = trace_values (net);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint s = 0; s < (gint)net->graph->nodes->len; s++)
    {
      WhyValueId id = why_graph_node (net->graph, s)->n_outputs > 0
                          ? why_graph_node (net->graph, s)->outputs[0]
                          : WHY_VALUE_NONE;
      if (id != WHY_VALUE_NONE && traces[id].kind != WHY_GRID_NONE
          && traces[id].height * traces[id].width > 1)
        g_array_append_val (ids, id);
    }
  return ids;
}

static gboolean
is_attention (const WhyNode *node)
{
  return strcmp (node->op->name, "Softmax") == 0 || strcmp (node->op->name, "Attention") == 0;
}

/* Marks what a value is computed from, itself included. */
static void
mark_ancestors (const WhyNet *net, WhyValueId id, gboolean *marked)
{
  marked[id] = TRUE;
  for (gint s = (gint)net->graph->nodes->len - 1; s >= 0; s--)
    {
      const WhyNode *node = why_graph_node (net->graph, s);
      gboolean needed = FALSE;
      for (gint i = 0; i < node->n_outputs; i++)
        needed |= node->outputs[i] != WHY_VALUE_NONE && marked[node->outputs[i]];
      for (gint i = 0; needed && i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          marked[node->inputs[i]] = TRUE;
    }
}

static gboolean
reads_constant (const WhyNet *net, const WhyNode *node)
{
  for (gint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] != WHY_VALUE_NONE
        && why_graph_value (net->graph, node->inputs[i])->constant)
      return TRUE;
  return FALSE;
}

/* After the last attention block the patches of a class-token transformer have no gradient: its
 * layer is what the last block's query, key and value projections read (the block's first norm). */
static WhyValueId
find_token_layer (WhyNet *net, const Trace *traces)
{
  g_autofree gboolean *before = g_new0 (gboolean, net->graph->values->len);
  gint last = (gint)net->graph->nodes->len - 1;

  while (last >= 0 && !is_attention (why_graph_node (net->graph, last)))
    last--;
  if (last < 0)
    return WHY_VALUE_NONE;
  mark_ancestors (net, why_graph_node (net->graph, last)->inputs[0], before);
  for (gint s = last; s >= 0; s--)
    {
      const WhyNode *node = why_graph_node (net->graph, s);
      gboolean projects
          = strcmp (node->op->name, "MatMul") == 0 || strcmp (node->op->name, "Gemm") == 0;
      WhyValueId in = node->inputs[0];
      if (!projects || !reads_constant (net, node) || !before[node->outputs[0]])
        continue;
      while (in != WHY_VALUE_NONE && traces[in].kind != WHY_GRID_TOKENS)
        {
          gint producer = why_graph_value (net->graph, in)->producer;
          in = producer < 0 ? WHY_VALUE_NONE : why_graph_node (net->graph, producer)->inputs[0];
        }
      if (in != WHY_VALUE_NONE)
        return in;
    }
  return WHY_VALUE_NONE;
}

static WhyValueId
find_last_grid (const WhyNet *net, const Trace *traces)
{
  for (gint s = (gint)net->graph->nodes->len - 1; s >= 0; s--)
    {
      const WhyNode *node = why_graph_node (net->graph, s);
      for (gint i = 0; i < node->n_outputs; i++)
        {
          WhyValueId id = node->outputs[i];
          if (id != WHY_VALUE_NONE && traces[id].kind != WHY_GRID_NONE
              && traces[id].height * traces[id].width > 1)
            return id;
        }
    }
  return WHY_VALUE_NONE;
}

WhyValueId
why_net_get_cam_layer (WhyNet *net, GError **error)
{
  const gchar *name = why_model_get_cam_layer_name (net->model);
  g_autofree Trace *traces = NULL;
  WhyValueId id;
  WhyGrid grid;

  if (name)
    return why_net_find_value (net, name, error);
  traces = trace_values (net);
  id = find_last_grid (net, traces);
  if (id != WHY_VALUE_NONE)
    {
      grid_from_trace (net, id, &traces[id], &grid);
      if (grid.kind == WHY_GRID_TOKENS && grid.extra_tokens > 0)
        id = find_token_layer (net, traces);
    }
  if (id == WHY_VALUE_NONE)
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_NODE,
                         _ ("the network has no layer with rows and columns; choose a gradient or "
                            "perturbation method"));
  return id;
}

static gint64
token_offset (const WhyGrid *grid)
{
  return (gint64)grid->extra_tokens * grid->channels;
}

void
why_grid_gather (const WhyGrid *grid, const WhyReal *value, WhyReal *khw)
{
  gint64 cells = (gint64)grid->height * grid->width;

  if (grid->kind == WHY_GRID_NCHW)
    {
      memcpy (khw, value, (gsize)(grid->channels * cells) * sizeof (WhyReal));
      return;
    }
  value += token_offset (grid);
  for (gint64 p = 0; p < cells; p++)
    for (gint64 k = 0; k < grid->channels; k++)
      khw[k * cells + p] = value[p * grid->channels + k];
}

void
why_grid_scatter (const WhyGrid *grid, const WhyReal *khw, WhyReal *value)
{
  gint64 cells = (gint64)grid->height * grid->width;

  if (grid->kind == WHY_GRID_NCHW)
    {
      memcpy (value, khw, (gsize)(grid->channels * cells) * sizeof (WhyReal));
      return;
    }
  memset (value, 0, (gsize)token_offset (grid) * sizeof (WhyReal));
  value += token_offset (grid);
  for (gint64 p = 0; p < cells; p++)
    for (gint64 k = 0; k < grid->channels; k++)
      value[p * grid->channels + k] = khw[k * cells + p];
}
