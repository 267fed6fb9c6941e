/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/graph.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
value_clear (gpointer data)
{
  WhyValue *value = data;

  g_free (value->name);
  why_tensor_unref (value->constant);
}

static void
attr_clear (WhyAttr *attr)
{
  g_free (attr->name);
  g_free (attr->s);
  why_tensor_unref (attr->t);
  g_free (attr->ints);
  g_free (attr->floats);
  g_strfreev (attr->strings);
}

static void
node_free (gpointer data)
{
  WhyNode *node = data;

  for (gint i = 0; i < node->n_attrs; i++)
    attr_clear (&node->attrs[i]);
  g_free (node->attrs);
  g_free (node->name);
  g_free (node->inputs);
  g_free (node->outputs);
  g_free (node);
}

WhyGraph *
why_graph_new (void)
{
  WhyGraph *graph = g_new0 (WhyGraph, 1);

  graph->values = g_array_new (FALSE, TRUE, sizeof (WhyValue));
  g_array_set_clear_func (graph->values, value_clear);
  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  graph->inputs = g_array_new (FALSE, FALSE, sizeof (WhyValueId));
  graph->outputs = g_array_new (FALSE, FALSE, sizeof (WhyValueId));
  graph->input = graph->output = WHY_VALUE_NONE;
  return graph;
}

void
why_graph_free (WhyGraph *graph)
{
  if (!graph)
    return;
  g_array_unref (graph->values);
  g_ptr_array_unref (graph->nodes);
  g_array_unref (graph->inputs);
  g_array_unref (graph->outputs);
  g_free (graph);
}

static void
attr_copy (WhyAttr *to, const WhyAttr *from)
{
  *to = *from;
  to->name = g_strdup (from->name);
  to->s = g_strdup (from->s);
  to->t = from->t ? why_tensor_ref (from->t) : NULL;
  to->ints = g_memdup2 (from->ints, (gsize)from->n * sizeof (gint64));
  to->floats = g_memdup2 (from->floats, (gsize)from->n * sizeof (gdouble));
  to->strings = g_strdupv (from->strings);
}

static WhyNode *
node_copy (const WhyNode *from)
{
  WhyNode *to = g_memdup2 (from, sizeof *from);

  to->name = g_strdup (from->name);
  to->inputs = g_memdup2 (from->inputs, (gsize)from->n_inputs * sizeof (WhyValueId));
  to->outputs = g_memdup2 (from->outputs, (gsize)from->n_outputs * sizeof (WhyValueId));
  to->attrs = g_new0 (WhyAttr, from->n_attrs);
  for (gint i = 0; i < from->n_attrs; i++)
    attr_copy (&to->attrs[i], &from->attrs[i]);
  return to;
}

WhyGraph *
why_graph_copy (const WhyGraph *graph)
{
  WhyGraph *copy = why_graph_new ();

  g_array_append_vals (copy->values, graph->values->data, graph->values->len);
  for (guint i = 0; i < copy->values->len; i++)
    {
      WhyValue *value = why_graph_value (copy, (WhyValueId)i);
      value->name = g_strdup (value->name);
      if (value->constant)
        why_tensor_ref (value->constant);
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    g_ptr_array_add (copy->nodes, node_copy (graph->nodes->pdata[i]));
  g_array_append_vals (copy->inputs, graph->inputs->data, graph->inputs->len);
  g_array_append_vals (copy->outputs, graph->outputs->data, graph->outputs->len);
  copy->input = graph->input;
  copy->output = graph->output;
  copy->opset = graph->opset;
  return copy;
}

WhyValue *
why_graph_value (const WhyGraph *graph, WhyValueId id)
{
  return &g_array_index (graph->values, WhyValue, id);
}

WhyNode *
why_graph_node (const WhyGraph *graph, gint index)
{
  return g_ptr_array_index (graph->nodes, index);
}

WhyValueId
why_graph_add_value (WhyGraph *graph, const gchar *name)
{
  WhyValue value = { .name = g_strdup (name), .shape.rank = -1, .producer = -1 };

  g_array_append_val (graph->values, value);
  return (WhyValueId)graph->values->len - 1;
}

WhyValueId
why_graph_find_value (const WhyGraph *graph, const gchar *name)
{
  for (guint i = 0; i < graph->values->len; i++)
    if (strcmp (why_graph_value (graph, (WhyValueId)i)->name, name) == 0)
      return (WhyValueId)i;
  return WHY_VALUE_NONE;
}

WhyNode *
why_graph_add_node (WhyGraph *graph, const WhyOp *op, const gchar *name, gint n_inputs,
                    gint n_outputs, gint n_attrs)
{
  WhyNode *node = g_new0 (WhyNode, 1);

  node->op = op;
  node->name = g_strdup (name);
  node->opset = graph->opset;
  node->n_inputs = n_inputs;
  node->n_outputs = n_outputs;
  node->n_attrs = n_attrs;
  node->inputs = g_new (WhyValueId, n_inputs);
  node->outputs = g_new (WhyValueId, n_outputs);
  node->attrs = g_new0 (WhyAttr, n_attrs);
  for (gint i = 0; i < n_inputs; i++)
    node->inputs[i] = WHY_VALUE_NONE;
  for (gint i = 0; i < n_outputs; i++)
    node->outputs[i] = WHY_VALUE_NONE;
  g_ptr_array_add (graph->nodes, node);
  return node;
}

/* Who makes each value; -1: an input or a constant. */
static gboolean
find_producers (WhyGraph *graph, GError **error)
{
  for (guint i = 0; i < graph->values->len; i++)
    why_graph_value (graph, (WhyValueId)i)->producer = -1;
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      WhyNode *node = why_graph_node (graph, (gint)n);
      for (gint i = 0; i < node->n_outputs; i++)
        {
          WhyValue *value;
          if (node->outputs[i] == WHY_VALUE_NONE)
            continue;
          value = why_graph_value (graph, node->outputs[i]);
          if (value->producer >= 0)
            {
              g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                           _ ("the graph makes the value '%s' twice"), value->name);
              return FALSE;
            }
          value->producer = (gint)n;
        }
    }
  return TRUE;
}

static gboolean
check_fed (const WhyGraph *graph, GError **error)
{
  g_autofree gboolean *is_fed = g_new0 (gboolean, graph->values->len);

  for (guint i = 0; i < graph->inputs->len; i++)
    is_fed[g_array_index (graph->inputs, WhyValueId, i)] = TRUE;
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      for (gint i = 0; i < node->n_inputs; i++)
        {
          const WhyValue *value;
          if (node->inputs[i] == WHY_VALUE_NONE)
            continue;
          value = why_graph_value (graph, node->inputs[i]);
          if (value->producer < 0 && !value->constant && !is_fed[node->inputs[i]])
            {
              g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                           _ ("node '%s' uses the value '%s', which nothing makes"), node->name,
                           value->name);
              return FALSE;
            }
        }
    }
  return TRUE;
}

/* Depth-first search, without recursion: a chain may be 100000 nodes long. */
typedef struct
{
  const WhyGraph *graph;
  enum
  {
    NEW,
    OPEN,
    PLACED
  }
      * state;
  gint *cursor; /* per node: inputs looked at so far */
  gint *stack, depth;
  gint *order, n_placed;
} Search;

/* The next node that has to come before this one and is not placed yet; -1: none. */
static gint
next_before (Search *search, gint n)
{
  const WhyNode *node = why_graph_node (search->graph, n);

  while (search->cursor[n] < node->n_inputs)
    {
      WhyValueId id = node->inputs[search->cursor[n]++];
      gint producer = id == WHY_VALUE_NONE ? -1 : why_graph_value (search->graph, id)->producer;
      if (producer >= 0 && search->state[producer] != PLACED)
        return producer;
    }
  return -1;
}

/* Places a node after everything it needs; FALSE on a cycle. */
static gboolean
place (Search *search, gint n)
{
  if (search->state[n] == PLACED)
    return TRUE;
  search->stack[search->depth++] = n;
  search->state[n] = OPEN;
  while (search->depth > 0)
    {
      gint top = search->stack[search->depth - 1];
      gint before = next_before (search, top);
      if (before >= 0)
        {
          if (search->state[before] == OPEN)
            return FALSE;
          search->stack[search->depth++] = before;
          search->state[before] = OPEN;
          continue;
        }
      search->depth--;
      search->state[top] = PLACED;
      search->order[search->n_placed++] = top;
    }
  return TRUE;
}

gboolean
why_graph_sort (WhyGraph *graph, GError **error)
{
  gint n = (gint)graph->nodes->len;
  Search search = { .graph = graph };
  g_autofree gpointer *nodes = NULL;
  gboolean ok = TRUE;

  if (!find_producers (graph, error) || !check_fed (graph, error))
    return FALSE;
  search.state = g_malloc0_n ((gsize)n, sizeof *search.state);
  search.cursor = g_new0 (gint, n);
  search.stack = g_new (gint, n);
  search.order = g_new (gint, n);
  for (gint i = 0; i < n && ok; i++)
    ok = place (&search, i);
  nodes = ok ? g_memdup2 (graph->nodes->pdata, (gsize)n * sizeof (gpointer)) : NULL;
  for (gint i = 0; i < n && ok; i++)
    graph->nodes->pdata[i] = nodes[search.order[i]];
  g_free (search.state);
  g_free (search.cursor);
  g_free (search.stack);
  g_free (search.order);
  if (ok)
    return find_producers (graph, error);
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                       _ ("the graph has a cycle; a classifier has none"));
  return FALSE;
}

void
why_graph_replace_nodes (WhyGraph *graph, GPtrArray *nodes)
{
  g_ptr_array_set_free_func (nodes, node_free);
  g_ptr_array_set_free_func (graph->nodes, NULL);
  for (guint n = 0; n < graph->nodes->len; n++)
    if (graph->nodes->pdata[n])
      node_free (graph->nodes->pdata[n]);
  g_ptr_array_unref (graph->nodes);
  graph->nodes = nodes;
  find_producers (graph, NULL);
}

void
why_graph_remove_nodes (WhyGraph *graph, const gboolean *dead)
{
  GPtrArray *kept = g_ptr_array_new ();

  for (guint n = 0; n < graph->nodes->len; n++)
    if (!dead[n])
      g_ptr_array_add (kept, g_steal_pointer (&graph->nodes->pdata[n]));
  why_graph_replace_nodes (graph, kept);
}

gint *
why_graph_count_readers (const WhyGraph *graph)
{
  gint *readers = g_new0 (gint, graph->values->len);

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      for (gint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          readers[node->inputs[i]]++;
    }
  for (guint i = 0; i < graph->outputs->len; i++)
    readers[g_array_index (graph->outputs, WhyValueId, i)]++;
  return readers;
}

void
why_graph_prune (WhyGraph *graph)
{
  g_autofree gboolean *needed = g_new0 (gboolean, graph->values->len);
  g_autofree gboolean *dead = g_new0 (gboolean, graph->nodes->len);

  for (guint i = 0; i < graph->outputs->len; i++)
    needed[g_array_index (graph->outputs, WhyValueId, i)] = TRUE;
  for (gint n = (gint)graph->nodes->len - 1; n >= 0; n--)
    {
      WhyNode *node = why_graph_node (graph, n);
      gboolean wanted = FALSE;
      for (gint i = 0; i < node->n_outputs; i++)
        wanted |= node->outputs[i] != WHY_VALUE_NONE && needed[node->outputs[i]];
      for (gint i = 0; wanted && i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          needed[node->inputs[i]] = TRUE;
      dead[n] = !wanted;
    }
  why_graph_remove_nodes (graph, dead);
}

void
why_node_add_attr (WhyNode *node, WhyAttr attr)
{
  node->attrs = g_renew (WhyAttr, node->attrs, node->n_attrs + 1);
  node->attrs[node->n_attrs++] = attr;
}

void
why_node_drop_attr (WhyNode *node, const gchar *name)
{
  for (gint i = node->n_attrs - 1; i >= 0; i--)
    if (strcmp (node->attrs[i].name, name) == 0)
      {
        attr_clear (&node->attrs[i]);
        node->attrs[i] = node->attrs[--node->n_attrs];
      }
}

const WhyAttr *
why_node_attr (const WhyNode *node, const gchar *name)
{
  for (gint i = 0; i < node->n_attrs; i++)
    if (strcmp (node->attrs[i].name, name) == 0)
      return &node->attrs[i];
  return NULL;
}

gint64
why_node_int (const WhyNode *node, const gchar *name, gint64 def)
{
  const WhyAttr *attr = why_node_attr (node, name);

  return attr && attr->type == WHY_ATTR_INT ? attr->i : def;
}

gdouble
why_node_float (const WhyNode *node, const gchar *name, gdouble def)
{
  const WhyAttr *attr = why_node_attr (node, name);

  return attr && attr->type == WHY_ATTR_FLOAT ? attr->f : def;
}

const gchar *
why_node_string (const WhyNode *node, const gchar *name, const gchar *def)
{
  const WhyAttr *attr = why_node_attr (node, name);

  return attr && attr->type == WHY_ATTR_STRING ? attr->s : def;
}

const gint64 *
why_node_ints (const WhyNode *node, const gchar *name, gint *n)
{
  const WhyAttr *attr = why_node_attr (node, name);

  *n = attr && attr->type == WHY_ATTR_INTS ? attr->n : 0;
  return *n > 0 ? attr->ints : NULL;
}
