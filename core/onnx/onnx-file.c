/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bytes to a parsed file whose names can be shown and whose opsets are known. */
#include "onnx/onnx-private.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "limits.h"
#include "ops/op.h"

#define DEFAULT_DOMAIN "ai.onnx"

static void *
budget_alloc (void *data, size_t size)
{
  WhyOnnxFile *file = data;

  if (size > file->budget)
    {
      file->over = TRUE;
      return NULL;
    }
  file->budget -= size;
  return malloc (MAX (size, 1));
}

static void
budget_free (void *data, void *pointer)
{
  free (pointer);
}

static gboolean
check_name (const gchar *name, GError **error)
{
  gsize length = name ? strlen (name) : 0;

  if (length == 0)
    return TRUE;
  if (length > WHY_MAX_NAME_BYTES)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                   _ ("a name in it is %zu bytes long; at most %d are allowed"), length,
                   WHY_MAX_NAME_BYTES);
      return FALSE;
    }
  if (!g_utf8_validate (name, (gssize)length, NULL))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                           _ ("a name in it is not UTF-8 text"));
      return FALSE;
    }
  for (const gchar *c = name; *c; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      {
        g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                             _ ("a name in it has a control character"));
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_names (char **names, gsize n, GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (!check_name (names[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
check_node_names (const Onnx__NodeProto *node, GError **error)
{
  if (!check_name (node->name, error) || !check_name (node->op_type, error)
      || !check_name (node->domain, error) || !check_names (node->input, node->n_input, error)
      || !check_names (node->output, node->n_output, error))
    return FALSE;
  for (gsize i = 0; i < node->n_attribute; i++)
    if (!check_name (node->attribute[i]->name, error)
        || (node->attribute[i]->t && !check_name (node->attribute[i]->t->name, error)))
      return FALSE;
  return TRUE;
}

static gboolean
check_graph_names (const Onnx__GraphProto *graph, GError **error)
{
  for (gsize i = 0; i < graph->n_node; i++)
    if (!check_node_names (graph->node[i], error))
      return FALSE;
  for (gsize i = 0; i < graph->n_initializer; i++)
    if (!check_name (graph->initializer[i]->name, error))
      return FALSE;
  for (gsize i = 0; i < graph->n_input; i++)
    if (!check_name (graph->input[i]->name, error))
      return FALSE;
  for (gsize i = 0; i < graph->n_output; i++)
    if (!check_name (graph->output[i]->name, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_count (gsize n, gsize limit, const gchar *what, GError **error)
{
  if (n <= limit)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
               _ ("it has %zu %s; at most %zu can be read"), n, what, limit);
  return FALSE;
}

static gboolean
check_counts (const Onnx__GraphProto *graph, GError **error)
{
  gsize values = graph->n_initializer + graph->n_input;

  for (gsize i = 0; i < graph->n_node; i++)
    {
      const Onnx__NodeProto *node = graph->node[i];
      if (!check_count (node->n_input, WHY_MAX_NODE_INPUTS, _ ("inputs to one node"), error)
          || !check_count (node->n_output, WHY_MAX_NODE_INPUTS, _ ("outputs of one node"), error)
          || !check_count (node->n_attribute, WHY_MAX_NODE_ATTRIBUTES, _ ("attributes of one node"),
                           error))
        return FALSE;
      values += node->n_input + node->n_output;
    }
  return check_count (graph->n_node, WHY_MAX_NODES, _ ("nodes"), error)
         && check_count (values, WHY_MAX_VALUES, _ ("values"), error);
}

static const gchar *
canonical_domain (const gchar *domain)
{
  return !domain || strcmp (domain, DEFAULT_DOMAIN) == 0 ? "" : domain;
}

static gboolean
read_opsets (WhyOnnxFile *file, GError **error)
{
  const Onnx__ModelProto *model = file->model;
  gint opset;

  for (gsize i = 0; i < model->n_opset_import; i++)
    {
      const Onnx__OperatorSetIdProto *import = model->opset_import[i];
      gint64 version = import->version;
      if (!check_name (import->domain, error))
        return FALSE;
      g_hash_table_replace (file->opsets, g_strdup (canonical_domain (import->domain)),
                            g_memdup2 (&version, sizeof version));
    }
  if (!g_hash_table_contains (file->opsets, ""))
    return TRUE; /* node by node: a file may use other domains only */
  opset = why_onnx_file_get_opset (file);
  if (opset < WHY_MIN_OPSET || opset > WHY_MAX_OPSET)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("it is written for ONNX opset %d; opsets %d to %d can be read: export it "
                      "again with one of them"),
                   opset, WHY_MIN_OPSET, WHY_MAX_OPSET);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse (WhyOnnxFile *file, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  file->budget = WHY_PARSE_BYTES (size);
  file->model = onnx__model_proto__unpack (&file->allocator, size, data);
  if (!file->model && file->over)
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MEMORY,
                         _ ("reading it would need far more memory than its size explains"));
  else if (!file->model || !file->model->graph)
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                         _ ("it is not an ONNX model, or it is cut short"));
  return file->model && file->model->graph;
}

WhyOnnxFile *
why_onnx_file_new (GBytes *bytes, GError **error)
{
  g_autoptr (WhyOnnxFile) file = NULL;

  if (g_bytes_get_size (bytes) > WHY_MAX_MODEL_BYTES)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MEMORY,
                           _ ("it is larger than 2 GiB; save its weights as external data"));
      return NULL;
    }
  file = g_new0 (WhyOnnxFile, 1);
  file->allocator = (ProtobufCAllocator){ budget_alloc, budget_free, file };
  file->opsets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse (file, bytes, error) || !check_counts (file->model->graph, error)
      || !check_name (file->model->producer_name, error)
      || !check_graph_names (file->model->graph, error) || !read_opsets (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

void
why_onnx_file_free (WhyOnnxFile *file)
{
  if (!file)
    return;
  onnx__model_proto__free_unpacked (file->model, &file->allocator);
  g_hash_table_unref (file->opsets);
  g_free (file);
}

void
why_onnx_file_drop_data (WhyOnnxFile *file, Onnx__TensorProto *tensor)
{
  budget_free (file, tensor->raw_data.data);
  tensor->raw_data = (ProtobufCBinaryData){ 0, NULL };
}

static gint
opset_of (const WhyOnnxFile *file, const gchar *domain)
{
  const gint64 *version = g_hash_table_lookup (file->opsets, domain);

  return version ? (gint)CLAMP (*version, 0, G_MAXINT) : 0;
}

gint
why_onnx_file_get_opset (const WhyOnnxFile *file)
{
  return opset_of (file, "");
}

const gchar *
why_onnx_node_domain (const Onnx__NodeProto *node)
{
  return canonical_domain (node->domain);
}

gboolean
why_onnx_node_is_constant (const Onnx__NodeProto *node)
{
  return *why_onnx_node_domain (node) == '\0' && g_strcmp0 (node->op_type, "Constant") == 0;
}

const WhyOp *
why_onnx_file_lookup (const WhyOnnxFile *file, const Onnx__NodeProto *node)
{
  const gchar *domain = why_onnx_node_domain (node);
  g_autofree gchar *qualified = NULL;

  if (!node->op_type)
    return NULL;
  if (*domain == '\0')
    return why_op_lookup (node->op_type, opset_of (file, domain));
  qualified = g_strdup_printf ("%s.%s", domain, node->op_type);
  return why_op_lookup (qualified, opset_of (file, domain));
}

/* What a node is called when nothing else is: the operator's name, "node" without one. */
static const gchar *
base_name (const Onnx__NodeProto *node)
{
  if (node->name && *node->name)
    return node->name;
  return node->op_type && *node->op_type ? node->op_type : "node";
}

gchar **
why_onnx_file_name_nodes (const WhyOnnxFile *file)
{
  const Onnx__GraphProto *graph = file->model->graph;
  /* name → number + 1 of the first node that bears it in the file */
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  gchar **names = g_new0 (gchar *, graph->n_node + 1);

  for (gsize i = 0; i < graph->n_node; i++)
    {
      gchar *name = graph->node[i]->name;
      if (name && *name && !g_hash_table_contains (taken, name))
        g_hash_table_insert (taken, name, GSIZE_TO_POINTER (i + 1));
    }
  for (gsize i = 0; i < graph->n_node; i++)
    {
      const gchar *base = base_name (graph->node[i]);
      if (g_hash_table_lookup (taken, base) == GSIZE_TO_POINTER (i + 1))
        {
          names[i] = g_strdup (base);
          continue;
        }
      names[i] = g_strdup_printf ("%s_%zu", base, i);
      while (g_hash_table_contains (taken, names[i]))
        {
          gchar *longer = g_strconcat (names[i], "_", NULL);
          g_free (names[i]);
          names[i] = longer;
        }
      g_hash_table_insert (taken, names[i], GSIZE_TO_POINTER (i + 1));
    }
  return names;
}

gboolean
why_onnx_value_type (const Onnx__ValueInfoProto *info, WhyDType *dtype, WhyShape *shape,
                     GError **error)
{
  const Onnx__TensorTypeProto *type = info->type ? info->type->tensor_type : NULL;

  *dtype = WHY_DTYPE_NONE;
  shape->rank = -1;
  if (!type || !why_onnx_is_readable (type->elem_type))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("its value '%s' is not a tensor of numbers"), info->name ? info->name : "");
      return FALSE;
    }
  *dtype = (WhyDType)type->elem_type;
  if (!type->shape)
    return TRUE;
  if (type->shape->n_dim > WHY_MAX_RANK)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("its value '%s' has %zu dimensions; at most %d can be read"),
                   info->name ? info->name : "", type->shape->n_dim, WHY_MAX_RANK);
      return FALSE;
    }
  shape->rank = (gint)type->shape->n_dim;
  for (gint i = 0; i < shape->rank; i++)
    {
      const Onnx__DimensionProto *dim = type->shape->dim[i];
      /* Some writers spell an open dimension as 0 or -1. */
      shape->dims[i] = dim->has_dim_value && dim->dim_value > 0 ? dim->dim_value : -1;
    }
  return TRUE;
}
