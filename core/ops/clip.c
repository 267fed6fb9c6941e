/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clip: min (max (x, low), high); its derivative at the bounds is 0. The bounds are attributes up
 * to opset 10 and inputs from 11. From 0 it is a rectifier (ReLU6 is exported so).
 */
#include "ops/rectifier.h"

#include <glib/gi18n-lib.h>

static const WhyTensor *
bound (const WhyRun *run, gint i)
{
  return i < run->node->n_inputs ? run->in[i] : NULL;
}

static void
clip_parameters (const WhyRun *run, WhyReal *p)
{
  const WhyTensor *low = bound (run, 1), *high = bound (run, 2);
  const gdouble infinity = HUGE_VAL;

  p[0] = (WhyReal)(low ? why_tensor_get (low, 0) : why_node_float (run->node, "min", -infinity));
  p[1] = (WhyReal)(high ? why_tensor_get (high, 0) : why_node_float (run->node, "max", infinity));
}

static inline WhyReal
clip_f (WhyReal x, const WhyReal *p)
{
  WhyReal y = x < p[0] ? p[0] : x;

  return y > p[1] ? p[1] : y;
}

static inline WhyReal
clip_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  return x > p[0] && x < p[1] ? 1 : 0;
}

WHY_DEFINE_UNARY (clip, clip_parameters)
WHY_DEFINE_RECTIFY (clip, clip_parameters)

static void
clip_forward_any (const WhyRun *run)
{
  const WhyTensor *low = bound (run, 1), *high = bound (run, 2);
  gint64 n = why_tensor_numel (run->out[0]);

  if (run->in[0]->dtype != WHY_DTYPE_INT64)
    {
      clip_forward (run);
      return;
    }
  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = run->in[0]->i64[i];
      if (low)
        y = MAX (y, low->i64[0]);
      if (high)
        y = MIN (y, high->i64[0]);
      run->out[0]->i64[i] = y;
    }
}

static void
clip_backward_any (const WhyRun *run)
{
  WhyReal p[WHY_UNARY_PARAMETERS];

  clip_parameters (run, p);
  if (p[0] == 0)
    clip_rectify (run);
  else
    clip_backward (run);
}

static gboolean
clip_infer (const WhyInfer *infer, GError **error)
{
  for (gint i = 1; i < infer->node->n_inputs; i++)
    if (infer->in[i]
        && (infer->in[i]->dtype != infer->in[0]->dtype
            || why_shape_numel (&infer->in[i]->shape) != 1))
      return why_node_error (infer->node, error,
                             _ ("a bound is not one number of the type of the data"));
  return why_unary_infer_any (infer, error);
}

const WhyOp why_op_clip = { .name = "Clip",
                            .since = 1,
                            .min_inputs = 1,
                            .max_inputs = 3,
                            .infer = clip_infer,
                            .forward = clip_forward_any,
                            .backward = clip_backward_any,
                            .rescale = clip_rescale,
                            .relevance_kind = WHY_RELEVANCE_PASS,
                            .region_forward = why_region_same,
                            .region_backward = why_region_same };
