/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConvTranspose: the gradient of a convolution as a forward operator. Below, "conv" is the
 * convolution that would turn Y into X.
 */
#include "kernels/conv.h"
#include "ops/check.h"
#include "ops/linear.h"
#include "ops/window-attrs.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* Pads and output extent of an axis from auto_pad, output_padding and output_shape. */
static gboolean
read_axis (const WhyNode *node, WhyWindow *w, gint axis, WhyAutoPad pad, gint64 extra,
           gint64 wanted, GError **error)
{
  gboolean same = pad == WHY_PAD_SAME_UPPER || pad == WHY_PAD_SAME_LOWER;
  gint64 full = (w->out[axis] - 1) * w->stride[axis] + (w->kernel[axis] - 1) * w->dilation[axis] + 1
                + extra;

  if (wanted == 0 && same)
    wanted = w->out[axis] * w->stride[axis];
  if (wanted > 0)
    {
      gint64 total = MAX (full - wanted, 0);
      gboolean more_before = pad != WHY_PAD_SAME_UPPER;

      w->before[axis] = more_before ? total - total / 2 : total / 2;
      w->after[axis] = total - w->before[axis];
      full = MAX (full, wanted);
    }
  w->in[axis] = full - w->before[axis] - w->after[axis];
  if (w->in[axis] < 1)
    return why_node_error (node, error, _ ("the pads leave no output"));
  return TRUE;
}

/* output_shape, with or without batch and channels; 0: not given. */
static gboolean
read_wanted (const WhyNode *node, gint n, gint64 *wanted, GError **error)
{
  gint given;
  const gint64 *shape = why_node_ints (node, "output_shape", &given);

  if (shape == NULL)
    return TRUE;
  if (given != n && given != n + 2)
    return why_node_error (node, error, _ ("attribute %s has %d values; expected %d"),
                           "output_shape", given, n);
  for (gint i = 0; i < n; i++)
    {
      gint64 extent = shape[given - n + i];
      if (extent < 1 || extent > WHY_MAX_WINDOW)
        return why_node_error (node, error, _ ("%" PRId64 " is not a value for %s"), extent,
                               "output_shape");
      wanted[WHY_SPATIAL - n + i] = extent;
    }
  return TRUE;
}

static gboolean
read_window (const WhyNode *node, const WhyShape *x, const WhyShape *w, WhyWindow *window,
             GError **error)
{
  gint n = x->rank - 2;
  gint64 extra[WHY_SPATIAL] = { 0 }, wanted[WHY_SPATIAL] = { 0 };
  WhyAutoPad pad;

  why_window_init (window);
  memcpy (window->out + WHY_SPATIAL - n, x->dims + 2, (gsize)n * sizeof (gint64));
  memcpy (window->kernel + WHY_SPATIAL - n, w->dims + 2, (gsize)n * sizeof (gint64));
  if (!why_window_ints (node, "strides", n, 1, window->stride, error)
      || !why_window_ints (node, "dilations", n, 1, window->dilation, error)
      || !why_window_ints (node, "output_padding", n, 0, extra, error)
      || !why_window_pads (node, n, window, &pad, error) || !read_wanted (node, n, wanted, error))
    return FALSE;
  for (gint axis = WHY_SPATIAL - n; axis < WHY_SPATIAL; axis++)
    if (!read_axis (node, window, axis, pad, extra[axis], wanted[axis], error))
      return FALSE;
  return TRUE;
}

static gboolean
conv_transpose_read (const WhyInfer *infer, WhyConv *conv, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x, *w;
  gint64 groups = why_node_int (node, "group", 1);

  if (!why_check_input (infer, 0, "X", 3, 2 + WHY_SPATIAL, error))
    return FALSE;
  x = &infer->in[0]->shape;
  if (!why_check_input (infer, 1, "W", x->rank, x->rank, error)
      || !why_check_int (node, "group", 1, G_MAXINT32, error))
    return FALSE;
  w = &infer->in[1]->shape;
  if (w->dims[0] != x->dims[1] || w->dims[0] % groups != 0)
    return why_node_error (
        node, error, _ ("the weights are for %" PRId64 " input channels; the input has %" PRId64),
        w->dims[0], x->dims[1]);
  if (!why_check_vector (infer, 2, "B", w->dims[1] * groups, error))
    return FALSE;
  conv->batch = x->dims[0];
  conv->groups = groups;
  conv->in_channels = w->dims[1];
  conv->out_channels = w->dims[0] / groups;
  return read_window (node, x, w, &conv->window, error);
}

static gboolean
conv_transpose_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *x;
  WhyConv conv;
  WhyShape y;

  if (!conv_transpose_read (infer, &conv, error))
    return FALSE;
  x = &infer->in[0]->shape;
  y = why_window_shape (x, conv.groups * conv.in_channels, conv.window.in, x->rank - 2);
  why_set_output (infer, &y);
  return TRUE;
}

static gpointer
conv_transpose_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyConv *conv = g_new (WhyConv, 1);

  conv_transpose_read (infer, conv, NULL);
  return conv;
}

static gsize
conv_transpose_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyConv conv;

  conv_transpose_read (infer, &conv, NULL);
  return why_conv_scratch (&conv, threads);
}

/* y = the bias, or 0 */
static void
fill_bias (const WhyRun *run, WhyReal *y)
{
  const WhyConv *conv = run->plan;
  const WhyReal *bias = why_run_in (run, 2);
  gint64 cells = why_volume (conv->window.in), channels = conv->groups * conv->in_channels;

  for (gint64 i = 0; i < conv->batch * channels * cells; i++)
    y[i] = bias != NULL ? bias[i / cells % channels] : 0;
}

static void
conv_transpose_forward (const WhyRun *run)
{
  fill_bias (run, run->out[0]->real);
  why_conv_transposed (run->plan, run->in[0]->real, run->in[1]->real, run->out[0]->real, run->pool,
                       run->scratch);
}

/* x += conv (y, w) */
static void
linear_transposed (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  gint64 n = why_tensor_numel (run->in[0]);
  g_autofree WhyReal *part = g_new (WhyReal, n);

  why_conv_forward (run->plan, y, w, NULL, part, run->pool, run->scratch);
  for (gint64 i = 0; i < n; i++)
    x[i] += part[i];
}

static void
conv_transpose_backward (const WhyRun *run)
{
  const WhyConv *conv = run->plan;
  const WhyReal *gy = run->grad_out[0];
  WhyReal *gbias = why_run_grad (run, 2);
  gint64 cells = why_volume (conv->window.in), channels = conv->groups * conv->in_channels;

  if (run->grad_in[0] != NULL)
    linear_transposed (run, gy, run->in[1]->real, run->grad_in[0]);
  if (run->grad_in[1] != NULL)
    why_conv_weights (conv, gy, run->in[0]->real, run->grad_in[1], run->pool, run->scratch);
  for (gint64 i = 0; gbias != NULL && i < conv->batch * channels * cells; i++)
    gbias[i / cells % channels] += gy[i];
}

static void
linear_forward (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  memset (y, 0, (gsize)why_tensor_numel (run->out[0]) * sizeof (WhyReal));
  why_conv_transposed (run->plan, x, w, y, run->pool, run->scratch);
}

static void
conv_transpose_relevance (const WhyRun *run)
{
  const WhyConv *conv = run->plan;
  WhyLinear linear = { .run = run,
                       .n_x = why_tensor_numel (run->in[0]),
                       .n_w = why_tensor_numel (run->in[1]),
                       .n_y = why_tensor_numel (run->out[0]),
                       .channels = conv->groups * conv->out_channels,
                       .cells = why_volume (conv->window.out),
                       .forward = linear_forward,
                       .transposed = linear_transposed,
                       .bias = why_run_in (run, 2) != NULL ? fill_bias : NULL };

  if (run->grad_in[0] != NULL)
    why_linear_relevance (&linear, run->in[0]->real, run->in[1]->real, run->grad_out[0],
                          run->grad_in[0]);
}

static guint64
conv_transpose_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyConv conv;

  conv_transpose_read (infer, &conv, NULL);
  return (guint64)(why_shape_numel (&infer->in[0]->shape) * conv.in_channels
                   * why_volume (conv.window.kernel));
}

/* Changed and needed change places with the convolution's. */
static WhyRegion
conv_transpose_region_forward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer,
                               WhyRegion changed)
{
  WhyConv conv;

  conv_transpose_read (infer, &conv, NULL);
  return why_window_needed (&conv.window, infer->in[0]->shape.rank - 2,
                            conv.groups * conv.in_channels, changed);
}

static WhyRegion
conv_transpose_region_backward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer,
                                WhyRegion needed)
{
  WhyConv conv;

  conv_transpose_read (infer, &conv, NULL);
  return why_window_changed (&conv.window, infer->in[0]->shape.rank - 2,
                             conv.groups * conv.out_channels, needed);
}

const WhyOp why_op_conv_transpose = {
  .name = "ConvTranspose",
  .since = 1,
  .min_inputs = 2,
  .max_inputs = 3,
  .infer = conv_transpose_infer,
  .prepare = conv_transpose_prepare,
  .unprepare = g_free,
  .scratch = conv_transpose_scratch,
  .forward = conv_transpose_forward,
  .backward = conv_transpose_backward,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = conv_transpose_relevance,
  .region_forward = conv_transpose_region_forward,
  .region_backward = conv_transpose_region_backward,
  .macs = conv_transpose_macs,
};
