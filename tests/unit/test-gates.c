/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which operand of a product is the signal: it takes all relevance, its gate none. */
#include "graph/net-private.h"
#include "whylayer/rng.h"

#include <math.h>

typedef struct
{
  const gchar *op;
  const gchar *out;
  const gchar *in[2];
} Node;

static WhyValueId
find_or_add (WhyGraph *graph, const gchar *name)
{
  WhyValueId id = why_graph_find_value (graph, name);

  return id == WHY_VALUE_NONE ? why_graph_add_value (graph, name) : id;
}

static void
add_constant (WhyGraph *graph, const gchar *name, gdouble number)
{
  const WhyShape scalar = { 0 };
  WhyValue *value = why_graph_value (graph, why_graph_add_value (graph, name));

  value->constant = why_tensor_new (WHY_DTYPE_FLOAT, &scalar);
  value->constant->real[0] = (WhyReal)number;
  value->dtype = WHY_DTYPE_FLOAT;
  value->shape = scalar;
}

/* Inputs "x" and "z" [1,2,3,5], numbers, the nodes; the last one's output is y. */
static WhyNet *
make_net (const Node *nodes, gint n)
{
  static const struct
  {
    const gchar *name;
    gdouble number;
  } constants[] = { { "half", 0.5 }, { "one", 1 }, { "three", 3 }, { "six", 6 } };
  const WhyNetOptions options = { .batch = 1, .threads = 1, .unfused = TRUE };
  WhyGraph *graph = why_graph_new ();
  g_autoptr (GError) error = NULL;
  WhyNet *net;

  graph->opset = 13;
  for (gint i = 0; i < 2; i++)
    {
      WhyValueId id = why_graph_add_value (graph, i ? "z" : "x");
      why_graph_value (graph, id)->dtype = WHY_DTYPE_FLOAT;
      why_graph_value (graph, id)->shape = WHY_SHAPE (1, 2, 3, 5);
      g_array_append_val (graph->inputs, id);
    }
  for (guint i = 0; i < G_N_ELEMENTS (constants); i++)
    add_constant (graph, constants[i].name, constants[i].number);
  for (gint i = 0; i < n; i++)
    {
      gint n_in = nodes[i].in[1] ? 2 : 1;
      WhyNode *node
          = why_graph_add_node (graph, why_op_lookup (nodes[i].op, 13), nodes[i].out, n_in, 1, 0);
      for (gint k = 0; k < n_in; k++)
        node->inputs[k] = find_or_add (graph, nodes[i].in[k]);
      node->outputs[0] = find_or_add (graph, nodes[i].out);
    }
  graph->input = find_or_add (graph, "x");
  graph->output = find_or_add (graph, nodes[n - 1].out);
  g_array_append_val (graph->outputs, graph->output);
  g_assert_true (why_graph_sort (graph, &error));
  net = why_net_new_graph (graph, &options, &error);
  g_assert_no_error (error);
  return net;
}

/* Relevance that arrives at x as a share of what y has; it is the same at every element. */
static gdouble
share_of (const Node *nodes, gint n, const gchar *name)
{
  g_autoptr (WhyNet) net = make_net (nodes, n);
  const WhyGraph *graph = why_net_get_graph (net);
  WhyValueId to = why_graph_find_value (graph, name);
  const WhyReal *result = NULL;
  WhyReal seed[30];
  WhyRng rng;
  gdouble share;

  why_rng_init (&rng, 1, 0);
  for (gint i = 0; i < 2; i++)
    for (gint k = 0; k < 30; k++)
      why_net_get_tensor (net, g_array_index (graph->inputs, WhyValueId, i))->real[k]
          = (WhyReal)(0.5 + why_rng_uniform (&rng));
  for (gint k = 0; k < 30; k++)
    seed[k] = (WhyReal)(k + 1);
  g_assert_true (why_net_run (net, NULL));
  g_assert_true (
      why_net_relevance (net, graph->output, seed, &to, 1, NULL, NULL, &result, NULL, NULL));
  share = (gdouble)result[0];
  for (gint k = 0; k < 30; k++)
    g_assert_cmpfloat (fabs ((gdouble)result[k] - share * (k + 1)), <, 1e-5 * (k + 1));
  return share;
}

#define ASSERT_SHARE(nodes, name, expected)                                                        \
  g_assert_cmpfloat (fabs (share_of (nodes, G_N_ELEMENTS (nodes), name) - (expected)), <, 1e-5)

static void
swish_gives_all_to_x (void)
{
  const Node first[] = { { "Sigmoid", "s", { "x" } }, { "Mul", "y", { "x", "s" } } };
  const Node second[] = { { "Sigmoid", "s", { "x" } }, { "Mul", "y", { "s", "x" } } };

  ASSERT_SHARE (first, "x", 1);
  ASSERT_SHARE (second, "x", 1);
}

static void
hard_swish_written_out_gives_all_to_x (void)
{
  const Node nodes[] = { { "Add", "a", { "x", "three" } },
                         { "Relu", "r", { "a" } },
                         { "Min", "m", { "r", "six" } },
                         { "Div", "d", { "m", "six" } },
                         { "Mul", "y", { "d", "x" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

static void
mish_written_out_gives_all_to_x (void)
{
  const Node nodes[]
      = { { "Softplus", "p", { "x" } }, { "Tanh", "t", { "p" } }, { "Mul", "y", { "x", "t" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

/* ½x·(1 + tanh …): neither operand is computed from the other, one is bounded. */
static void
gelu_written_out_gives_all_to_x (void)
{
  const Node nodes[] = { { "Mul", "h", { "x", "half" } },
                         { "Tanh", "t", { "x" } },
                         { "Add", "g", { "t", "one" } },
                         { "Mul", "y", { "h", "g" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

static void
squeeze_and_excite_gives_all_to_the_features (void)
{
  const Node nodes[] = { { "ReduceMean", "p", { "x" } },
                         { "HardSigmoid", "s", { "p" } },
                         { "Mul", "y", { "s", "x" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

static void
a_gated_unit_gives_all_to_its_linear_half (void)
{
  const Node nodes[] = { { "Sigmoid", "s", { "z" } }, { "Mul", "y", { "x", "s" } } };

  ASSERT_SHARE (nodes, "x", 1);
  ASSERT_SHARE (nodes, "z", 0);
}

static void
strangers_share_equally (void)
{
  const Node nodes[] = { { "Mul", "y", { "x", "z" } } };

  ASSERT_SHARE (nodes, "x", 0.5);
  ASSERT_SHARE (nodes, "z", 0.5);
}

static void
two_gates_share_equally (void)
{
  const Node nodes[]
      = { { "Sigmoid", "s", { "x" } }, { "Tanh", "t", { "z" } }, { "Mul", "y", { "s", "t" } } };

  ASSERT_SHARE (nodes, "x", 0.5);
  ASSERT_SHARE (nodes, "z", 0.5);
}

static void
a_constant_factor_takes_nothing (void)
{
  const Node nodes[] = { { "Mul", "y", { "three", "x" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

static void
a_square_gives_all_to_its_base (void)
{
  const Node nodes[] = { { "Mul", "y", { "x", "x" } } };

  ASSERT_SHARE (nodes, "x", 1);
}

static void
a_quotient_gives_all_to_its_numerator (void)
{
  const Node nodes[] = { { "Div", "y", { "x", "z" } } };
  const Node upside_down[] = { { "Div", "y", { "one", "x" } } };

  ASSERT_SHARE (nodes, "x", 1);
  ASSERT_SHARE (nodes, "z", 0);
  ASSERT_SHARE (upside_down, "x", 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gates/swish", swish_gives_all_to_x);
  g_test_add_func ("/gates/hard-swish", hard_swish_written_out_gives_all_to_x);
  g_test_add_func ("/gates/mish", mish_written_out_gives_all_to_x);
  g_test_add_func ("/gates/gelu", gelu_written_out_gives_all_to_x);
  g_test_add_func ("/gates/squeeze-excite", squeeze_and_excite_gives_all_to_the_features);
  g_test_add_func ("/gates/gated-linear-unit", a_gated_unit_gives_all_to_its_linear_half);
  g_test_add_func ("/gates/strangers", strangers_share_equally);
  g_test_add_func ("/gates/two-gates", two_gates_share_equally);
  g_test_add_func ("/gates/constant", a_constant_factor_takes_nothing);
  g_test_add_func ("/gates/square", a_square_gives_all_to_its_base);
  g_test_add_func ("/gates/quotient", a_quotient_gives_all_to_its_numerator);
  return g_test_run ();
}
