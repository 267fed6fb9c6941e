/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ONNX file says about itself, for `whylayer inspect`. */
#include "graph/model-private.h"

#include <string.h>

#include "limits.h"
#include "onnx/onnx-private.h"

static void
port_free (gpointer data)
{
  WhyModelPort *port = data;

  g_free (port->name);
  g_free (port);
}

static void
use_free (gpointer data)
{
  WhyModelOperator *use = data;

  g_free (use->name);
  g_free (use->domain);
  g_ptr_array_unref (use->nodes);
  g_free (use);
}

static gint
use_compare (gconstpointer a, gconstpointer b)
{
  const WhyModelOperator *left = *(const WhyModelOperator *const *)a;
  const WhyModelOperator *right = *(const WhyModelOperator *const *)b;
  gint order = strcmp (left->name, right->name);

  return order ? order : strcmp (left->domain, right->domain);
}

static WhyModelOperator *
use_new (const WhyOnnxFile *file, const Onnx__NodeProto *node)
{
  WhyModelOperator *use = g_new0 (WhyModelOperator, 1);

  use->name = g_strdup (node->op_type ? node->op_type : "");
  use->domain = g_strdup (why_onnx_node_domain (node));
  use->supported = why_onnx_node_is_constant (node) || why_onnx_file_lookup (file, node) != NULL;
  use->nodes = g_ptr_array_new_with_free_func (g_free);
  return use;
}

static void
survey_operators (WhyModelSurvey *survey, const WhyOnnxFile *file)
{
  const Onnx__GraphProto *graph = file->model->graph;
  g_auto (GStrv) names = why_onnx_file_name_nodes (file);
  /* "domain.operator" → WhyModelOperator */
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < graph->n_node; i++)
    {
      const Onnx__NodeProto *node = graph->node[i];
      gchar *key = g_strconcat (why_onnx_node_domain (node), ".", node->op_type, NULL);
      WhyModelOperator *use = g_hash_table_lookup (found, key);

      if (!use)
        {
          use = use_new (file, node);
          g_ptr_array_add (survey->operators, use);
          g_hash_table_insert (found, g_strdup (key), use);
        }
      g_free (key);
      use->count++;
      g_ptr_array_add (use->nodes, g_strdup (names[i]));
    }
  g_ptr_array_sort (survey->operators, use_compare);
}

static void
survey_ports (GPtrArray *ports, Onnx__ValueInfoProto **infos, gsize n, GHashTable *left_out)
{
  for (gsize i = 0; i < n; i++)
    {
      const gchar *name = infos[i]->name ? infos[i]->name : "";
      WhyModelPort *port;

      if (g_hash_table_contains (left_out, name))
        continue;
      port = g_new0 (WhyModelPort, 1);
      port->name = g_strdup (name);
      why_onnx_value_type (infos[i], &port->dtype, &port->shape, NULL);
      g_ptr_array_add (ports, port);
    }
}

static WhyModelSurvey *
survey_new (const WhyOnnxFile *file)
{
  const Onnx__ModelProto *model = file->model;
  const Onnx__GraphProto *graph = model->graph;
  g_autoptr (GHashTable) initializers = g_hash_table_new (g_str_hash, g_str_equal);
  WhyModelSurvey *survey = g_new0 (WhyModelSurvey, 1);

  survey->opset = why_onnx_file_get_opset (file);
  survey->ir_version = (gint)CLAMP (model->ir_version, 0, G_MAXINT);
  survey->producer = g_strdup (model->producer_name ? model->producer_name : "");
  survey->inputs = g_ptr_array_new_with_free_func (port_free);
  survey->outputs = g_ptr_array_new_with_free_func (port_free);
  survey->operators = g_ptr_array_new_with_free_func (use_free);
  for (gsize i = 0; i < graph->n_initializer; i++)
    if (graph->initializer[i]->name)
      g_hash_table_add (initializers, graph->initializer[i]->name);
  survey_ports (survey->inputs, graph->input, graph->n_input, initializers);
  survey_ports (survey->outputs, graph->output, graph->n_output, initializers);
  survey_operators (survey, file);
  return survey;
}

WhyModelSurvey *
why_model_survey (const gchar *path, GError **error)
{
  g_autoptr (GBytes) bytes = why_model_read_file (path, WHY_MAX_MODEL_BYTES, error);
  g_autoptr (WhyOnnxFile) file = NULL;
  g_autofree gchar *base = g_filename_display_basename (path);

  if (!bytes)
    return NULL;
  file = why_onnx_file_new (bytes, error);
  if (!file)
    g_prefix_error (error, "%s: ", base);
  return file ? survey_new (file) : NULL;
}

void
why_model_survey_free (WhyModelSurvey *survey)
{
  if (!survey)
    return;
  g_free (survey->producer);
  g_ptr_array_unref (survey->inputs);
  g_ptr_array_unref (survey->outputs);
  g_ptr_array_unref (survey->operators);
  g_free (survey);
}
