/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds small ONNX files for tests, valid and broken ones, with the reader's own schema. */
#pragma once

#include "onnx/onnx.pb-c.h"
#include "whylayer/tensor.h"

/**
 * OnnxBuilder: owns everything it makes. The protobuf structs it hands out may be tampered with
 * until onnx_builder_serialize().
 */
typedef struct
{
  Onnx__ModelProto *model;
  GPtrArray *memory;
} OnnxBuilder;

OnnxBuilder *onnx_builder_new (gint opset);
void onnx_builder_free (OnnxBuilder *builder);
/* A further operator set. */
void onnx_builder_add_opset (OnnxBuilder *builder, const gchar *domain, gint version);
void onnx_builder_add_metadata (OnnxBuilder *builder, const gchar *key, const gchar *value);

/* An extent of -1 is written as a symbolic one. */
Onnx__ValueInfoProto *onnx_builder_add_input (OnnxBuilder *builder, const gchar *name,
                                              WhyDType dtype, WhyShape shape);
Onnx__ValueInfoProto *onnx_builder_add_output (OnnxBuilder *builder, const gchar *name,
                                               WhyDType dtype, WhyShape shape);
/* values: one per element, written as raw data of that type; NULL: a fixed pattern of small
 * numbers of both signs. */
Onnx__TensorProto *onnx_builder_add_initializer (OnnxBuilder *builder, const gchar *name,
                                                 WhyDType dtype, WhyShape shape,
                                                 const gdouble *values);
/* Moves the tensor's data to another file: offset or length below 0 are left out. */
void onnx_builder_set_external (OnnxBuilder *builder, Onnx__TensorProto *tensor,
                                const gchar *location, gint64 offset, gint64 length);
/* inputs, outputs: names separated by blanks; "-" is an absent one. name may be NULL. */
Onnx__NodeProto *onnx_builder_add_node (OnnxBuilder *builder, const gchar *op_type,
                                        const gchar *name, const gchar *inputs,
                                        const gchar *outputs);

void onnx_builder_set_int (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                           gint64 value);
void onnx_builder_set_float (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                             gfloat value);
void onnx_builder_set_string (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                              const gchar *value);
void onnx_builder_set_ints (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name, gsize n,
                            const gint64 *values);
void onnx_builder_set_floats (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                              gsize n, const gfloat *values);
void onnx_builder_set_tensor (OnnxBuilder *builder, Onnx__NodeProto *node, const gchar *name,
                              WhyDType dtype, WhyShape shape, const gdouble *values);
#define ONNX_INTS(...)                                                                             \
  sizeof ((gint64[]){ __VA_ARGS__ }) / sizeof (gint64), (gint64[])                                 \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }

/* An attribute with only its name and type. */
Onnx__AttributeProto *onnx_builder_add_attribute (OnnxBuilder *builder, Onnx__NodeProto *node,
                                                  const gchar *name, gint type);
/* A tensor that belongs to nothing yet. */
Onnx__TensorProto *onnx_builder_make_tensor (OnnxBuilder *builder, const gchar *name,
                                             WhyDType dtype, WhyShape shape, const gdouble *values);
/* Zeroed memory that lives as long as the builder. */
gpointer onnx_builder_alloc (OnnxBuilder *builder, gsize size);
gchar *onnx_builder_strdup (OnnxBuilder *builder, const gchar *text);

GBytes *onnx_builder_serialize (OnnxBuilder *builder);

/* A small classifier, input "input" [-1,channels,height,width] → "logits" [-1,classes]:
 * Conv 3×3, Relu, GlobalAveragePool, Flatten, Gemm; each node's output has the node's name. */
OnnxBuilder *onnx_builder_new_classifier (gint channels, gint height, gint width, gint classes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OnnxBuilder, onnx_builder_free)
