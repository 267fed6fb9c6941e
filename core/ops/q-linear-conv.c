/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QLinearConv: convolution from quantised numbers to quantised numbers,
 * y = saturate (round ((Σ x w + B) · x_scale · w_scale / y_scale) + y_zero_point).
 */
#include "ops/check.h"
#include "ops/elementwise.h"
#include "ops/integer-conv.h"
#include "ops/quantise.h"

#include <glib/gi18n-lib.h>

enum
{
  X,
  X_SCALE,
  X_ZERO,
  W,
  W_SCALE,
  W_ZERO,
  Y_SCALE,
  Y_ZERO,
  B
};

static const WhyConvInputs inputs = { .x = X, .w = W, .bias = B };

typedef struct
{
  WhyIntegerConv integer; /* first: why_integer_conv_linear() reads it */
  WhyRange range;
} Plan;

static gboolean
q_linear_conv_read (const WhyInfer *infer, Plan *plan, GError **error)
{
  if (!why_integer_conv_read (infer, &inputs, X_ZERO, W_ZERO, &plan->integer, error)
      || !why_check_scalar (infer, X_SCALE, "x_scale", error)
      || !why_check_scalar_or_vector (infer, W_SCALE, "w_scale", infer->in[W]->shape.dims[0], error)
      || !why_check_scalar (infer, Y_SCALE, "y_scale", error)
      || !why_check_scalar (infer, Y_ZERO, "y_zero_point", error))
    return FALSE;
  if (!why_quantised_range (infer->in[Y_ZERO]->dtype, FALSE, &plan->range))
    return why_node_unsupported (infer->node, error, _ ("quantisation to %s"),
                                 why_dtype_name (infer->in[Y_ZERO]->dtype));
  return TRUE;
}

static gboolean
q_linear_conv_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;

  if (!q_linear_conv_read (infer, &plan, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[Y_ZERO]->dtype;
  infer->out[0]->shape = why_conv_shape (infer, &inputs, &plan.integer.conv);
  return TRUE;
}

static gpointer
q_linear_conv_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);

  q_linear_conv_read (infer, plan, NULL);
  return plan;
}

static gsize
q_linear_conv_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  Plan plan;

  q_linear_conv_read (infer, &plan, NULL);
  return why_integer_conv_scratch (&plan.integer, threads);
}

static gint64
channel_of (const Plan *plan, gint64 i)
{
  const WhyConv *conv = &plan->integer.conv;

  return i / why_volume (conv->window.out) % (conv->groups * conv->out_channels);
}

/* From sums to units of y. */
static WhyReal
factor (const WhyRun *run, gint64 channel)
{
  const WhyTensor *scale = run->in[W_SCALE];

  return run->in[X_SCALE]->real[0] * scale->real[why_tensor_numel (scale) == 1 ? 0 : channel]
         / run->in[Y_SCALE]->real[0];
}

/* The value before rounding. */
static WhyReal
exact_value (const WhyRun *run, const WhyIntegerConvWork *work, gint64 i)
{
  gint64 channel = channel_of (run->plan, i);
  const WhyReal *bias = why_run_in (run, B);
  gint64 sum = work->y[i] + (bias != NULL ? (gint64)bias[channel] : 0);

  return (WhyReal)sum * factor (run, channel);
}

static void
q_linear_conv_forward (const WhyRun *run)
{
  const Plan *plan = run->plan;
  WhyIntegerConvWork work = why_integer_conv_operands (run, &plan->integer);

  why_integer_conv_sums (run, &plan->integer, &work);
  for (gint64 i = 0; i < plan->integer.n_y; i++)
    run->out[0]->real[i]
        = why_quantise (exact_value (run, &work, i), run->in[Y_ZERO]->real[0], &plan->range);
}

/* grad_in += conv' (scaled) for gradients of the values before rounding. */
static void
pull_back (const WhyRun *run, const WhyIntegerConvWork *work, WhyReal *g)
{
  const Plan *plan = run->plan;

  for (gint64 i = 0; i < plan->integer.n_y; i++)
    g[i] *= factor (run, channel_of (plan, i));
  why_conv_transposed (&plan->integer.conv, g, work->w, run->grad_in[X], run->pool, work->kernel);
}

/* Straight through the rounding, where it does not saturate. */
static WhyReal
passes (const WhyRun *run, WhyReal value)
{
  const Plan *plan = run->plan;

  return why_in_range (value, run->in[Y_ZERO]->real[0], &plan->range) ? 1 : 0;
}

static void
q_linear_conv_backward (const WhyRun *run)
{
  const Plan *plan = run->plan;
  WhyIntegerConvWork work;
  g_autofree WhyReal *g = NULL;

  if (run->grad_in[X] == NULL)
    return;
  work = why_integer_conv_operands (run, &plan->integer);
  why_integer_conv_sums (run, &plan->integer, &work);
  g = g_new (WhyReal, plan->integer.n_y);
  for (gint64 i = 0; i < plan->integer.n_y; i++)
    g[i] = run->grad_out[0][i] * passes (run, exact_value (run, &work, i));
  pull_back (run, &work, g);
}

static void
q_linear_conv_rescale (const WhyRun *run)
{
  const Plan *plan = run->plan;
  gint64 half = plan->integer.n_y / 2;
  WhyIntegerConvWork work;
  g_autofree WhyReal *g = NULL;

  if (run->grad_in[X] == NULL)
    return;
  work = why_integer_conv_operands (run, &plan->integer);
  why_integer_conv_sums (run, &plan->integer, &work);
  g = g_new0 (WhyReal, plan->integer.n_y);
  for (gint64 i = 0; i < half; i++)
    {
      WhyReal z = exact_value (run, &work, i), dz = z - exact_value (run, &work, i + half);
      WhyReal dy = run->out[0]->real[i] - run->out[0]->real[i + half];
      g[i] = run->grad_out[0][i] * (fabs (dz) < WHY_RESCALE_TINY ? passes (run, z) : dy / dz);
    }
  pull_back (run, &work, g);
}

static void
fill_bias (const WhyRun *run, WhyReal *y)
{
  const Plan *plan = run->plan;

  for (gint64 i = 0; i < plan->integer.n_y; i++)
    {
      gint64 channel = channel_of (plan, i);
      y[i] = run->in[B]->real[channel] * factor (run, channel);
    }
}

static void
q_linear_conv_relevance (const WhyRun *run)
{
  const Plan *plan = run->plan;
  gint64 channels = plan->integer.conv.groups * plan->integer.conv.out_channels;
  WhyIntegerConvWork work;
  WhyLinear linear;

  if (run->grad_in[X] == NULL)
    return;
  work = why_integer_conv_operands (run, &plan->integer);
  for (gint64 i = 0; i < plan->integer.n_w; i++)
    work.w[i] *= factor (run, i / (plan->integer.n_w / channels));
  why_integer_conv_linear (run, &linear);
  linear.bias = why_run_in (run, B) != NULL ? fill_bias : NULL;
  why_linear_relevance (&linear, work.x, work.w, run->grad_out[0], run->grad_in[X]);
}

static guint64
q_linear_conv_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_conv_macs (infer, &inputs);
}

const WhyOp why_op_q_linear_conv = {
  .name = "QLinearConv",
  .since = 10,
  .min_inputs = 8,
  .max_inputs = 9,
  .infer = q_linear_conv_infer,
  .prepare = q_linear_conv_prepare,
  .unprepare = g_free,
  .scratch = q_linear_conv_scratch,
  .forward = q_linear_conv_forward,
  .backward = q_linear_conv_backward,
  .rescale = q_linear_conv_rescale,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = q_linear_conv_relevance,
  .macs = q_linear_conv_macs,
};
