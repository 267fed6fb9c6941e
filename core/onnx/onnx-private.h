/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the ONNX reader. Every name that leaves it is valid UTF-8 without control
 * characters and at most WHY_MAX_NAME_BYTES long.
 */
#pragma once

#include "graph/graph.h"
#include "onnx/onnx.pb-c.h"

G_BEGIN_DECLS

/** WhyOnnxFile: a parsed file, not yet checked beyond what every reader of it needs. */
typedef struct
{
  ProtobufCAllocator allocator;
  gsize budget;            /* bytes that parsing may still allocate */
  gboolean over;           /* it asked for more */
  Onnx__ModelProto *model; /* graph is there */
  GHashTable *opsets;      /* domain → version, g_free()d gint64*; the default domain is "" */
} WhyOnnxFile;

/* Parses the bytes and checks names and opsets. (transfer full) */
WhyOnnxFile *why_onnx_file_new (GBytes *bytes, GError **error);
void why_onnx_file_free (WhyOnnxFile *file);
/* Frees a tensor's raw bytes, which nobody will read again: weights are large. */
void why_onnx_file_drop_data (WhyOnnxFile *file, Onnx__TensorProto *tensor);
gint why_onnx_file_get_opset (const WhyOnnxFile *file); /* of the default domain; 0: not imported */
/* The domain as the operator table writes it: "" for ONNX's own. */
const gchar *why_onnx_node_domain (const Onnx__NodeProto *node);
/* Whether it is the Constant operator, which becomes a constant and needs no row. */
gboolean why_onnx_node_is_constant (const Onnx__NodeProto *node);
/* The table's row for the node at the file's opset, or NULL. */
const WhyOp *why_onnx_file_lookup (const WhyOnnxFile *file, const Onnx__NodeProto *node);
/* Unique names of the nodes, made from operator and number where the file has none.
 * (array zero-terminated=1) (transfer full) */
gchar **why_onnx_file_name_nodes (const WhyOnnxFile *file);
/* Element type and shape of a declared input or output; rank -1 and extents -1 when open. */
gboolean why_onnx_value_type (const Onnx__ValueInfoProto *info, WhyDType *dtype, WhyShape *shape,
                              GError **error);

/* Whether elements of this ONNX type can be read. */
gboolean why_onnx_is_readable (gint data_type);
/* One tensor; folder: where its external data may lie, or NULL. budget: bytes of weights that may
 * still be read. (transfer full) */
WhyTensor *why_onnx_tensor_new (const Onnx__TensorProto *proto, const gchar *folder,
                                guint64 *budget, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyOnnxFile, why_onnx_file_free)

G_END_DECLS
