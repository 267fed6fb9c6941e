/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rewrites a planned graph for speed: pictures travel channels-last between convolutions, and
 * rectifiers and residual sums are computed while a convolution writes its output. Values keep
 * their ids; twin[id] names the channels-last value where that is the only one computed, and
 * values that exist nowhere any more are marked so. */
#include <math.h>
#include <string.h>

#include "graph/net-private.h"
#include "ops/last.h"

static const gint64 to_last[] = { 0, 2, 3, 1 }, to_plain[] = { 0, 3, 1, 2 };

typedef struct
{
  WhyGraph *graph;
  GPtrArray *nodes; /* the new program */
  GArray *twin;     /* per value: WhyValueId of its channels-last twin, or NONE */
  GArray *made;     /* per value: gboolean, something in the program makes it (or feeds it) */
  gint *readers;    /* per value of the graph as it was */
  const WhyNetOptions *options;
} Rewrite;

static WhyValueId
twin_of (const Rewrite *rw, WhyValueId id)
{
  return g_array_index (rw->twin, WhyValueId, id);
}

static void
set_twin (Rewrite *rw, WhyValueId id, WhyValueId twin)
{
  g_array_index (rw->twin, WhyValueId, id) = twin;
}

static gboolean
is_made (const Rewrite *rw, WhyValueId id)
{
  return g_array_index (rw->made, gboolean, id);
}

static WhyValue *
value_of (const Rewrite *rw, WhyValueId id)
{
  return why_graph_value (rw->graph, id);
}

static gboolean
is_constant (const Rewrite *rw, WhyValueId id)
{
  return value_of (rw, id)->constant != NULL;
}

static WhyValueId
add_value (Rewrite *rw, const gchar *name, WhyDType dtype, const WhyShape *shape,
           WhyTensor *constant)
{
  WhyValueId id = why_graph_add_value (rw->graph, name), none = WHY_VALUE_NONE;
  gboolean yes = TRUE;
  WhyValue *value = value_of (rw, id);

  value->dtype = dtype;
  value->shape = *shape;
  value->constant = constant;
  g_array_append_val (rw->twin, none);
  g_array_append_val (rw->made, yes);
  return id;
}

static WhyShape
last_shape (const WhyShape *s)
{
  return WHY_SHAPE (s->dims[0], s->dims[2], s->dims[3], s->dims[1]);
}

/* A fresh channels-last value in the place of a rank-4 one. */
static WhyValueId
add_twin (Rewrite *rw, WhyValueId id)
{
  g_autofree gchar *name = g_strconcat (value_of (rw, id)->name, " (channels last)", NULL);
  WhyShape shape = last_shape (&value_of (rw, id)->shape);
  WhyValueId twin = add_value (rw, name, value_of (rw, id)->dtype, &shape, NULL);

  set_twin (rw, id, twin);
  return twin;
}

static WhyNode *
new_node (const WhyOp *op, const gchar *name, gint n_inputs, gint n_attrs)
{
  WhyNode *node = g_new0 (WhyNode, 1);

  node->op = op;
  node->name = g_strdup (name);
  node->opset = 13;
  node->n_inputs = n_inputs;
  node->n_outputs = 1;
  node->n_attrs = n_attrs;
  node->inputs = g_new (WhyValueId, MAX (n_inputs, 1));
  node->outputs = g_new (WhyValueId, 1);
  node->attrs = g_new0 (WhyAttr, n_attrs);
  return node;
}

static void
add_transpose (Rewrite *rw, WhyValueId from, WhyValueId to, const gint64 *perm)
{
  WhyNode *node = new_node (why_op_lookup ("Transpose", 13), value_of (rw, to)->name, 1, 1);

  node->inputs[0] = from;
  node->outputs[0] = to;
  node->attrs[0] = (WhyAttr){ .name = g_strdup ("perm"),
                              .type = WHY_ATTR_INTS,
                              .n = 4,
                              .ints = g_memdup2 (perm, 4 * sizeof *perm) };
  g_ptr_array_add (rw->nodes, node);
}

static void
need_plain (Rewrite *rw, WhyValueId id)
{
  if (id == WHY_VALUE_NONE || is_constant (rw, id) || is_made (rw, id))
    return;
  g_return_if_fail (twin_of (rw, id) != WHY_VALUE_NONE);
  add_transpose (rw, twin_of (rw, id), id, to_plain);
  g_array_index (rw->made, gboolean, id) = TRUE;
}

static WhyValueId
need_last (Rewrite *rw, WhyValueId id)
{
  WhyValueId twin = twin_of (rw, id);

  if (twin != WHY_VALUE_NONE)
    return twin;
  twin = add_twin (rw, id);
  add_transpose (rw, id, twin, to_last);
  return twin;
}

static void
add_int (WhyNode *node, const gchar *name, gint64 i)
{
  why_node_add_attr (node, (WhyAttr){ .name = g_strdup (name), .type = WHY_ATTR_INT, .i = i });
}

/* Moves a node into the program as another operator. */
static void
take_node (Rewrite *rw, WhyNode **node, const WhyOp *op)
{
  (*node)->op = op;
  g_ptr_array_add (rw->nodes, g_steal_pointer (node));
}

static gboolean
is_named (const WhyNode *node, const gchar *name)
{
  return strcmp (node->op->name, name) == 0;
}

static gboolean
has_rank (const Rewrite *rw, WhyValueId id, gint rank)
{
  return id != WHY_VALUE_NONE && value_of (rw, id)->shape.rank == rank;
}

static gboolean
rewrite_conv (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;
  WhyValueId in = node->inputs[0], out = node->outputs[0];
  gint64 groups = why_node_int (node, "group", 1);
  gboolean planar;

  if (!is_named (node, "Conv") || !has_rank (rw, in, 4) || is_constant (rw, in)
      || !is_constant (rw, node->inputs[1])
      || (node->n_inputs > 2 && node->inputs[2] != WHY_VALUE_NONE
          && !is_constant (rw, node->inputs[2])))
    return FALSE;
  planar = in == rw->graph->input && twin_of (rw, in) == WHY_VALUE_NONE
           && value_of (rw, in)->shape.dims[1] < 8 && groups == 1;
  if (!planar)
    node->inputs[0] = need_last (rw, in);
  else
    add_int (node, WHY_LAST_PLANAR, 1);
  add_int (node, WHY_LAST_THREADS, rw->options->threads);
  add_int (node, WHY_LAST_ROUGH, rw->options->rough);
  node->outputs[0] = add_twin (rw, out);
  take_node (rw, slot, &why_op_last_conv);
  return TRUE;
}

static gboolean
rewrite_pool (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;
  const WhyOp *op = is_named (node, "MaxPool")             ? &why_op_last_max_pool
                    : is_named (node, "AveragePool")       ? &why_op_last_average_pool
                    : is_named (node, "GlobalAveragePool") ? &why_op_last_global_average_pool
                                                           : NULL;

  if (!op || !has_rank (rw, node->inputs[0], 4) || twin_of (rw, node->inputs[0]) == WHY_VALUE_NONE
      || (node->n_outputs > 1 && node->outputs[1] != WHY_VALUE_NONE))
    return FALSE;
  node->inputs[0] = twin_of (rw, node->inputs[0]);
  node->outputs[0] = add_twin (rw, node->outputs[0]);
  node->n_outputs = 1;
  take_node (rw, slot, op);
  return TRUE;
}

/* The convolution that makes a twin, when this is its only reader and it can still take more. */
static WhyNode *
open_conv (const Rewrite *rw, WhyValueId id)
{
  WhyNode *node;

  if (twin_of (rw, id) == WHY_VALUE_NONE || rw->readers[id] != 1 || rw->nodes->len == 0)
    return NULL;
  for (guint i = rw->nodes->len; i-- > 0;)
    {
      node = rw->nodes->pdata[i];
      if (node->outputs[0] == twin_of (rw, id))
        return node->op == &why_op_last_conv && !why_node_attr (node, WHY_LAST_CLAMP) ? node : NULL;
    }
  return NULL;
}

/* Lets a convolution's output stand for a later value: the value between vanishes. */
static void
extend_conv (Rewrite *rw, WhyNode *conv, WhyValueId between, WhyValueId out)
{
  set_twin (rw, between, WHY_VALUE_NONE);
  conv->outputs[0] = add_twin (rw, out);
}

static gboolean
read_bound (const Rewrite *rw, const WhyNode *node, gint input, const gchar *name, gdouble def,
            gdouble *bound)
{
  *bound = why_node_float (node, name, def);
  if (input >= node->n_inputs || node->inputs[input] == WHY_VALUE_NONE)
    return TRUE;
  if (!is_constant (rw, node->inputs[input]))
    return FALSE;
  *bound = why_tensor_get (value_of (rw, node->inputs[input])->constant, 0);
  return TRUE;
}

static gboolean
fuse_rectifier (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot, *conv;
  gdouble bounds[2] = { 0.0, HUGE_VAL };

  if (is_named (node, "Clip"))
    {
      if (!read_bound (rw, node, 1, "min", -HUGE_VAL, &bounds[0])
          || !read_bound (rw, node, 2, "max", HUGE_VAL, &bounds[1]) || bounds[0] != 0.0)
        return FALSE;
    }
  else if (!is_named (node, "Relu"))
    return FALSE;
  conv = open_conv (rw, node->inputs[0]);
  if (!conv)
    return FALSE;
  extend_conv (rw, conv, node->inputs[0], node->outputs[0]);
  why_node_add_attr (conv, (WhyAttr){ .name = g_strdup (WHY_LAST_CLAMP),
                                      .type = WHY_ATTR_FLOATS,
                                      .n = 2,
                                      .floats = g_memdup2 (bounds, sizeof bounds) });
  return TRUE; /* the node stays in *slot: its owner frees it */
}

static gint
position_of (const Rewrite *rw, WhyValueId made)
{
  for (guint i = 0; i < rw->nodes->len; i++)
    if (((WhyNode *)rw->nodes->pdata[i])->outputs[0] == made)
      return (gint)i;
  return -1;
}

static gboolean
takes_residual (const WhyNode *conv)
{
  return conv->n_inputs < 4 && why_node_int (conv, "group", 1) == 1;
}

static void
set_residual (WhyNode *conv, WhyValueId residual)
{
  conv->inputs = g_renew (WhyValueId, conv->inputs, 4);
  for (gint i = conv->n_inputs; i < 4; i++)
    conv->inputs[i] = WHY_VALUE_NONE;
  conv->inputs[3] = residual;
  conv->n_inputs = 4;
}

/* conv + other: the other summand must exist before the convolution runs. */
static gboolean
fuse_residual (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;

  if (!is_named (node, "Add") || !has_rank (rw, node->outputs[0], 4))
    return FALSE;
  for (gint i = 0; i < 2; i++)
    {
      WhyValueId a = node->inputs[i], b = node->inputs[1 - i];
      WhyNode *conv;
      if (a == b || is_constant (rw, a) || is_constant (rw, b) || twin_of (rw, b) == WHY_VALUE_NONE
          || !why_shape_equal (&value_of (rw, a)->shape, &value_of (rw, b)->shape))
        continue;
      conv = open_conv (rw, a);
      if (!conv || !takes_residual (conv)
          || position_of (rw, twin_of (rw, b)) > position_of (rw, conv->outputs[0]))
        continue;
      set_residual (conv, twin_of (rw, b));
      extend_conv (rw, conv, a, node->outputs[0]);
      return TRUE;
    }
  return FALSE;
}

/* A constant of up to four axes as a channels-last one, or NONE. */
static WhyValueId
last_constant (Rewrite *rw, WhyValueId id)
{
  const WhyTensor *from = value_of (rw, id)->constant;
  WhyShape four = { .rank = 4, .dims = { 1, 1, 1, 1 } }, shape;
  WhyTensor *to;

  if (from->shape.rank > 4 || from->dtype == WHY_DTYPE_INT64)
    return WHY_VALUE_NONE;
  for (gint i = 0; i < from->shape.rank; i++)
    four.dims[4 - from->shape.rank + i] = from->shape.dims[i];
  shape = last_shape (&four);
  to = why_tensor_new (from->dtype, &shape);
  for (gint64 n = 0; n < four.dims[0]; n++)
    for (gint64 c = 0; c < four.dims[1]; c++)
      for (gint64 p = 0; p < four.dims[2] * four.dims[3]; p++)
        to->real[(n * four.dims[2] * four.dims[3] + p) * four.dims[1] + c]
            = from->real[(n * four.dims[1] + c) * four.dims[2] * four.dims[3] + p];
  return add_value (rw, value_of (rw, id)->name, from->dtype, &shape, to);
}

/* Elementwise operators run on twins as they are. */
static gboolean
rewrite_elementwise (Rewrite *rw, WhyNode **slot)
{
  static const gchar *const binary[] = { "Add", "Sub", "Mul", "Div", NULL };
  WhyNode *node = *slot;
  gboolean two = g_strv_contains (binary, node->op->name), any = FALSE;

  if (!has_rank (rw, node->outputs[0], 4) || node->n_outputs != 1
      || (!two && node->op->relevance_kind != WHY_RELEVANCE_PASS))
    return FALSE;
  for (gint i = 0; i < node->n_inputs; i++)
    {
      WhyValueId id = node->inputs[i];
      if (id == WHY_VALUE_NONE)
        continue;
      if (is_constant (rw, id) ? !two && why_tensor_numel (value_of (rw, id)->constant) != 1
                               : !has_rank (rw, id, 4) || (i > 0 && !two))
        return FALSE;
      if (is_constant (rw, id) && two
          && (value_of (rw, id)->shape.rank > 4 || value_of (rw, id)->dtype == WHY_DTYPE_INT64))
        return FALSE;
      any |= !is_constant (rw, id) && twin_of (rw, id) != WHY_VALUE_NONE;
    }
  if (!any)
    return FALSE;
  for (gint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] != WHY_VALUE_NONE && !is_constant (rw, node->inputs[i]))
      node->inputs[i] = need_last (rw, node->inputs[i]);
    else if (node->inputs[i] != WHY_VALUE_NONE && two)
      node->inputs[i] = last_constant (rw, node->inputs[i]);
  node->outputs[0] = add_twin (rw, node->outputs[0]);
  take_node (rw, slot, node->op);
  return TRUE;
}

/* The convolution that makes a twin for this reader alone and could put it anywhere. */
static WhyNode *
movable_conv (const Rewrite *rw, WhyValueId id)
{
  gint at = rw->readers[id] == 1 ? position_of (rw, twin_of (rw, id)) : -1;
  WhyNode *node = at < 0 ? NULL : rw->nodes->pdata[at];

  return node && node->op == &why_op_last_conv && node->n_inputs < 4 ? node : NULL;
}

/* Where nobody asks for what is joined, convolutions write it into place. */
static gboolean
joins_in_place (const Rewrite *rw, const WhyNode *concat)
{
  for (gint i = 0; i < concat->n_inputs; i++)
    if (!movable_conv (rw, concat->inputs[i]))
      return FALSE;
  return rw->options->forgets || rw->options->joins;
}

static gboolean
rewrite_concat (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;
  gboolean in_place;

  if (!is_named (node, "Concat") || !has_rank (rw, node->outputs[0], 4)
      || why_axis (why_node_int (node, "axis", 0), 4) != 1)
    return FALSE;
  for (gint i = 0; i < node->n_inputs; i++)
    if (is_constant (rw, node->inputs[i]) || twin_of (rw, node->inputs[i]) == WHY_VALUE_NONE)
      return FALSE;
  in_place = joins_in_place (rw, node);
  for (gint i = 0; in_place && i < node->n_inputs; i++)
    add_int (movable_conv (rw, node->inputs[i]), WHY_LAST_PITCH,
             value_of (rw, node->outputs[0])->shape.dims[1]);
  for (gint i = 0; i < node->n_inputs; i++)
    node->inputs[i] = twin_of (rw, node->inputs[i]);
  for (gint i = 0; i < node->n_attrs; i++)
    if (strcmp (node->attrs[i].name, "axis") == 0)
      node->attrs[i].i = 3;
  node->outputs[0] = add_twin (rw, node->outputs[0]);
  take_node (rw, slot, in_place ? &why_op_last_join : node->op);
  return TRUE;
}

static void
add_channel_op (Rewrite *rw, const gchar *op, const WhyNode *at, WhyValueId in,
                const gdouble *values, WhyValueId out)
{
  gint64 channels = value_of (rw, in)->shape.dims[3];
  WhyTensor *constant = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 1, channels));
  WhyNode *node = new_node (why_op_lookup (op, 13), at->name, 2, 0);

  for (gint64 c = 0; c < channels; c++)
    constant->real[c] = (WhyReal)values[c];
  node->inputs[0] = in;
  node->inputs[1] = add_value (rw, at->name, WHY_DTYPE_FLOAT, &constant->shape, constant);
  node->outputs[0] = out;
  g_ptr_array_add (rw->nodes, node);
}

/* A normalisation that no convolution took: one product and one sum a channel. */
static gboolean
rewrite_batchnorm (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;
  const WhyTensor *t[5];
  g_autofree gdouble *scale = NULL;
  g_autofree gdouble *shift = NULL;
  WhyValueId in = node->inputs[0], between;
  gint64 channels;

  if (!is_named (node, "BatchNormalization") || !has_rank (rw, in, 4)
      || twin_of (rw, in) == WHY_VALUE_NONE || node->n_inputs < 5)
    return FALSE;
  for (gint i = 1; i < 5; i++)
    if (!(t[i] = value_of (rw, node->inputs[i])->constant))
      return FALSE;
  channels = why_tensor_numel (t[1]);
  scale = g_new (gdouble, channels);
  shift = g_new (gdouble, channels);
  for (gint64 c = 0; c < channels; c++)
    {
      scale[c] = (gdouble)t[1]->real[c]
                 / sqrt ((gdouble)t[4]->real[c] + why_node_float (node, "epsilon", 1e-5));
      shift[c] = (gdouble)t[2]->real[c] - (gdouble)t[3]->real[c] * scale[c];
    }
  between
      = add_value (rw, node->name, WHY_DTYPE_FLOAT, &value_of (rw, twin_of (rw, in))->shape, NULL);
  add_channel_op (rw, "Mul", node, twin_of (rw, in), scale, between);
  add_channel_op (rw, "Add", node, between, shift, add_twin (rw, node->outputs[0]));
  return TRUE;
}

/* A channels-last graph's own transposes meet ours and vanish. */
static gboolean
absorb_transpose (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;
  gint n = 0;
  const gint64 *perm = is_named (node, "Transpose") ? why_node_ints (node, "perm", &n) : NULL;

  if (n != 4 || memcmp (perm, to_plain, sizeof to_plain) != 0 || !is_made (rw, node->inputs[0])
      || is_constant (rw, node->inputs[0]))
    return FALSE;
  set_twin (rw, node->outputs[0], node->inputs[0]);
  return TRUE;
}

static void
keep_node (Rewrite *rw, WhyNode **slot)
{
  WhyNode *node = *slot;

  for (gint i = 0; i < node->n_inputs; i++)
    need_plain (rw, node->inputs[i]);
  for (gint i = 0; i < node->n_outputs; i++)
    if (node->outputs[i] != WHY_VALUE_NONE)
      g_array_index (rw->made, gboolean, node->outputs[i]) = TRUE;
  take_node (rw, slot, node->op);
}

static void
rewrite_node (Rewrite *rw, WhyNode **slot)
{
  if (!(fuse_rectifier (rw, slot) || fuse_residual (rw, slot) || rewrite_conv (rw, slot)
        || rewrite_pool (rw, slot) || rewrite_batchnorm (rw, slot) || rewrite_concat (rw, slot)
        || rewrite_elementwise (rw, slot) || absorb_transpose (rw, slot)))
    keep_node (rw, slot);
}

static gboolean
has_conv (const WhyGraph *graph)
{
  for (guint n = 0; n < graph->nodes->len; n++)
    if (is_named (why_graph_node (graph, (gint)n), "Conv"))
      return TRUE;
  return FALSE;
}

static void
rewrite_init (Rewrite *rw, WhyGraph *graph, const WhyNetOptions *options)
{
  WhyValueId none = WHY_VALUE_NONE;

  *rw = (Rewrite){ .graph = graph,
                   .nodes = g_ptr_array_new (),
                   .twin = g_array_new (FALSE, TRUE, sizeof (WhyValueId)),
                   .made = g_array_new (FALSE, TRUE, sizeof (gboolean)),
                   .readers = why_graph_count_readers (graph),
                   .options = options };
  for (guint i = 0; i < graph->values->len; i++)
    g_array_append_val (rw->twin, none);
  g_array_set_size (rw->made, graph->values->len);
  for (guint i = 0; i < graph->inputs->len; i++)
    g_array_index (rw->made, gboolean, g_array_index (graph->inputs, WhyValueId, i)) = TRUE;
}

void
why_graph_lay_out (WhyGraph *graph, const WhyNetOptions *options, WhyValueId *twin)
{
  guint values = graph->values->len;
  Rewrite rw;

  for (guint i = 0; i < values; i++)
    twin[i] = WHY_VALUE_NONE;
  if (!has_conv (graph))
    return;
  rewrite_init (&rw, graph, options);
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      WhyNode *node = why_graph_node (graph, (gint)n);
      rewrite_node (&rw, &node);
      graph->nodes->pdata[n] = node; /* what was not taken is freed with the old list */
    }
  for (guint i = 0; i < graph->outputs->len; i++)
    need_plain (&rw, g_array_index (graph->outputs, WhyValueId, i));
  why_graph_replace_nodes (graph, rw.nodes);
  for (guint i = 0; i < values; i++)
    twin[i] = is_made (&rw, (WhyValueId)i) ? WHY_VALUE_NONE : twin_of (&rw, (WhyValueId)i);
  g_array_unref (rw.twin);
  g_array_unref (rw.made);
  g_free (rw.readers);
}
