/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/** What the ONNX reader hands over; the rest of WhyModel is built from it by graph/model.c. */
typedef struct
{
  WhyGraph *graph;
  GHashTable *metadata; /* metadata_props: gchar* → gchar* */
  gchar *producer;
  gint ir_version;
} WhyOnnx;

/* Reads and checks the bytes of an ONNX file. folder: where external data may lie, or NULL.
 * (transfer full) */
WhyOnnx *why_onnx_read (GBytes *bytes, const gchar *folder, GError **error);
void why_onnx_free (WhyOnnx *onnx);
/* One serialized TensorProto (the conformance tests' input_0.pb). (transfer full) */
WhyTensor *why_onnx_read_tensor (GBytes *bytes, GError **error);

/* The first file of that name in a subfolder of the folders where models are looked for; NULL when
 * there is none. (transfer full) */
gchar *why_data_find (const gchar *folder, const gchar *name);
/* A regular file's bytes, at most limit of them. (transfer full) */
GBytes *why_model_read_file (const gchar *path, guint64 limit, GError **error);

const WhyGraph *why_model_get_graph (const WhyModel *model);
const gchar *why_model_get_cam_layer_name (const WhyModel *model); /* sidecar's "layer", or NULL */
WhyValueId why_model_get_logits_value (const WhyModel *model); /* before a trailing Softmax … */
/* Its own confidence, or WHY_VALUE_NONE. */
WhyValueId why_model_get_confidence_value (const WhyModel *model);

/* The model with another graph over the same values; everything else is the base's. Takes graph.
 * (transfer full) */
WhyModel *why_model_new_variant (WhyModel *base, WhyGraph *graph);
/* The model with the weights of the `layers` layers nearest to its output (0: of all of them) drawn
 * anew: normally distributed, as wide as the learned ones; biases zero. WHY_ERROR_METHOD_UNSUITED
 * when there are no such weights. (transfer full) */
WhyModel *why_model_reinitialise (WhyModel *model, gint layers, guint64 seed, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyOnnx, why_onnx_free)

G_END_DECLS
