/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QuantizeLinear: y = saturate (round (x / scale) + zero point). */
#include "ops/check.h"
#include "ops/elementwise.h"
#include "ops/quantise.h"

#include <glib/gi18n-lib.h>

enum
{
  X,
  SCALE,
  ZERO
};

typedef struct
{
  WhyScaleAxis axis;
  WhyRange range;
} Plan;

static gboolean
quantize_linear_read (const WhyInfer *infer, Plan *plan, WhyDType *dtype, GError **error)
{
  const WhyNode *node = infer->node;

  if (!why_check_input (infer, X, "x", 0, WHY_MAX_RANK, error)
      || !why_scale_axis_read (infer, &plan->axis, error))
    return FALSE;
  *dtype = (WhyDType)why_node_int (node, "output_dtype", WHY_DTYPE_NONE);
  if (why_has_input (infer, ZERO))
    *dtype = infer->in[ZERO]->dtype;
  else if (*dtype == WHY_DTYPE_NONE)
    *dtype = WHY_DTYPE_UINT8;
  if (!why_quantised_range (*dtype, FALSE, &plan->range))
    return why_node_unsupported (node, error, _ ("quantisation to %s"), why_dtype_name (*dtype));
  return TRUE;
}

static gboolean
quantize_linear_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;
  WhyDType dtype;

  if (!quantize_linear_read (infer, &plan, &dtype, error))
    return FALSE;
  infer->out[0]->dtype = dtype;
  infer->out[0]->shape = infer->in[X]->shape;
  return TRUE;
}

static gpointer
quantize_linear_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);
  WhyDType dtype;

  quantize_linear_read (infer, plan, &dtype, NULL);
  return plan;
}

static WhyReal
zero_at (const WhyRun *run, gint64 k)
{
  const WhyReal *zero = why_run_in (run, ZERO);

  return zero != NULL ? zero[k] : 0;
}

static void
quantize_linear_forward (const WhyRun *run)
{
  const Plan *p = run->plan;

  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    {
      gint64 k = why_scale_index (&p->axis, i);
      run->out[0]->real[i] = why_quantise (run->in[X]->real[i] / run->in[SCALE]->real[k],
                                           zero_at (run, k), &p->range);
    }
}

static WhyReal
derivative (const WhyRun *run, gint64 i)
{
  const Plan *p = run->plan;
  gint64 k = why_scale_index (&p->axis, i);
  WhyReal scale = run->in[SCALE]->real[k];

  return why_in_range (run->in[X]->real[i] / scale, zero_at (run, k), &p->range) ? 1 / scale : 0;
}

static void
quantize_linear_backward (const WhyRun *run)
{
  for (gint64 i = 0; run->grad_in[X] != NULL && i < why_tensor_numel (run->out[0]); i++)
    run->grad_in[X][i] += run->grad_out[0][i] * derivative (run, i);
}

static void
quantize_linear_rescale (const WhyRun *run)
{
  gint64 half = why_tensor_numel (run->out[0]) / 2;
  const WhyReal *x = run->in[X]->real, *y = run->out[0]->real;

  for (gint64 i = 0; run->grad_in[X] != NULL && i < half; i++)
    {
      WhyReal dx = x[i] - x[i + half];
      WhyReal m = fabs (dx) < WHY_RESCALE_TINY ? derivative (run, i) : (y[i] - y[i + half]) / dx;
      run->grad_in[X][i] += run->grad_out[0][i] * m;
    }
}

const WhyOp why_op_quantize_linear = {
  .name = "QuantizeLinear",
  .since = 10,
  .min_inputs = 2,
  .max_inputs = 3,
  .infer = quantize_linear_infer,
  .prepare = quantize_linear_prepare,
  .unprepare = g_free,
  .forward = quantize_linear_forward,
  .backward = quantize_linear_backward,
  .rescale = quantize_linear_rescale,
  .relevance_kind = WHY_RELEVANCE_PASS,
};
