/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "attributes.h"

#include "graph/graph.h"
#include "onnx/onnx.pb-c.h"

static const gint types[] = { WHY_ATTR_FLOAT,  WHY_ATTR_INT,  WHY_ATTR_STRING, WHY_ATTR_TENSOR,
                              WHY_ATTR_FLOATS, WHY_ATTR_INTS, WHY_ATTR_STRINGS };

/* A value of every type at once: a file may have that too. */
static void
fill (Onnx__AttributeProto *attribute)
{
  static int64_t integers[] = { -1, 100000, 2, G_MININT64, 5, 6, 7, 8, 9, 10 };
  static float fractions[] = { 0.5f, -2.0f };
  static uint8_t text[] = "zz";
  static ProtobufCBinaryData strings[] = { { 2, text } };

  attribute->has_i = attribute->has_f = attribute->has_s = TRUE;
  attribute->i = G_GINT64_CONSTANT (1) << 40;
  attribute->f = -1e30f;
  attribute->s = strings[0];
  attribute->n_ints = G_N_ELEMENTS (integers);
  attribute->ints = integers;
  attribute->n_floats = G_N_ELEMENTS (fractions);
  attribute->floats = fractions;
  attribute->n_strings = G_N_ELEMENTS (strings);
  attribute->strings = strings;
}

static void
hand_over (const Onnx__ModelProto *model, AttributesTry try_one, gpointer user_data)
{
  gsize size = onnx__model_proto__get_packed_size (model);
  guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, size);

  onnx__model_proto__pack (model, data);
  try_one (bytes, user_data);
}

static gint
mutate_node (const Onnx__ModelProto *model, const Onnx__NodeProto *node, AttributesTry try_one,
             gpointer user_data)
{
  gint n = 0;

  for (gsize a = 0; a < node->n_attribute; a++)
    {
      Onnx__AttributeProto *attribute = node->attribute[a], saved = *attribute;

      for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
        for (gint filled = 0; filled < 2; filled++, n++)
          {
            if (filled)
              fill (attribute);
            attribute->has_type = TRUE;
            attribute->type = types[t];
            hand_over (model, try_one, user_data);
            *attribute = saved;
          }
    }
  return n;
}

gint
attributes_mutate (GBytes *bytes, AttributesTry try_one, gpointer user_data)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  Onnx__ModelProto *model = onnx__model_proto__unpack (NULL, size, data);
  gint n = 0;

  for (gsize i = 0; model && model->graph && i < model->graph->n_node; i++)
    n += mutate_node (model, model->graph->node[i], try_one, user_data);
  if (model)
    onnx__model_proto__free_unpacked (model, NULL);
  return n;
}
