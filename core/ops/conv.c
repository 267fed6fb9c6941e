/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conv: grouped, dilated, padded convolution over one to three axes. */
#include "ops/check.h"
#include "ops/conv-common.h"
#include "ops/linear.h"

static const WhyConvInputs inputs = { .x = 0, .w = 1, .bias = 2 };

static gboolean
conv_infer (const WhyInfer *infer, GError **error)
{
  WhyConv conv;
  WhyShape y;

  if (!why_conv_read (infer, &inputs, &conv, error))
    return FALSE;
  y = why_conv_shape (infer, &inputs, &conv);
  why_set_output (infer, &y);
  return TRUE;
}

static gpointer
conv_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyConv *conv = g_new (WhyConv, 1);

  why_conv_read (infer, &inputs, conv, NULL);
  return conv;
}

static gsize
conv_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyConv conv;

  why_conv_read (infer, &inputs, &conv, NULL);
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
conv_region_forward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  return why_conv_changed (infer, &inputs, changed);
}

static WhyRegion
conv_region_backward (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, WhyRegion needed)
{
  return why_conv_needed (infer, &inputs, needed);
}

static guint64
conv_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_conv_macs (infer, &inputs);
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
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = conv_relevance,
  .region_forward = conv_region_forward,
  .region_backward = conv_region_backward,
  .macs = conv_macs,
};
