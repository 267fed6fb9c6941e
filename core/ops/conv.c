/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conv: grouped, dilated, padded convolution over one to three axes. */
#include "kernels/conv.h"
#include "ops/check.h"
#include "ops/linear.h"
#include "ops/window-attrs.h"

#include <glib/gi18n-lib.h>

static gboolean
conv_read (const WhyNode *node, const WhyInfer *infer, WhyConv *conv, GError **error)
{
  const WhyShape *x, *w;
  gint64 groups, expected[WHY_SPATIAL];
  gint n;

  if (!why_check_input (infer, 0, "X", 3, 2 + WHY_SPATIAL, error))
    return FALSE;
  x = &infer->in[0]->shape;
  if (!why_check_input (infer, 1, "W", x->rank, x->rank, error)
      || !why_check_int (node, "group", 1, G_MAXINT32, error))
    return FALSE;
  w = &infer->in[1]->shape;
  n = x->rank - 2;
  groups = why_node_int (node, "group", 1);
  if (w->dims[1] * groups != x->dims[1])
    return why_node_error (node, error,
                           _ ("the weights are for %" G_GINT64_FORMAT
                              " input channels; the input has %" G_GINT64_FORMAT),
                           w->dims[1] * groups, x->dims[1]);
  if (w->dims[0] % groups != 0)
    return why_node_error (
        node, error,
        _ ("%" G_GINT64_FORMAT " output channels do not divide into %" G_GINT64_FORMAT " groups"),
        w->dims[0], groups);
  for (gint i = 0; i < n; i++)
    expected[WHY_SPATIAL - n + i] = w->dims[2 + i];
  if (!why_window_ints (node, "kernel_shape", n, 1, expected, error))
    return FALSE;
  for (gint i = 0; i < n; i++)
    if (expected[WHY_SPATIAL - n + i] != w->dims[2 + i])
      return why_node_error (node, error, _ ("kernel_shape differs from the shape of the weights"));
  if (!why_check_vector (infer, 2, "B", w->dims[0], error))
    return FALSE;
  conv->batch = x->dims[0];
  conv->groups = groups;
  conv->in_channels = w->dims[1];
  conv->out_channels = w->dims[0] / groups;
  return why_window_read (node, x, w->dims + 2, n, &conv->window, error);
}

static gboolean
conv_infer (const WhyInfer *infer, GError **error)
{
  WhyConv conv;
  const WhyShape *x;
  WhyShape y;

  if (!conv_read (infer->node, infer, &conv, error))
    return FALSE;
  x = &infer->in[0]->shape;
  y = why_window_shape (x, infer->in[1]->shape.dims[0], conv.window.out, x->rank - 2);
  why_set_output (infer, &y);
  return TRUE;
}

static gpointer
conv_prepare (const WhyNode *node, const WhyInfer *infer)
{
  WhyConv *conv = g_new (WhyConv, 1);

  conv_read (node, infer, conv, NULL);
  return conv;
}

static gsize
conv_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyConv conv;

  conv_read (node, infer, &conv, NULL);
  return why_conv_scratch (&conv, threads);
}

static void
conv_forward (const WhyRun *run)
{
  why_conv_forward (run->plan, run->in[0]->real, run->in[1]->real, why_run_in (run, 2),
                    run->out[0]->real, run->pool, run->scratch);
}

static void
conv_backward (const WhyRun *run)
{
  const WhyReal *gy = run->grad_out[0];

  if (why_run_grad (run, 0) != NULL)
    why_conv_transposed (run->plan, gy, run->in[1]->real, run->grad_in[0], run->pool, run->scratch);
  if (why_run_grad (run, 1) != NULL)
    why_conv_weights (run->plan, run->in[0]->real, gy, run->grad_in[1], run->pool, run->scratch);
  if (why_run_grad (run, 2) != NULL)
    why_conv_bias (run->plan, gy, run->grad_in[2]);
}

static void
linear_forward (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  why_conv_forward (run->plan, x, w, NULL, y, run->pool, run->scratch);
}

static void
linear_transposed (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  why_conv_transposed (run->plan, y, w, x, run->pool, run->scratch);
}

static void
linear_bias (const WhyRun *run, WhyReal *y)
{
  const WhyConv *conv = run->plan;
  gint64 cells = why_volume (conv->window.out), channels = conv->groups * conv->out_channels;

  for (gint64 i = 0; i < conv->batch * channels * cells; i++)
    y[i] = run->in[2]->real[i / cells % channels];
}

static void
conv_relevance (const WhyRun *run)
{
  const WhyConv *conv = run->plan;
  WhyLinear linear = { .run = run,
                       .n_x = why_tensor_numel (run->in[0]),
                       .n_w = why_tensor_numel (run->in[1]),
                       .n_y = why_tensor_numel (run->out[0]),
                       .channels = conv->groups * conv->in_channels,
                       .cells = why_volume (conv->window.in),
                       .forward = linear_forward,
                       .transposed = linear_transposed,
                       .bias = why_run_in (run, 2) != NULL ? linear_bias : NULL };

  if (why_run_grad (run, 0) != NULL)
    why_linear_relevance (&linear, run->in[0]->real, run->in[1]->real, run->grad_out[0],
                          run->grad_in[0]);
}

static WhyRegion
conv_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  WhyConv conv;

  conv_read (node, infer, &conv, NULL);
  return why_window_changed (&conv.window, infer->in[0]->shape.rank - 2,
                             infer->in[1]->shape.dims[0], changed);
}

static WhyRegion
conv_region_backward (const WhyNode *node, const WhyInfer *infer, WhyRegion needed)
{
  WhyConv conv;

  conv_read (node, infer, &conv, NULL);
  return why_window_needed (&conv.window, infer->in[0]->shape.rank - 2, infer->in[0]->shape.dims[1],
                            needed);
}

static guint64
conv_macs (const WhyNode *node, const WhyInfer *infer)
{
  WhyConv conv;

  conv_read (node, infer, &conv, NULL);
  return (guint64)(why_shape_numel (&infer->out[0]->shape) * conv.in_channels
                   * why_volume (conv.window.kernel));
}

const WhyOp why_op_conv = {
  .name = "Conv",
  .since = 1,
  .min_inputs = 2,
  .max_inputs = 3,
  .infer = conv_infer,
  .prepare = conv_prepare,
  .unprepare = g_free,
  .scratch = conv_scratch,
  .forward = conv_forward,
  .backward = conv_backward,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = conv_relevance,
  .region_forward = conv_region_forward,
  .region_backward = conv_region_backward,
  .macs = conv_macs,
};
