/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/pool-common.h"

#include <glib/gi18n-lib.h>

static gboolean
check_windows (const WhyNode *node, const WhyWindow *window, GError **error)
{
  for (gint axis = 0; axis < WHY_SPATIAL; axis++)
    for (gint64 out = 0; out < window->out[axis]; out++)
      {
        gint64 left = -why_window_at (window, axis, out, 0); /* cells before the picture */
        gint64 tap = left > 0 ? (left + window->dilation[axis] - 1) / window->dilation[axis] : 0;

        if (tap >= window->kernel[axis]
            || why_window_at (window, axis, out, tap) >= window->in[axis])
          return why_node_error (node, error,
                                 _ ("pads are so wide that a window holds nothing but padding"));
      }
  return TRUE;
}

gboolean
why_pooling_read (const WhyInfer *infer, WhyPooling *pooling, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x;
  gint64 kernel[WHY_SPATIAL] = { 0 };
  gint n;

  if (!why_check_input (infer, 0, "X", 3, 2 + WHY_SPATIAL, error)
      || !why_check_int (node, "ceil_mode", 0, 1, error)
      || !why_check_int (node, "count_include_pad", 0, 1, error)
      || !why_check_int (node, "storage_order", 0, 1, error))
    return FALSE;
  x = &infer->in[0]->shape;
  n = x->rank - 2;
  if (why_node_attr (node, "kernel_shape") == NULL)
    return why_node_error (node, error, _ ("attribute kernel_shape is missing"));
  if (!why_window_ints (node, "kernel_shape", n, 1, kernel, error)
      || !why_window_read (node, x, kernel + WHY_SPATIAL - n, n, &pooling->window, error))
    return FALSE;
  pooling->planes = x->dims[0] * x->dims[1];
  pooling->count_padding = why_node_int (node, "count_include_pad", 0) != 0;
  return pooling->count_padding || check_windows (node, &pooling->window, error);
}

gboolean
why_pooling_infer (const WhyInfer *infer, GError **error)
{
  WhyPooling pooling;
  WhyShape y;

  if (!why_pooling_read (infer, &pooling, error))
    return FALSE;
  y = why_window_shape (&infer->in[0]->shape, infer->in[0]->shape.dims[1], pooling.window.out,
                        infer->in[0]->shape.rank - 2);
  why_set_output (infer, &y);
  return TRUE;
}

gpointer
why_pooling_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyPooling *pooling = g_new (WhyPooling, 1);

  why_pooling_read (infer, pooling, NULL);
  return pooling;
}

WhyRegion
why_pooling_region_forward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer,
                            WhyRegion changed)
{
  WhyPooling pooling;

  why_pooling_read (infer, &pooling, NULL);
  return why_window_changed (&pooling.window, infer->in[0]->shape.rank - 2,
                             infer->in[0]->shape.dims[1], changed);
}

WhyRegion
why_pooling_region_backward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer,
                             WhyRegion needed)
{
  WhyPooling pooling;

  why_pooling_read (infer, &pooling, NULL);
  return why_window_needed (&pooling.window, infer->in[0]->shape.rank - 2,
                            infer->in[0]->shape.dims[1], needed);
}
