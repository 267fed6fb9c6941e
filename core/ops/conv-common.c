/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/conv-common.h"
#include "ops/check.h"
#include "ops/window-attrs.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

static gboolean
check_channels (const WhyNode *node, const WhyShape *x, const WhyShape *w, gint64 groups,
                GError **error)
{
  if (w->dims[1] * groups != x->dims[1])
    return why_node_error (
        node, error, _ ("the weights are for %" PRId64 " input channels; the input has %" PRId64),
        w->dims[1] * groups, x->dims[1]);
  if (w->dims[0] % groups != 0)
    return why_node_error (node, error,
                           _ ("%" PRId64 " output channels do not divide into %" PRId64 " groups"),
                           w->dims[0], groups);
  return TRUE;
}

static gboolean
check_kernel (const WhyNode *node, const WhyShape *w, gint n, GError **error)
{
  gint64 kernel[WHY_SPATIAL] = { 0 };

  if (why_node_attr (node, "kernel_shape") == NULL)
    return TRUE;
  if (!why_window_ints (node, "kernel_shape", n, 1, kernel, error))
    return FALSE;
  for (gint i = 0; i < n; i++)
    if (kernel[WHY_SPATIAL - n + i] != w->dims[2 + i])
      return why_node_error (node, error, _ ("kernel_shape differs from the shape of the weights"));
  return TRUE;
}

gboolean
why_conv_read (const WhyInfer *infer, const WhyConvInputs *inputs, WhyConv *conv, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x, *w;
  gint64 groups = why_node_int (node, "group", 1);

  if (!why_check_input (infer, inputs->x, "X", 3, 2 + WHY_SPATIAL, error))
    return FALSE;
  x = &infer->in[inputs->x]->shape;
  if (!why_check_input (infer, inputs->w, "W", x->rank, x->rank, error)
      || !why_check_int (node, "group", 1, G_MAXINT32, error))
    return FALSE;
  w = &infer->in[inputs->w]->shape;
  if (!check_channels (node, x, w, groups, error) || !check_kernel (node, w, x->rank - 2, error))
    return FALSE;
  if (inputs->bias >= 0 && !why_check_vector (infer, inputs->bias, "B", w->dims[0], error))
    return FALSE;
  conv->batch = x->dims[0];
  conv->groups = groups;
  conv->in_channels = w->dims[1];
  conv->out_channels = w->dims[0] / groups;
  return why_window_read (node, x, w->dims + 2, x->rank - 2, &conv->window, error);
}

WhyShape
why_conv_shape (const WhyInfer *infer, const WhyConvInputs *inputs, const WhyConv *conv)
{
  const WhyShape *x = &infer->in[inputs->x]->shape;

  return why_window_shape (x, conv->groups * conv->out_channels, conv->window.out, x->rank - 2);
}

WhyRegion
why_conv_changed (const WhyInfer *infer, const WhyConvInputs *inputs, WhyRegion changed)
{
  WhyConv conv;

  why_conv_read (infer, inputs, &conv, NULL);
  return why_window_changed (&conv.window, infer->in[inputs->x]->shape.rank - 2,
                             conv.groups * conv.out_channels, changed);
}

WhyRegion
why_conv_needed (const WhyInfer *infer, const WhyConvInputs *inputs, WhyRegion needed)
{
  WhyConv conv;

  why_conv_read (infer, inputs, &conv, NULL);
  return why_window_needed (&conv.window, infer->in[inputs->x]->shape.rank - 2,
                            conv.groups * conv.in_channels, needed);
}

guint64
why_conv_macs (const WhyInfer *infer, const WhyConvInputs *inputs)
{
  WhyConv conv;

  why_conv_read (infer, inputs, &conv, NULL);
  return (guint64)(why_shape_numel (&infer->out[0]->shape) * conv.in_channels
                   * why_volume (conv.window.kernel));
}
