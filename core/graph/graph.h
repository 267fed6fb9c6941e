/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The typed intermediate representation between the ONNX reader and the planner. */
#pragma once

#include "whylayer/error.h"
#include "whylayer/tensor.h"
#include "whylayer/net.h"

G_BEGIN_DECLS

typedef struct _WhyOp WhyOp;

typedef enum
{
  WHY_ATTR_INT = 2,
  WHY_ATTR_FLOAT = 1,
  WHY_ATTR_STRING = 3,
  WHY_ATTR_TENSOR = 4,
  WHY_ATTR_FLOATS = 6,
  WHY_ATTR_INTS = 7,
  WHY_ATTR_STRINGS = 8
} WhyAttrType; /* ONNX's own numbers */

typedef struct
{
  gchar *name;
  WhyAttrType type;
  gint64 i;
  gdouble f;
  gchar *s;
  WhyTensor *t;
  gint n; /* of ints, floats or strings */
  gint64 *ints;
  gdouble *floats;
  gchar **strings;
} WhyAttr;

/** One edge of the graph. */
typedef struct
{
  gchar *name;
  WhyDType dtype;
  WhyShape shape;      /* extents -1 until inferred */
  WhyTensor *constant; /* known before running: initializer or folded; NULL otherwise */
  gint producer;       /* node index, or -1 for inputs and initializers */
} WhyValue;

typedef struct
{
  const WhyOp *op;
  gchar *name; /* never empty: made from op and number when the file has none */
  gint opset;  /* version of the default domain the file was written for */
  gint n_inputs, n_outputs;
  WhyValueId *inputs; /* WHY_VALUE_NONE: optional and absent */
  WhyValueId *outputs;
  gint n_attrs;
  WhyAttr *attrs;
} WhyNode;

/**
 * WhyGraph: nodes in topological order over values. Owned by the WhyModel (as read) and, copied,
 * by each WhyNet (with shapes of one input size).
 */
typedef struct
{
  GArray *values;           /* WhyValue */
  GPtrArray *nodes;         /* WhyNode* (owned) */
  WhyValueId input;         /* the picture */
  WhyValueId output;        /* the classifier's output as written, maybe after Softmax */
  GArray *inputs, *outputs; /* WhyValueId: everything the file declares (conformance tests) */
  gint opset;
} WhyGraph;

WhyGraph *why_graph_new (void);
/* Shares constants and attribute tensors by reference; nodes and values are new. */
WhyGraph *why_graph_copy (const WhyGraph *graph);
void why_graph_free (WhyGraph *graph);
WhyValue *why_graph_value (const WhyGraph *graph, WhyValueId id);
WhyNode *why_graph_node (const WhyGraph *graph, gint index);
WhyValueId why_graph_add_value (WhyGraph *graph, const gchar *name);
WhyValueId why_graph_find_value (const WhyGraph *graph, const gchar *name); /* value names only */
WhyNode *why_graph_add_node (WhyGraph *graph, const WhyOp *op, const gchar *name, gint n_inputs,
                             gint n_outputs, gint n_attrs);
/* Orders nodes topologically (stable); WHY_ERROR_MODEL_INVALID on a cycle, a value produced twice
 * or used but never produced. */
gboolean why_graph_sort (WhyGraph *graph, GError **error);
/* Removes nodes that no declared output (or the ids in keep) needs. */
void why_graph_prune (WhyGraph *graph);
/* Removes and frees the nodes marked in dead[] (one entry a node). */
void why_graph_remove_nodes (WhyGraph *graph, const gboolean *dead);
/* Puts nodes in the place of the graph's; takes them, frees the old ones (NULL entries allowed). */
void why_graph_replace_nodes (WhyGraph *graph, GPtrArray *nodes);
/* How many inputs and declared outputs read each value. (transfer full) */
gint *why_graph_count_readers (const WhyGraph *graph);

const WhyAttr *why_node_attr (const WhyNode *node, const gchar *name); /* NULL when absent */
/* Takes what attr owns. */
void why_node_add_attr (WhyNode *node, WhyAttr attr);
void why_node_drop_attr (WhyNode *node, const gchar *name);
gint64 why_node_int (const WhyNode *node, const gchar *name, gint64 def);
gdouble why_node_float (const WhyNode *node, const gchar *name, gdouble def);
const gchar *why_node_string (const WhyNode *node, const gchar *name, const gchar *def);
/* Points at the attribute's ints; n = 0 when absent. (transfer none) */
const gint64 *why_node_ints (const WhyNode *node, const gchar *name, gint *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyGraph, why_graph_free)

G_END_DECLS
