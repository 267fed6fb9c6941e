/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConvInteger: convolution of quantised numbers to int32. */
#include "ops/check.h"
#include "ops/integer-conv.h"

static const WhyConvInputs inputs = { .x = 0, .w = 1, .bias = -1 };

static gboolean
conv_integer_infer (const WhyInfer *infer, GError **error)
{
  WhyIntegerConv plan;

  if (!why_integer_conv_read (infer, &inputs, 2, 3, &plan, error))
    return FALSE;
  infer->out[0]->dtype = WHY_DTYPE_INT32;
  infer->out[0]->shape = why_conv_shape (infer, &inputs, &plan.conv);
  return TRUE;
}

static gpointer
conv_integer_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyIntegerConv *plan = g_new (WhyIntegerConv, 1);

  why_integer_conv_read (infer, &inputs, 2, 3, plan, NULL);
  return plan;
}

static gsize
conv_integer_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyIntegerConv plan;

  why_integer_conv_read (infer, &inputs, 2, 3, &plan, NULL);
  return why_integer_conv_scratch (&plan, threads);
}

static void
conv_integer_forward (const WhyRun *run)
{
  const WhyIntegerConv *plan = run->plan;
  WhyIntegerConvWork work = why_integer_conv_operands (run, plan);

  why_integer_conv_sums (run, plan, &work);
  for (gint64 i = 0; i < plan->n_y; i++)
    run->out[0]->real[i] = (WhyReal)work.y[i];
}

static void
conv_integer_backward (const WhyRun *run)
{
  const WhyIntegerConv *plan = run->plan;
  WhyIntegerConvWork work;

  if (run->grad_in[0] == NULL)
    return;
  work = why_integer_conv_operands (run, plan);
  why_conv_transposed (&plan->conv, run->grad_out[0], work.w, run->grad_in[0], run->pool,
                       work.kernel);
}

static void
conv_integer_relevance (const WhyRun *run)
{
  WhyIntegerConvWork work;
  WhyLinear linear;

  if (run->grad_in[0] == NULL)
    return;
  work = why_integer_conv_operands (run, run->plan);
  why_integer_conv_linear (run, &linear);
  why_linear_relevance (&linear, work.x, work.w, run->grad_out[0], run->grad_in[0]);
}

static guint64
conv_integer_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  return why_conv_macs (infer, &inputs);
}

const WhyOp why_op_conv_integer = {
  .name = "ConvInteger",
  .since = 10,
  .min_inputs = 2,
  .max_inputs = 4,
  .infer = conv_integer_infer,
  .prepare = conv_integer_prepare,
  .unprepare = g_free,
  .scratch = conv_integer_scratch,
  .forward = conv_integer_forward,
  .backward = conv_integer_backward,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = conv_integer_relevance,
  .macs = conv_integer_macs,
};
