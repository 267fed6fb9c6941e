/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DynamicQuantizeLinear: to uint8 with a scale that just holds all of x and 0. The scale is that of
 * the whole tensor, as the standard says: with a batch, pictures share it.
 */
#include "ops/check.h"
#include "ops/elementwise.h"
#include "ops/linear.h"
#include "ops/quantise.h"

enum
{
  Y,
  SCALE,
  ZERO,
  N_OUTPUTS
};

static const WhyRange range = { 0, 255 };

static gboolean
dynamic_quantize_linear_infer (const WhyInfer *infer, GError **error)
{
  if (!why_check_input (infer, 0, "x", 0, WHY_MAX_RANK, error))
    return FALSE;
  for (gint i = 0; i < infer->node->n_outputs && i < N_OUTPUTS; i++)
    {
      infer->out[i]->dtype = i == SCALE ? WHY_DTYPE_FLOAT : WHY_DTYPE_UINT8;
      infer->out[i]->shape = i == Y ? infer->in[0]->shape : (WhyShape){ 0 };
    }
  return TRUE;
}

static void
choose (const WhyTensor *x, WhyReal *scale, WhyReal *zero)
{
  WhyReal low = 0, high = 0;

  for (gint64 i = 0; i < why_tensor_numel (x); i++)
    {
      low = MIN (low, x->real[i]);
      high = MAX (high, x->real[i]);
    }
  *scale = high > low ? (high - low) / range.high : 1;
  *zero = why_quantise (-low / *scale, 0, &range);
}

static void
write_output (const WhyRun *run, gint output, WhyReal value)
{
  if (output < run->node->n_outputs && run->out[output] != NULL)
    run->out[output]->real[0] = value;
}

static void
dynamic_quantize_linear_forward (const WhyRun *run)
{
  WhyReal scale, zero;

  choose (run->in[0], &scale, &zero);
  write_output (run, SCALE, scale);
  write_output (run, ZERO, zero);
  for (gint64 i = 0; run->out[Y] != NULL && i < why_tensor_numel (run->in[0]); i++)
    run->out[Y]->real[i] = why_quantise (run->in[0]->real[i] / scale, zero, &range);
}

/* Scale and zero point are taken as given; nothing saturates. */
static void
dynamic_quantize_linear_backward (const WhyRun *run)
{
  WhyReal scale, zero;

  if (run->grad_in[0] == NULL || run->grad_out[Y] == NULL)
    return;
  choose (run->in[0], &scale, &zero);
  for (gint64 i = 0; i < why_tensor_numel (run->in[0]); i++)
    run->grad_in[0][i] += run->grad_out[Y][i] / scale;
}

static void
dynamic_quantize_linear_rescale (const WhyRun *run)
{
  gint64 half = why_tensor_numel (run->in[0]) / 2;
  const WhyReal *x = run->in[0]->real;
  WhyReal scale, zero;

  if (run->grad_in[0] == NULL || run->grad_out[Y] == NULL)
    return;
  choose (run->in[0], &scale, &zero);
  for (gint64 i = 0; i < half; i++)
    {
      WhyReal dx = x[i] - x[i + half], dy = run->out[Y]->real[i] - run->out[Y]->real[i + half];
      run->grad_in[0][i]
          += run->grad_out[Y][i] * (fabs (dx) < WHY_RESCALE_TINY ? 1 / scale : dy / dx);
    }
}

static void
dynamic_quantize_linear_relevance (const WhyRun *run)
{
  for (gint64 i = 0;
       run->grad_out[Y] != NULL && run->grad_in[0] != NULL && i < why_tensor_numel (run->in[0]);
       i++)
    run->grad_in[0][i] += run->grad_out[Y][i];
  for (gint i = SCALE; i < run->node->n_outputs && i < N_OUTPUTS; i++)
    if (run->grad_out[i] != NULL)
      run->lrp->leak += run->grad_out[i][0];
}

const WhyOp why_op_dynamic_quantize_linear = {
  .name = "DynamicQuantizeLinear",
  .since = 11,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = dynamic_quantize_linear_infer,
  .forward = dynamic_quantize_linear_forward,
  .backward = dynamic_quantize_linear_backward,
  .rescale = dynamic_quantize_linear_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = dynamic_quantize_linear_relevance,
};
