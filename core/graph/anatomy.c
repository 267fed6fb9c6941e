/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/anatomy.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "limits.h"
#include "ops/op.h"

static gboolean
refuse (GError **error, WhyError code, const gchar *message)
{
  g_set_error_literal (error, WHY_ERROR, (gint)code, message);
  return FALSE;
}

/* ---- the picture ---------------------------------------------------------------------------- */

/* How much an input looks like a picture; 0: not at all. */
static gint
rate_picture (const WhyValue *value)
{
  gint rank = value->shape.rank;

  if (rank >= 0 && rank != 3 && rank != 4)
    return 0;
  return (rank == 4 ? 4 : rank == 3 ? 2 : 1) * (why_dtype_is_float (value->dtype) ? 4 : 1);
}

static WhyValueId
find_named_input (const WhyGraph *graph, const gchar *name, GError **error)
{
  for (guint i = 0; i < graph->inputs->len; i++)
    {
      WhyValueId id = g_array_index (graph->inputs, WhyValueId, i);
      if (strcmp (why_graph_value (graph, id)->name, name) == 0)
        return id;
    }
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
               _ ("its description names the input '%s', which the network does not have"), name);
  return WHY_VALUE_NONE;
}

static WhyValueId
find_input (const WhyGraph *graph, const WhySidecar *sidecar, GError **error)
{
  WhyValueId best = WHY_VALUE_NONE;
  gint best_rate = 0;

  if (sidecar->input)
    return find_named_input (graph, sidecar->input, error);
  for (guint i = 0; i < graph->inputs->len; i++)
    {
      WhyValueId id = g_array_index (graph->inputs, WhyValueId, i);
      gint rate = rate_picture (why_graph_value (graph, id));
      if (rate > best_rate)
        {
          best = id;
          best_rate = rate;
        }
    }
  if (best == WHY_VALUE_NONE)
    refuse (error, WHY_ERROR_MODEL_UNSUPPORTED,
            _ ("it takes no picture: none of its inputs has the shape [N,C,H,W] or [N,H,W,C]"));
  return best;
}

static gboolean
is_channel_count (gint64 extent)
{
  return extent == 1 || extent == 3;
}

/* By where 1 or 3 stands; NCHW when that does not decide. */
static WhyLayout
guess_layout (const WhyShape *shape)
{
  gint64 first, last;

  if (shape->rank < 3)
    return WHY_LAYOUT_NCHW;
  first = shape->dims[shape->rank - 3];
  last = shape->dims[shape->rank - 1];
  return is_channel_count (last) && !is_channel_count (first) ? WHY_LAYOUT_NHWC : WHY_LAYOUT_NCHW;
}

/* The channels that a convolution of the picture takes, when the shape leaves them open. */
static gint64
channels_of_convolution (const WhyGraph *graph, WhyValueId picture)
{
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      const WhyTensor *weight;
      if (strcmp (node->op->name, "Conv") != 0 || node->n_inputs < 2 || node->inputs[0] != picture
          || node->inputs[1] == WHY_VALUE_NONE)
        continue;
      weight = why_graph_value (graph, node->inputs[1])->constant;
      if (weight && weight->shape.rank == 4)
        return weight->shape.dims[1] * why_node_int (node, "group", 1);
    }
  return -1;
}

static gint64
find_channels (const WhyGraph *graph, const WhySidecar *sidecar, WhyValueId picture,
               gint64 declared)
{
  gboolean gray
      = (sidecar->said & WHY_SAID_CHANNELS) && sidecar->preprocessing.channels == WHY_CHANNELS_GRAY;

  if (declared < 0)
    declared = channels_of_convolution (graph, picture);
  if (declared >= 0)
    return declared;
  return gray ? 1 : 3;
}

static gboolean
check_channels (const WhySidecar *sidecar, gint64 channels, GError **error)
{
  gboolean gray = sidecar->preprocessing.channels == WHY_CHANNELS_GRAY;

  if (!is_channel_count (channels))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("its pictures have %" PRId64 " channels; 1 or 3 are supported"), channels);
      return FALSE;
    }
  if (!(sidecar->said & WHY_SAID_CHANNELS) || gray == (channels == 1))
    return TRUE;
  return refuse (error, WHY_ERROR_MODEL_INVALID,
                 gray ? _ ("its description says gray, but the network takes three channels")
                      : _ ("its description says colour, but the network takes one channel"));
}

gboolean
why_graph_find_picture (const WhyGraph *graph, const WhySidecar *sidecar, WhyPicture *picture,
                        GError **error)
{
  const WhyShape open = { .rank = 4, .dims = { -1, -1, -1, -1 } };
  WhyShape shape;
  const gint64 *dims;
  gint64 channels;
  gboolean nhwc;

  picture->value = find_input (graph, sidecar, error);
  if (picture->value == WHY_VALUE_NONE)
    return FALSE;
  picture->dtype = why_graph_value (graph, picture->value)->dtype;
  shape = why_graph_value (graph, picture->value)->shape;
  if (shape.rank < 0)
    shape = open;
  if (shape.rank != 3 && shape.rank != 4)
    return refuse (error, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("the input its description names is no picture: it does not have the shape "
                      "[N,C,H,W] or [N,H,W,C]"));
  picture->layout
      = sidecar->said & WHY_SAID_LAYOUT ? sidecar->preprocessing.layout : guess_layout (&shape);
  nhwc = picture->layout == WHY_LAYOUT_NHWC;
  dims = shape.dims + shape.rank - 3;
  channels = find_channels (graph, sidecar, picture->value, dims[nhwc ? 2 : 0]);
  picture->channels = (gint)channels;
  picture->height = dims[nhwc ? 0 : 1];
  picture->width = dims[nhwc ? 1 : 2];
  return check_channels (sidecar, channels, error);
}

/* ---- the classes ---------------------------------------------------------------------------- */

WhyValueId
why_graph_find_output (const WhyGraph *graph, GError **error)
{
  WhyValueId first = WHY_VALUE_NONE;

  for (guint i = 0; i < graph->outputs->len; i++)
    {
      WhyValueId id = g_array_index (graph->outputs, WhyValueId, i);
      const WhyValue *value = why_graph_value (graph, id);
      if (value->dtype != WHY_DTYPE_NONE && !why_dtype_is_float (value->dtype))
        continue;
      if (value->shape.rank == 2)
        return id;
      if (first == WHY_VALUE_NONE)
        first = id;
    }
  if (first == WHY_VALUE_NONE)
    refuse (error, WHY_ERROR_MODEL_UNSUPPORTED,
            _ ("it is no classifier: it has no output of real numbers"));
  return first;
}

static gboolean
is_one_of (const gchar *name, const gchar *const *names)
{
  return g_strv_contains (names, name);
}

/* Operators that change neither order nor values. */
static gboolean
is_view (const WhyNode *node)
{
  static const gchar *const names[]
      = { "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Dropout", NULL };

  return is_one_of (node->op->name, names);
}

/* Whether a Softmax or LogSoftmax normalises over everything (one picture's classes). */
static gboolean
covers_classes (const WhyGraph *graph, const WhyNode *node)
{
  const WhyShape *shape = &why_graph_value (graph, node->inputs[0])->shape;
  gboolean flattens = node->opset < 13; /* older Softmax: every axis from this one on */
  gint axis = why_axis (why_node_int (node, "axis", flattens ? 1 : -1), shape->rank);

  if (axis < 0)
    return FALSE;
  return why_shape_span (shape, axis, flattens ? shape->rank : axis + 1) == why_shape_numel (shape);
}

static gboolean
is_activation (const WhyGraph *graph, const WhyNode *node, WhyActivation *activation)
{
  static const gchar *const softmax[] = { "Softmax", "LogSoftmax", NULL };

  if (strcmp (node->op->name, "Sigmoid") == 0)
    *activation = WHY_ACTIVATION_SIGMOID;
  else if (is_one_of (node->op->name, softmax) && covers_classes (graph, node))
    *activation = WHY_ACTIVATION_SOFTMAX;
  else
    return FALSE;
  return TRUE;
}

WhyValueId
why_graph_find_logits (const WhyGraph *graph, const WhySidecar *sidecar, WhyActivation *activation)
{
  gboolean said = (sidecar->said & WHY_SAID_ACTIVATION) != 0;
  WhyValueId id = graph->output;
  WhyActivation found;

  *activation = said ? sidecar->activation : WHY_ACTIVATION_SOFTMAX;
  while (why_graph_value (graph, id)->producer >= 0)
    {
      const WhyNode *node = why_graph_node (graph, why_graph_value (graph, id)->producer);
      if (is_activation (graph, node, &found) && (!said || found == *activation))
        {
          *activation = found;
          return node->inputs[0];
        }
      if (!is_view (node) || node->inputs[0] == WHY_VALUE_NONE)
        break;
      id = node->inputs[0];
    }
  return graph->output;
}

gint
why_graph_count_classes (const WhyGraph *graph, WhyValueId logits, GError **error)
{
  const WhyShape *shape = &why_graph_value (graph, logits)->shape;
  g_autofree gchar *text = why_shape_to_string (shape);
  gint64 classes = 1;

  for (gint i = 0; i < shape->rank; i++)
    if (shape->dims[i] != 1 && classes != 1)
      classes = 0;
    else if (shape->dims[i] != 1)
      classes = shape->dims[i];
  if (classes >= 1 && classes <= WHY_MAX_LABELS)
    return (gint)classes;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
               _ ("it is no classifier: its output has the shape %s, not one row of classes"),
               text);
  return -1;
}
