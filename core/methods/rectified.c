/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/rectified.h"

#include <glib/gi18n-lib.h>

#include "graph/net-private.h"

static const gchar *const smooth[]
    = { "Celu",  "Elu",  "Erf",     "Gelu",     "HardSigmoid", "HardSwish", "LeakyRelu", "Mish",
        "PRelu", "Selu", "Sigmoid", "Softplus", "Softsign",    "Swish",     "Tanh",      NULL };

/* Names of the network's activations that are no rectifiers, each once: "Sigmoid, Tanh"; NULL when
 * there are none. (transfer full) */
static gchar *
list_smooth (const WhyGraph *graph)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const gchar *name = why_graph_node (graph, (gint)n)->op->name;
      if (g_strv_contains (smooth, name)
          && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, (gpointer)name);
    }
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (gchar **)names->pdata);
}

gboolean
why_rectified_gradient (WhyTask *task, WhyBackwardRule rule, WhyReal *map, GError **error)
{
  WhyNet *net = why_explainer_get_net (task->explainer, 1, error);
  g_autofree gchar *names = net ? list_smooth (net->graph) : NULL;

  if (!net || !why_task_gradient (task, task->x, rule, NULL, map, error))
    return FALSE;
  if (names)
    {
      g_autofree gchar *note = g_strdup_printf (
          _ ("The network has activations that are no rectifiers (%s): they pass the plain "
             "gradient."),
          names);
      why_explanation_add_note (task->out, note);
    }
  return TRUE;
}
