/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/integer-conv.h"
#include "ops/check.h"
#include "ops/quantise.h"

gboolean
why_integer_conv_read (const WhyInfer *infer, const WhyConvInputs *inputs, gint x_zero, gint w_zero,
                       WhyIntegerConv *plan, GError **error)
{
  WhyShape y;

  if (!why_conv_read (infer, inputs, &plan->conv, error)
      || !why_check_quantised (infer, inputs->x, "x", FALSE, error)
      || !why_check_quantised (infer, inputs->w, "w", FALSE, error)
      || !why_check_scalar (infer, x_zero, "x_zero_point", error)
      || !why_check_scalar_or_vector (infer, w_zero, "w_zero_point",
                                      infer->in[inputs->w]->shape.dims[0], error))
    return FALSE;
  plan->inputs = *inputs;
  plan->x_zero = x_zero;
  plan->w_zero = w_zero;
  y = why_conv_shape (infer, inputs, &plan->conv);
  plan->n_x = why_shape_numel (&infer->in[inputs->x]->shape);
  plan->n_w = why_shape_numel (&infer->in[inputs->w]->shape);
  plan->n_y = why_shape_numel (&y);
  return TRUE;
}

/* Elements, rounded up so that the next array starts at a cache line. */
static gint64
padded (gint64 n)
{
  return (n + 15) / 16 * 16;
}

gsize
why_integer_conv_scratch (const WhyIntegerConv *plan, gint threads)
{
  gsize kernel = MAX (why_exact_conv_scratch (&plan->conv, threads),
                      why_conv_scratch (&plan->conv, threads));

  return (gsize)(padded (plan->n_x) + padded (plan->n_w) + padded (plan->n_y)) * sizeof (WhyReal)
         + kernel;
}

WhyIntegerConvWork
why_integer_conv_operands (const WhyRun *run, const WhyIntegerConv *plan)
{
  WhyReal *x = run->scratch, *w = x + padded (plan->n_x), *y = w + padded (plan->n_w);
  const WhyReal *w_zero = why_run_in (run, plan->w_zero);
  gint64 channels = plan->conv.groups * plan->conv.out_channels;
  gint64 n_zero = w_zero != NULL ? why_tensor_numel (run->in[plan->w_zero]) : 0;

  why_subtract_zero (run->in[plan->inputs.x]->real, plan->n_x, why_run_in (run, plan->x_zero), 1, 1,
                     x);
  why_subtract_zero (run->in[plan->inputs.w]->real, plan->n_w, w_zero, n_zero,
                     plan->n_w / MAX (channels, 1), w);
  return (WhyIntegerConvWork){ x, w, (gint32 *)y, y + padded (plan->n_y) };
}

void
why_integer_conv_sums (const WhyRun *run, const WhyIntegerConv *plan,
                       const WhyIntegerConvWork *work)
{
  why_exact_conv (&plan->conv, work->x, work->w, work->y, run->pool, work->kernel);
}

/* The kernels' part of scratch follows the three arrays. */
static gpointer
kernel_scratch (const WhyRun *run)
{
  const WhyIntegerConv *plan = run->plan;

  return (WhyReal *)run->scratch + padded (plan->n_x) + padded (plan->n_w) + padded (plan->n_y);
}

static void
linear_forward (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  const WhyIntegerConv *plan = run->plan;

  why_conv_forward (&plan->conv, x, w, NULL, y, run->pool, kernel_scratch (run));
}

static void
linear_transposed (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  const WhyIntegerConv *plan = run->plan;

  why_conv_transposed (&plan->conv, y, w, x, run->pool, kernel_scratch (run));
}

void
why_integer_conv_linear (const WhyRun *run, WhyLinear *linear)
{
  const WhyIntegerConv *plan = run->plan;

  *linear = (WhyLinear){ .run = run,
                         .n_x = plan->n_x,
                         .n_w = plan->n_w,
                         .n_y = plan->n_y,
                         .channels = plan->conv.groups * plan->conv.in_channels,
                         .cells = 0, /* a box of pixel values means nothing after quantisation */
                         .forward = linear_forward,
                         .transposed = linear_transposed };
}
