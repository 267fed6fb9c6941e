/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DequantizeLinear: y = (x - zero point) · scale. */
#include "ops/check.h"
#include "ops/quantise.h"

enum
{
  X,
  SCALE,
  ZERO
};

static gboolean
dequantize_linear_read (const WhyInfer *infer, WhyScaleAxis *axis, GError **error)
{
  return why_check_input (infer, X, "x", 0, WHY_MAX_RANK, error)
         && why_check_quantised (infer, X, "x", TRUE, error)
         && why_scale_axis_read (infer, axis, error);
}

static gboolean
dequantize_linear_infer (const WhyInfer *infer, GError **error)
{
  WhyScaleAxis axis;

  if (!dequantize_linear_read (infer, &axis, error))
    return FALSE;
  infer->out[0]->dtype = WHY_DTYPE_FLOAT;
  infer->out[0]->shape = infer->in[X]->shape;
  return TRUE;
}

static gpointer
dequantize_linear_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyScaleAxis *axis = g_new (WhyScaleAxis, 1);

  dequantize_linear_read (infer, axis, NULL);
  return axis;
}

static void
dequantize_linear_forward (const WhyRun *run)
{
  const WhyReal *zero = why_run_in (run, ZERO);

  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    {
      gint64 k = why_scale_index (run->plan, i);
      run->out[0]->real[i]
          = (run->in[X]->real[i] - (zero != NULL ? zero[k] : 0)) * run->in[SCALE]->real[k];
    }
}

static void
dequantize_linear_backward (const WhyRun *run)
{
  for (gint64 i = 0; run->grad_in[X] != NULL && i < why_tensor_numel (run->out[0]); i++)
    run->grad_in[X][i]
        += run->grad_out[0][i] * run->in[SCALE]->real[why_scale_index (run->plan, i)];
}

const WhyOp why_op_dequantize_linear = {
  .name = "DequantizeLinear",
  .since = 10,
  .min_inputs = 2,
  .max_inputs = 3,
  .infer = dequantize_linear_infer,
  .prepare = dequantize_linear_prepare,
  .unprepare = g_free,
  .forward = dequantize_linear_forward,
  .backward = dequantize_linear_backward,
  .relevance_kind = WHY_RELEVANCE_PASS,
};
