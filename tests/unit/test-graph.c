/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/graph.h"

/* a → n0 → b → n1 → c, written in the wrong order when swapped. */
static WhyGraph *
make_chain (gboolean swapped, gboolean cycle)
{
  WhyGraph *graph = why_graph_new ();
  WhyValueId a = why_graph_add_value (graph, "a");
  WhyValueId b = why_graph_add_value (graph, "b");
  WhyValueId c = why_graph_add_value (graph, "c");

  for (gint i = 0; i < 2; i++)
    {
      gboolean first = (i == 0) != swapped;
      WhyNode *node = why_graph_add_node (graph, NULL, first ? "n0" : "n1", 1, 1, 0);
      node->inputs[0] = first ? (cycle ? c : a) : b;
      node->outputs[0] = first ? b : c;
    }
  g_array_append_val (graph->inputs, a);
  g_array_append_val (graph->outputs, c);
  return graph;
}

static void
test_sort_orders_nodes (void)
{
  g_autoptr (WhyGraph) graph = make_chain (TRUE, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_true (why_graph_sort (graph, &error));
  g_assert_cmpstr (why_graph_node (graph, 0)->name, ==, "n0");
  g_assert_cmpint (why_graph_value (graph, 2)->producer, ==, 1);
}

static void
test_cycles_are_refused (void)
{
  g_autoptr (WhyGraph) graph = make_chain (FALSE, TRUE);
  g_autoptr (GError) error = NULL;

  g_assert_false (why_graph_sort (graph, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID);
}

static void
test_prune_drops_what_nothing_needs (void)
{
  g_autoptr (WhyGraph) graph = make_chain (FALSE, FALSE);
  g_autoptr (WhyGraph) copy = NULL;
  WhyNode *extra = why_graph_add_node (graph, NULL, "extra", 1, 1, 0);

  extra->inputs[0] = 1;
  extra->outputs[0] = why_graph_add_value (graph, "unused");
  g_assert_true (why_graph_sort (graph, NULL));
  copy = why_graph_copy (graph);
  why_graph_prune (copy);
  g_assert_cmpuint (graph->nodes->len, ==, 3);
  g_assert_cmpuint (copy->nodes->len, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/sort-orders-nodes", test_sort_orders_nodes);
  g_test_add_func ("/graph/cycles-are-refused", test_cycles_are_refused);
  g_test_add_func ("/graph/prune-drops-what-nothing-needs", test_prune_drops_what_nothing_needs);
  return g_test_run ();
}
