/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a graph the picture goes in and the classes come out: what an ONNX file does not say. */
#pragma once

#include "graph/graph.h"
#include "graph/sidecar.h"

G_BEGIN_DECLS

/** The picture input as declared; extents -1 where the file leaves them open. */
typedef struct
{
  WhyValueId value;
  WhyDType dtype;
  WhyLayout layout;
  gint channels; /* 1 or 3 */
  gint64 height, width;
} WhyPicture;

/* Which input is the picture, and how it lies in memory. WHY_ERROR_MODEL_INVALID when the sidecar
 * contradicts the graph, WHY_ERROR_MODEL_UNSUPPORTED when the graph takes no picture. */
gboolean why_graph_find_picture (const WhyGraph *graph, const WhySidecar *sidecar,
                                 WhyPicture *picture, GError **error);

/* The output that has the classes. */
WhyValueId why_graph_find_output (const WhyGraph *graph, GError **error);

/* From the inferred graph (batch 1): the value before a trailing Softmax, LogSoftmax or Sigmoid,
 * which says the activation unless the sidecar did; one that contradicts the sidecar stays. */
WhyValueId why_graph_find_logits (const WhyGraph *graph, const WhySidecar *sidecar,
                                  WhyActivation *activation);
/* Classes of a value of the inferred graph: its only extent that is not 1; -1 with
 * WHY_ERROR_MODEL_UNSUPPORTED when there are several. */
gint why_graph_count_classes (const WhyGraph *graph, WhyValueId logits, GError **error);

G_END_DECLS
