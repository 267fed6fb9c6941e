/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "onnx-builder.h"

#include <string.h>

#include "graph/graph.h"

gpointer
onnx_builder_alloc (OnnxBuilder *builder, gsize size)
{
  gpointer memory = g_malloc0 (MAX (size, 1));

  g_ptr_array_add (builder->memory, memory);
  return memory;
}

gchar *
onnx_builder_strdup (OnnxBuilder *builder, const gchar *text)
{
  gchar *copy = onnx_builder_alloc (builder, strlen (text) + 1);

  return strcpy (copy, text);
}

/* A message with its initial values. */
#define MAKE(builder, Type, INIT) ((Type *)make (builder, &(const Type)INIT, sizeof (Type)))

static gpointer
make (OnnxBuilder *builder, gconstpointer initial, gsize size)
{
  return memcpy (onnx_builder_alloc (builder, size), initial, size);
}

/* A repeated field, longer by one item. */
static gpointer
append (OnnxBuilder *builder, gpointer items, size_t *n, gpointer item)
{
  gpointer *longer = onnx_builder_alloc (builder, (*n + 1) * sizeof (gpointer));

  if (*n)
    memcpy (longer, items, *n * sizeof (gpointer));
  longer[(*n)++] = item;
  return longer;
}

OnnxBuilder *
onnx_builder_new (gint opset)
{
  OnnxBuilder *builder = g_new0 (OnnxBuilder, 1);

  builder->memory = g_ptr_array_new_with_free_func (g_free);
  builder->model = MAKE (builder, Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
  builder->model->graph = MAKE (builder, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
  builder->model->has_ir_version = TRUE;
  builder->model->ir_version = 8;
  builder->model->producer_name = onnx_builder_strdup (builder, "test");
  onnx_builder_add_opset (builder, "", opset);
  return builder;
}

void
onnx_builder_free (OnnxBuilder *builder)
{
  g_ptr_array_unref (builder->memory);
  g_free (builder);
}

void
onnx_builder_add_opset (OnnxBuilder *builder, const gchar *domain, gint version)
{
  Onnx__ModelProto *model = builder->model;
  Onnx__OperatorSetIdProto *import
      = MAKE (builder, Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);

  import->domain = onnx_builder_strdup (builder, domain);
  import->has_version = TRUE;
  import->version = version;
  model->opset_import = append (builder, model->opset_import, &model->n_opset_import, import);
}

static Onnx__StringStringEntryProto *
make_entry (OnnxBuilder *builder, const gchar *key, const gchar *value)
{
  Onnx__StringStringEntryProto *entry
      = MAKE (builder, Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);

  entry->key = onnx_builder_strdup (builder, key);
  entry->value = onnx_builder_strdup (builder, value);
  return entry;
}

void
onnx_builder_add_metadata (OnnxBuilder *builder, const gchar *key, const gchar *value)
{
  Onnx__ModelProto *model = builder->model;

  model->metadata_props = append (builder, model->metadata_props, &model->n_metadata_props,
                                  make_entry (builder, key, value));
}

static Onnx__TensorShapeProto *
make_shape (OnnxBuilder *builder, const WhyShape *shape)
{
  Onnx__TensorShapeProto *proto
      = MAKE (builder, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);

  for (gint i = 0; i < shape->rank; i++)
    {
      Onnx__DimensionProto *dim = MAKE (builder, Onnx__DimensionProto, ONNX__DIMENSION_PROTO__INIT);
      dim->has_dim_value = shape->dims[i] >= 0;
      dim->dim_value = MAX (shape->dims[i], 0);
      if (!dim->has_dim_value)
        dim->dim_param = onnx_builder_strdup (builder, "open");
      proto->dim = append (builder, proto->dim, &proto->n_dim, dim);
    }
  return proto;
}

static Onnx__ValueInfoProto *
make_info (OnnxBuilder *builder, const gchar *name, WhyDType dtype, const WhyShape *shape)
{
  Onnx__ValueInfoProto *info = MAKE (builder, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
  Onnx__TensorTypeProto *tensor
      = MAKE (builder, Onnx__TensorTypeProto, ONNX__TENSOR_TYPE_PROTO__INIT);

  info->name = onnx_builder_strdup (builder, name);
  info->type = MAKE (builder, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
  info->type->tensor_type = tensor;
  tensor->has_elem_type = TRUE;
  tensor->elem_type = (int32_t)dtype;
  if (shape->rank >= 0)
    tensor->shape = make_shape (builder, shape);
  return info;
}

Onnx__ValueInfoProto *
onnx_builder_add_input (OnnxBuilder *builder, const gchar *name, WhyDType dtype, WhyShape shape)
{
  Onnx__GraphProto *graph = builder->model->graph;
  Onnx__ValueInfoProto *info = make_info (builder, name, dtype, &shape);

  graph->input = append (builder, graph->input, &graph->n_input, info);
  return info;
}

Onnx__ValueInfoProto *
onnx_builder_add_output (OnnxBuilder *builder, const gchar *name, WhyDType dtype, WhyShape shape)
{
  Onnx__GraphProto *graph = builder->model->graph;
  Onnx__ValueInfoProto *info = make_info (builder, name, dtype, &shape);

  graph->output = append (builder, graph->output, &graph->n_output, info);
  return info;
}

/* Writes value as one little-endian element and returns its size. Float16 and bfloat16: exact for
 * the small dyadic numbers tests use, else truncated. */
static gsize
write_element (WhyDType dtype, gdouble value, guint8 *to)
{
  union
  {
    gfloat f;
    gdouble d;
    gint64 i;
    guint32 bits;
    guint8 bytes[8];
  } u = { .i = 0 };
  gsize size = 0;

  switch (dtype)
    {
    case WHY_DTYPE_DOUBLE:
      u.d = value;
      size = 8;
      break;
    case WHY_DTYPE_FLOAT:
    case WHY_DTYPE_BFLOAT16:
    case WHY_DTYPE_FLOAT16:
      u.f = (gfloat)value;
      size = 4;
      if (dtype != WHY_DTYPE_FLOAT)
        size = 2;
      if (dtype == WHY_DTYPE_BFLOAT16)
        u.i = u.bits >> 16;
      else if (dtype == WHY_DTYPE_FLOAT16 && value == 0)
        u.i = 0;
      else if (dtype == WHY_DTYPE_FLOAT16)
        u.i = ((u.bits >> 16) & 0x8000) | (((u.bits >> 13) & 0x3ffff) - ((127 - 15) << 10));
      break;
    case WHY_DTYPE_INT64:
    case WHY_DTYPE_UINT64:
      u.i = (gint64)value;
      size = 8;
      break;
    case WHY_DTYPE_INT32:
    case WHY_DTYPE_UINT32:
      u.i = (gint64)value;
      size = 4;
      break;
    case WHY_DTYPE_INT16:
    case WHY_DTYPE_UINT16:
      u.i = (gint64)value;
      size = 2;
      break;
    default:
      u.i = (gint64)value;
      size = 1;
      break;
    }
  memcpy (to, u.bytes, size);
  return size;
}

Onnx__TensorProto *
onnx_builder_make_tensor (OnnxBuilder *builder, const gchar *name, WhyDType dtype, WhyShape shape,
                          const gdouble *values)
{
  Onnx__TensorProto *tensor = MAKE (builder, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
  gint64 numel = why_shape_numel (&shape);

  tensor->name = onnx_builder_strdup (builder, name);
  tensor->n_dims = (size_t)shape.rank;
  tensor->dims = make (builder, shape.dims, sizeof shape.dims);
  tensor->has_data_type = TRUE;
  tensor->data_type = (int32_t)dtype;
  tensor->has_raw_data = TRUE;
  tensor->raw_data.data = onnx_builder_alloc (builder, (gsize)numel * 8);
  for (gint64 i = 0; i < numel; i++)
    tensor->raw_data.len
        += write_element (dtype, values ? values[i] : (gdouble)((i * 37) % 17 - 8) / 16,
                          tensor->raw_data.data + tensor->raw_data.len);
  return tensor;
}

Onnx__TensorProto *
onnx_builder_add_initializer (OnnxBuilder *builder, const gchar *name, WhyDType dtype,
                              WhyShape shape, const gdouble *values)
{
  Onnx__GraphProto *graph = builder->model->graph;
  Onnx__TensorProto *tensor = onnx_builder_make_tensor (builder, name, dtype, shape, values);

  graph->initializer = append (builder, graph->initializer, &graph->n_initializer, tensor);
  return tensor;
}

static void
add_external (OnnxBuilder *builder, Onnx__TensorProto *tensor, const gchar *key, const gchar *value)
{
  tensor->external_data = append (builder, tensor->external_data, &tensor->n_external_data,
                                  make_entry (builder, key, value));
}

void
onnx_builder_set_external (OnnxBuilder *builder, Onnx__TensorProto *tensor, const gchar *location,
                           gint64 offset, gint64 length)
{
  g_autofree gchar *offset_text = g_strdup_printf ("%" G_GINT64_FORMAT, offset);
  g_autofree gchar *length_text = g_strdup_printf ("%" G_GINT64_FORMAT, length);

  tensor->has_raw_data = FALSE;
  tensor->has_data_location = TRUE;
  tensor->data_location = 1;
  add_external (builder, tensor, "location", location);
  if (offset >= 0)
    add_external (builder, tensor, "offset", offset_text);
  if (length >= 0)
    add_external (builder, tensor, "length", length_text);
}

static char **
split_names (OnnxBuilder *builder, const gchar *text, size_t *n)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  char **names = NULL;

  *n = 0;
  for (gchar **part = parts; *part; part++)
    if (**part)
      names = append (builder, names, n,
                      onnx_builder_strdup (builder, strcmp (*part, "-") == 0 ? "" : *part));
  return names;
}

Onnx__NodeProto *
onnx_builder_add_node (OnnxBuilder *builder, const gchar *op_type, const gchar *name,
                       const gchar *inputs, const gchar *outputs)
{
  Onnx__GraphProto *graph = builder->model->graph;
  Onnx__NodeProto *node = MAKE (builder, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);

  node->op_type = onnx_builder_strdup (builder, op_type);
  node->name = name ? onnx_builder_strdup (builder, name) : NULL;
  node->input = split_names (builder, inputs, &node->n_input);
  node->output = split_names (builder, outputs, &node->n_output);
  graph->node = append (builder, graph->node, &graph->n_node, node);
  return node;
}

Onnx__AttributeProto *
onnx_builder_add_attribute (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                            gint type)
{
  Onnx__AttributeProto *attr = MAKE (builder, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);

  attr->name = onnx_builder_strdup (builder, name);
  attr->has_type = TRUE;
  attr->type = type;
  node->attribute = append (builder, node->attribute, &node->n_attribute, attr);
  return attr;
}

void
onnx_builder_set_int (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name, gint64 value)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_INT);

  attr->has_i = TRUE;
  attr->i = value;
}

void
onnx_builder_set_float (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                        gfloat value)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_FLOAT);

  attr->has_f = TRUE;
  attr->f = value;
}

void
onnx_builder_set_string (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                         const gchar *value)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_STRING);

  attr->has_s = TRUE;
  attr->s.len = strlen (value);
  attr->s.data = (guint8 *)onnx_builder_strdup (builder, value);
}

void
onnx_builder_set_ints (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name, gsize n,
                       const gint64 *values)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_INTS);

  attr->n_ints = n;
  attr->ints = make (builder, values, n * sizeof *values);
}

void
onnx_builder_set_floats (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name, gsize n,
                         const gfloat *values)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_FLOATS);

  attr->n_floats = n;
  attr->floats = make (builder, values, n * sizeof *values);
}

void
onnx_builder_set_tensor (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                         WhyDType dtype, WhyShape shape, const gdouble *values)
{
  Onnx__AttributeProto *attr = onnx_builder_add_attribute (builder, node, name, WHY_ATTR_TENSOR);

  attr->t = onnx_builder_make_tensor (builder, "", dtype, shape, values);
}

GBytes *
onnx_builder_serialize (OnnxBuilder *builder)
{
  gsize size = onnx__model_proto__get_packed_size (builder->model);
  guint8 *data = g_malloc (MAX (size, 1));

  g_assert_cmpuint (onnx__model_proto__pack (builder->model, data), ==, size);
  return g_bytes_new_take (data, size);
}

OnnxBuilder *
onnx_builder_new_classifier (gint channels, gint height, gint width, gint classes)
{
  OnnxBuilder *builder = onnx_builder_new (17);
  Onnx__NodeProto *node;

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT,
                          WHY_SHAPE (-1, channels, height, width));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, classes));
  onnx_builder_add_initializer (builder, "conv.weight", WHY_DTYPE_FLOAT,
                                WHY_SHAPE (4, channels, 3, 3), NULL);
  onnx_builder_add_initializer (builder, "head.weight", WHY_DTYPE_FLOAT, WHY_SHAPE (classes, 4),
                                NULL);
  onnx_builder_add_initializer (builder, "head.bias", WHY_DTYPE_FLOAT, WHY_SHAPE (classes), NULL);
  node = onnx_builder_add_node (builder, "Conv", "conv", "input conv.weight", "conv");
  onnx_builder_set_ints (builder, node, "pads", ONNX_INTS (1, 1, 1, 1));
  onnx_builder_add_node (builder, "Relu", "relu", "conv", "relu");
  onnx_builder_add_node (builder, "GlobalAveragePool", "pool", "relu", "pool");
  onnx_builder_add_node (builder, "Flatten", "features", "pool", "features");
  node = onnx_builder_add_node (builder, "Gemm", "logits", "features head.weight head.bias",
                                "logits");
  onnx_builder_set_int (builder, node, "transB", 1);
  return builder;
}
