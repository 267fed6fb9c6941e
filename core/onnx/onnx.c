/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a parsed ONNX file to a checked WhyGraph. */
#include "graph/model-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "limits.h"
#include "onnx/onnx-private.h"
#include "ops/op.h"

typedef struct
{
  WhyOnnxFile *file;
  const gchar *folder;
  guint64 budget; /* bytes of weights that may still be read */
  WhyGraph *graph;
  GHashTable *ids;     /* value name (the value's own string) → WhyValueId + 1 */
  GHashTable *defined; /* the names that an input, an initializer or a node has defined */
} Reader;

static WhyValueId
value_named (Reader *reader, const gchar *name)
{
  gpointer found = g_hash_table_lookup (reader->ids, name);
  WhyValueId id;

  if (found)
    return GPOINTER_TO_INT (found) - 1;
  id = why_graph_add_value (reader->graph, name);
  g_hash_table_insert (reader->ids, why_graph_value (reader->graph, id)->name,
                       GINT_TO_POINTER (id + 1));
  return id;
}

/* The value that gets its meaning here; a name has only one. */
static WhyValueId
define (Reader *reader, const gchar *name, GError **error)
{
  WhyValueId id;

  if (!name || !*name)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                           _ ("one of its inputs or weights has no name"));
      return WHY_VALUE_NONE;
    }
  id = value_named (reader, name);
  if (!g_hash_table_add (reader->defined, why_graph_value (reader->graph, id)->name))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID, _ ("it defines the value '%s' twice"),
                   name);
      return WHY_VALUE_NONE;
    }
  return id;
}

static gboolean
define_constant (Reader *reader, const gchar *name, WhyTensor *tensor, GError **error)
{
  WhyValueId id = define (reader, name, error);
  WhyValue *value;

  if (id == WHY_VALUE_NONE)
    {
      why_tensor_unref (tensor);
      return FALSE;
    }
  value = why_graph_value (reader->graph, id);
  value->constant = tensor;
  value->dtype = tensor->dtype;
  value->shape = tensor->shape;
  return TRUE;
}

static gboolean
read_initializers (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->file->model->graph;

  if (graph->n_sparse_initializer > 0)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                           _ ("it has sparse weights, which cannot be read; save dense ones"));
      return FALSE;
    }
  for (gsize i = 0; i < graph->n_initializer; i++)
    {
      WhyTensor *tensor
          = why_onnx_tensor_new (graph->initializer[i], reader->folder, &reader->budget, error);
      why_onnx_file_drop_data (reader->file, graph->initializer[i]);
      if (!tensor || !define_constant (reader, graph->initializer[i]->name, tensor, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_initializer (Reader *reader, const gchar *name)
{
  gpointer found = name ? g_hash_table_lookup (reader->ids, name) : NULL;

  return found && why_graph_value (reader->graph, GPOINTER_TO_INT (found) - 1)->constant;
}

/* Up to IR version 3 every initializer is also listed as an input; those are no inputs for us. */
static gboolean
read_inputs (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->file->model->graph;

  for (gsize i = 0; i < graph->n_input; i++)
    {
      WhyValue *value;
      WhyValueId id;
      if (is_initializer (reader, graph->input[i]->name))
        continue;
      id = define (reader, graph->input[i]->name, error);
      if (id == WHY_VALUE_NONE)
        return FALSE;
      value = why_graph_value (reader->graph, id);
      if (!why_onnx_value_type (graph->input[i], &value->dtype, &value->shape, error))
        return FALSE;
      g_array_append_val (reader->graph->inputs, id);
    }
  return TRUE;
}

static gchar *
text_from_bytes (const ProtobufCBinaryData *bytes)
{
  const gchar *data = bytes->len ? (const gchar *)bytes->data : "";

  return g_utf8_validate_len (data, bytes->len, NULL) ? g_strndup (data, bytes->len) : NULL;
}

static gboolean
read_strings (WhyAttr *attr, const Onnx__AttributeProto *proto)
{
  attr->n = (gint)proto->n_strings;
  attr->strings = g_new0 (gchar *, proto->n_strings + 1);
  for (gsize i = 0; i < proto->n_strings; i++)
    if (!(attr->strings[i] = text_from_bytes (&proto->strings[i])))
      return FALSE;
  return TRUE;
}

static gboolean
read_floats (WhyAttr *attr, const Onnx__AttributeProto *proto)
{
  attr->n = (gint)proto->n_floats;
  attr->floats = g_new (gdouble, proto->n_floats);
  for (gsize i = 0; i < proto->n_floats; i++)
    attr->floats[i] = (gdouble)proto->floats[i];
  return TRUE;
}

static gboolean
read_ints (WhyAttr *attr, const Onnx__AttributeProto *proto)
{
  attr->n = (gint)proto->n_ints;
  attr->ints = g_memdup2 (proto->ints, proto->n_ints * sizeof (gint64));
  return TRUE;
}

/* FALSE: not text, or a kind of attribute that we do not read, or (with error) a bad tensor. */
static gboolean
read_attr_value (Reader *reader, WhyAttr *attr, const Onnx__AttributeProto *proto, GError **error)
{
  switch ((WhyAttrType)proto->type)
    {
    case WHY_ATTR_FLOAT:
      attr->f = (gdouble)proto->f;
      return TRUE;
    case WHY_ATTR_INT:
      attr->i = proto->i;
      return TRUE;
    case WHY_ATTR_STRING:
      attr->s = text_from_bytes (&proto->s);
      return attr->s != NULL;
    case WHY_ATTR_TENSOR:
      attr->t = proto->t ? why_onnx_tensor_new (proto->t, reader->folder, &reader->budget, error)
                         : NULL;
      return attr->t != NULL;
    case WHY_ATTR_FLOATS:
      return read_floats (attr, proto);
    case WHY_ATTR_INTS:
      return read_ints (attr, proto);
    case WHY_ATTR_STRINGS:
      return read_strings (attr, proto);
    default:
      return FALSE;
    }
}

/* ONNX wants identifiers. Names that are none are our own: layouts and fusions tell operators with
 * them what no file may. */
static gboolean
is_identifier (const gchar *name)
{
  return !g_ascii_isdigit (*name)
         && strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == strlen (name);
}

static gboolean
read_attrs (Reader *reader, WhyNode *node, const Onnx__NodeProto *proto, GError **error)
{
  node->n_attrs = 0; /* counts those read so far */
  for (gsize i = 0; i < proto->n_attribute; i++)
    {
      const Onnx__AttributeProto *from = proto->attribute[i];
      WhyAttr *attr = &node->attrs[i];
      GError *cause = NULL;

      if (!from->name || !*from->name)
        return why_node_error (node, error, _ ("an attribute has no name"));
      if (!is_identifier (from->name))
        return why_node_unsupported (node, error, _ ("the attribute '%s' cannot be read"),
                                     from->name);
      if (why_node_attr (node, from->name))
        return why_node_error (node, error, _ ("the attribute '%s' stands twice"), from->name);
      attr->name = g_strdup (from->name);
      attr->type = (WhyAttrType)from->type;
      node->n_attrs++;
      if (read_attr_value (reader, attr, from, &cause))
        continue;
      if (!cause)
        return why_node_unsupported (node, error, _ ("the attribute '%s' cannot be read"),
                                     from->name);
      g_propagate_error (error, cause);
      return FALSE;
    }
  return TRUE;
}

/* An empty name is an optional input that is absent. */
static void
read_node_inputs (Reader *reader, WhyNode *node, const Onnx__NodeProto *proto)
{
  for (gint i = 0; i < node->n_inputs; i++)
    if (*proto->input[i])
      node->inputs[i] = value_named (reader, proto->input[i]);
}

static gboolean
read_node_outputs (Reader *reader, WhyNode *node, const Onnx__NodeProto *proto, GError **error)
{
  for (gint i = 0; i < node->n_outputs; i++)
    if (*proto->output[i]
        && (node->outputs[i] = define (reader, proto->output[i], error)) == WHY_VALUE_NONE)
      return FALSE;
  return TRUE;
}

/* Trailing empty names mean nothing. */
static gint
count_names (char **names, gsize n)
{
  while (n > 0 && !*names[n - 1])
    n--;
  return (gint)n;
}

static gboolean
read_node (Reader *reader, const Onnx__NodeProto *proto, const gchar *name, GError **error)
{
  const WhyOp *op = why_onnx_file_lookup (reader->file, proto);
  gint n_inputs = count_names (proto->input, proto->n_input);
  gint n_outputs = count_names (proto->output, proto->n_output);
  WhyNode *node
      = why_graph_add_node (reader->graph, op, name, n_inputs, n_outputs, (gint)proto->n_attribute);

  if (!read_attrs (reader, node, proto, error))
    return FALSE;
  if (n_outputs == 0)
    return why_node_error (node, error, _ ("it has no output"));
  read_node_inputs (reader, node, proto);
  return read_node_outputs (reader, node, proto, error);
}

static WhyTensor *
constant_floats (const gfloat *values, gsize n, gint rank)
{
  WhyShape shape = { rank, { (gint64)n } };
  WhyTensor *tensor = why_tensor_new (WHY_DTYPE_FLOAT, &shape);

  for (gsize i = 0; i < n; i++)
    tensor->real[i] = (WhyReal)values[i];
  return tensor;
}

static WhyTensor *
constant_ints (const gint64 *values, gsize n, gint rank)
{
  WhyShape shape = { rank, { (gint64)n } };
  WhyTensor *tensor = why_tensor_new (WHY_DTYPE_INT64, &shape);

  for (gsize i = 0; i < n; i++)
    tensor->i64[i] = values[i];
  return tensor;
}

/* NULL without an error: a kind of constant that we do not read. */
static WhyTensor *
constant_value (Reader *reader, const Onnx__AttributeProto *attr, GError **error)
{
  switch ((WhyAttrType)attr->type)
    {
    case WHY_ATTR_TENSOR:
      return attr->t ? why_onnx_tensor_new (attr->t, reader->folder, &reader->budget, error) : NULL;
    case WHY_ATTR_FLOAT:
      return constant_floats (&attr->f, 1, 0);
    case WHY_ATTR_FLOATS:
      return constant_floats (attr->floats, attr->n_floats, 1);
    case WHY_ATTR_INT:
      return constant_ints (&attr->i, 1, 0);
    case WHY_ATTR_INTS:
      return constant_ints (attr->ints, attr->n_ints, 1);
    default:
      return NULL;
    }
}

/* Constant nodes become constants right here. */
static gboolean
read_constant (Reader *reader, const Onnx__NodeProto *proto, const gchar *name, GError **error)
{
  GError *cause = NULL;
  WhyTensor *tensor;

  if (proto->n_attribute != 1 || proto->n_output != 1)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                   _ ("Constant node '%s' must have one value and one output"), name);
      return FALSE;
    }
  tensor = constant_value (reader, proto->attribute[0], &cause);
  if (tensor)
    return define_constant (reader, proto->output[0], tensor, error);
  if (cause)
    g_propagate_error (error, cause);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                 _ ("Constant node '%s' has no numbers for a value"), name);
  return FALSE;
}

static gboolean
check_operators (Reader *reader, gchar **names, GError **error)
{
  const Onnx__GraphProto *graph = reader->file->model->graph;
  gint opset = why_onnx_file_get_opset (reader->file);

  for (gsize i = 0; i < graph->n_node; i++)
    {
      const Onnx__NodeProto *node = graph->node[i];
      const gchar *domain = why_onnx_node_domain (node);

      if (*domain == '\0' && opset == 0)
        {
          g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                               _ ("it does not say which ONNX opset it is written for"));
          return FALSE;
        }
      if (why_onnx_node_is_constant (node) || why_onnx_file_lookup (reader->file, node))
        continue;
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("operator '%s' of domain '%s' (node '%s', opset %d) is not supported; "
                      "'whylayer inspect' lists every such node"),
                   node->op_type ? node->op_type : "", *domain ? domain : "ai.onnx", names[i],
                   opset);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_nodes (Reader *reader, gchar **names, GError **error)
{
  const Onnx__GraphProto *graph = reader->file->model->graph;

  for (gsize i = 0; i < graph->n_node; i++)
    if (why_onnx_node_is_constant (graph->node[i])
            ? !read_constant (reader, graph->node[i], names[i], error)
            : !read_node (reader, graph->node[i], names[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
read_outputs (Reader *reader, GError **error)
{
  const Onnx__GraphProto *graph = reader->file->model->graph;

  for (gsize i = 0; i < graph->n_output; i++)
    {
      const gchar *name = graph->output[i]->name ? graph->output[i]->name : "";
      WhyValueId id;
      WhyValue *value;

      if (!g_hash_table_contains (reader->defined, name))
        {
          g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                       _ ("its output '%s' is made by no node"), name);
          return FALSE;
        }
      id = value_named (reader, name);
      value = why_graph_value (reader->graph, id);
      if (value->dtype == WHY_DTYPE_NONE && graph->output[i]->type
          && !why_onnx_value_type (graph->output[i], &value->dtype, &value->shape, error))
        return FALSE;
      g_array_append_val (reader->graph->outputs, id);
    }
  return TRUE;
}

static gboolean
read_graph (Reader *reader, GError **error)
{
  g_auto (GStrv) names = why_onnx_file_name_nodes (reader->file);

  reader->graph->opset = why_onnx_file_get_opset (reader->file);
  return check_operators (reader, names, error) && read_initializers (reader, error)
         && read_inputs (reader, error) && read_nodes (reader, names, error)
         && read_outputs (reader, error) && why_graph_sort (reader->graph, error);
}

static GHashTable *
read_metadata (const Onnx__ModelProto *model)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; i < model->n_metadata_props; i++)
    {
      const gchar *key = model->metadata_props[i]->key;
      const gchar *value = model->metadata_props[i]->value;
      if (key && value && g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL))
        g_hash_table_replace (metadata, g_strdup (key), g_strdup (value));
      else
        g_debug ("a metadata entry that is no text is ignored");
    }
  return metadata;
}

WhyOnnx *
why_onnx_read (GBytes *bytes, const gchar *folder, GError **error)
{
  g_autoptr (WhyOnnxFile) file = why_onnx_file_new (bytes, error);
  g_autoptr (WhyGraph) graph = NULL;
  Reader reader = { .file = file, .folder = folder, .budget = WHY_MAX_WEIGHT_BYTES };
  WhyOnnx *onnx;
  gboolean ok;

  if (!file)
    return NULL;
  reader.graph = graph = why_graph_new ();
  reader.ids = g_hash_table_new (g_str_hash, g_str_equal);
  reader.defined = g_hash_table_new (g_str_hash, g_str_equal);
  ok = read_graph (&reader, error);
  g_hash_table_unref (reader.ids);
  g_hash_table_unref (reader.defined);
  if (!ok)
    return NULL;
  onnx = g_new0 (WhyOnnx, 1);
  onnx->graph = g_steal_pointer (&graph);
  onnx->metadata = read_metadata (file->model);
  onnx->producer = g_strdup (file->model->producer_name ? file->model->producer_name : "");
  onnx->ir_version = (gint)CLAMP (file->model->ir_version, 0, G_MAXINT);
  return onnx;
}

void
why_onnx_free (WhyOnnx *onnx)
{
  if (!onnx)
    return;
  why_graph_free (onnx->graph);
  g_hash_table_unref (onnx->metadata);
  g_free (onnx->producer);
  g_free (onnx);
}
