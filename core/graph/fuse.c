/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replaces what exporters write as several elementwise operators by one: every pass over a
 * transformer's tokens that is saved counts. Who asks for a value between gets it from the plain
 * net. */
#include <math.h>
#include <string.h>

#include "graph/net-private.h"
#include "ops/mat-mul-common.h"

typedef struct
{
  WhyGraph *graph;
  gint *readers;
} Fuse;

/* The node of this type that makes a value for one reader alone, or NULL. */
static const WhyNode *
maker (const Fuse *f, WhyValueId id, const gchar *op)
{
  gint producer = id == WHY_VALUE_NONE ? -1 : why_graph_value (f->graph, id)->producer;
  const WhyNode *node = producer < 0 ? NULL : why_graph_node (f->graph, producer);

  return node && f->readers[id] == 1 && strcmp (node->op->name, op) == 0 ? node : NULL;
}

/* To the last digit of WhyReal: in double, a file's √2 in float is another number. */
static gboolean
is_number (const Fuse *f, WhyValueId id, gdouble number)
{
  const WhyTensor *c = id == WHY_VALUE_NONE ? NULL : why_graph_value (f->graph, id)->constant;

  return c && c->dtype == WHY_DTYPE_FLOAT && why_tensor_numel (c) == 1
         && why_tensor_get (c, 0) == (gdouble)(WhyReal)number;
}

/* The operand beside a number, or NONE. */
static WhyValueId
operand_beside (const Fuse *f, const WhyNode *node, gdouble number)
{
  for (gint i = 0; i < 2; i++)
    if (is_number (f, node->inputs[i], number))
      return node->inputs[1 - i];
  return WHY_VALUE_NONE;
}

static void
replace (WhyNode *node, const WhyOp *op, gint n_inputs, const WhyValueId *inputs)
{
  node->op = op;
  node->n_inputs = n_inputs;
  node->inputs = g_renew (WhyValueId, node->inputs, n_inputs);
  memcpy (node->inputs, inputs, (gsize)n_inputs * sizeof *inputs);
}

/* x·(1 + erf (x / √2)) with x: node is the product. Returns x or NONE. */
static WhyValueId
read_gate (const Fuse *f, const WhyNode *product)
{
  for (gint i = 0; product && i < 2; i++)
    {
      WhyValueId x = product->inputs[1 - i];
      const WhyNode *sum = maker (f, product->inputs[i], "Add");
      const WhyNode *erf = sum ? maker (f, operand_beside (f, sum, 1.0), "Erf") : NULL;
      const WhyNode *div = erf ? maker (f, erf->inputs[0], "Div") : NULL;
      if (div && div->inputs[0] == x && is_number (f, div->inputs[1], M_SQRT2))
        return x;
    }
  return WHY_VALUE_NONE;
}

/* Half of that product is Gelu. */
static void
fuse_gelu (const Fuse *f, WhyNode *node)
{
  WhyValueId x;

  if (strcmp (node->op->name, "Mul") != 0)
    return;
  x = read_gate (f, maker (f, operand_beside (f, node, 0.5), "Mul"));
  if (x != WHY_VALUE_NONE)
    replace (node, why_op_lookup ("Gelu", 20), 1, &x);
}

/* A row that is added to every row of a product with a constant. */
static void
fuse_bias (const Fuse *f, WhyNode *node)
{
  const WhyShape *out = &why_graph_value (f->graph, node->outputs[0])->shape;

  if (strcmp (node->op->name, "Add") != 0 || out->rank < 2)
    return;
  for (gint i = 0; i < 2; i++)
    {
      const WhyNode *product = maker (f, node->inputs[i], "MatMul");
      const WhyTensor *bias = why_graph_value (f->graph, node->inputs[1 - i])->constant;
      if (!product || !bias || !why_graph_value (f->graph, product->inputs[1])->constant
          || why_graph_value (f->graph, product->inputs[1])->shape.rank != 2
          || bias->shape.rank != 1 || bias->shape.dims[0] != out->dims[out->rank - 1]
          || !why_shape_equal (out, &why_graph_value (f->graph, node->inputs[i])->shape))
        continue;
      replace (node, &why_op_biased_mat_mul, 3,
               (const WhyValueId[]){ product->inputs[0], product->inputs[1], node->inputs[1 - i] });
      return;
    }
}

void
why_graph_fuse (WhyGraph *graph)
{
  Fuse f = { graph, why_graph_count_readers (graph) };

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      fuse_gelu (&f, why_graph_node (graph, (gint)n));
      fuse_bias (&f, why_graph_node (graph, (gint)n));
    }
  why_graph_prune (graph);
  g_free (f.readers);
}
