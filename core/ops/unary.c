/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/unary.h"

#include <glib/gi18n-lib.h>

void
why_unary_no_parameters (const WhyRun *run, WhyReal *p)
{
}

void
why_unary_forward (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range)
{
  WhyUnaryCall call = { .x = run->in[0]->real, .out = run->out[0]->real };

  parameters (run, call.p);
  why_pool_run (run->pool, why_tensor_numel (run->out[0]), WHY_LOOP_GRAIN, range, &call);
}

void
why_unary_backward (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range)
{
  WhyUnaryCall call = { run->in[0]->real, run->out[0]->real, run->grad_out[0], run->grad_in[0] };

  if (!call.dy || !call.out)
    return;
  parameters (run, call.p);
  why_pool_run (run->pool, why_tensor_numel (run->out[0]), WHY_LOOP_GRAIN, range, &call);
}

void
why_unary_rescale (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range)
{
  WhyUnaryCall call = { run->in[0]->real, run->out[0]->real, run->grad_out[0], run->grad_in[0],
                        why_rescale_half (run->in[0]) };

  if (!call.dy || !call.out)
    return;
  parameters (run, call.p);
  why_pool_run (run->pool, call.half, WHY_LOOP_GRAIN, range, &call);
}

void
why_unary_forward_int (const WhyRun *run, gint64 (*f) (gint64 x))
{
  gint64 n = why_tensor_numel (run->out[0]);

  for (gint64 i = 0; i < n; i++)
    run->out[0]->i64[i] = f (run->in[0]->i64[i]);
}

gboolean
why_unary_infer (const WhyInfer *infer, GError **error)
{
  return why_infer_floating (infer, 0, error) && why_infer_same (infer, error);
}

gboolean
why_unary_infer_any (const WhyInfer *infer, GError **error)
{
  if (infer->in[0]->dtype == WHY_DTYPE_BOOL)
    return why_node_error (infer->node, error, _ ("its input is bool; numbers are meant"));
  return why_infer_same (infer, error);
}
