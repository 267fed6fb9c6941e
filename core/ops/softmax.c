/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax and LogSoftmax. Before opset 13 the input is flattened to a matrix at the axis (default
 * 1) and every row is one vector; since 13 the vectors lie along the axis (default the last).
 */
#include "ops/softmax-common.h"
#include "ops/check.h"
#include "ops/linear.h"

#include <string.h>

#define AXIS_IS_PLAIN 13 /* the opset that brought it */

static gboolean
read_vectors (const WhyNode *node, const WhyShape *shape, WhyVectors *vectors, GError **error)
{
  gboolean plain = node->opset >= AXIS_IS_PLAIN;
  gint axis;

  if (shape->rank == 0)
    {
      *vectors = (WhyVectors){ 1, 1, 1 };
      return TRUE;
    }
  if (!why_read_axis (node, plain || shape->rank == 1 ? -1 : 1, shape->rank, &axis, error))
    return FALSE;
  vectors->outer = why_shape_span (shape, 0, axis);
  vectors->n = why_shape_span (shape, axis, plain ? axis + 1 : shape->rank);
  vectors->inner = plain ? why_shape_span (shape, axis + 1, shape->rank) : 1;
  return TRUE;
}

static gboolean
softmax_infer (const WhyInfer *infer, GError **error)
{
  WhyVectors vectors;

  return why_check_input (infer, 0, "input", 0, WHY_MAX_RANK, error)
         && read_vectors (infer->node, &infer->in[0]->shape, &vectors, error)
         && why_infer_same (infer, error);
}

static WhyVectors
run_vectors (const WhyRun *run)
{
  WhyVectors vectors;

  read_vectors (run->node, &run->in[0]->shape, &vectors, NULL);
  return vectors;
}

static gboolean
is_log (const WhyRun *run)
{
  return strcmp (run->node->op->name, "LogSoftmax") == 0;
}

static void
softmax_forward (const WhyRun *run)
{
  WhyVectors vectors = run_vectors (run);

  why_softmax_forward (&vectors, is_log (run), run->in[0]->real, run->out[0]->real, run->pool);
}

static void
softmax_backward (const WhyRun *run)
{
  WhyVectors vectors = run_vectors (run);

  if (run->grad_in[0] != NULL)
    why_softmax_backward (&vectors, is_log (run), run->out[0]->real, run->grad_out[0],
                          run->grad_in[0], run->pool);
}

static void
softmax_rescale (const WhyRun *run)
{
  WhyVectors vectors = run_vectors (run);

  if (run->grad_in[0] != NULL)
    why_softmax_rescale (&vectors, is_log (run), run->in[0]->real, run->grad_out[0],
                         run->grad_in[0]);
}

static void
softmax_relevance (const WhyRun *run)
{
  WhyVectors vectors = run_vectors (run);
  gint64 n = why_tensor_numel (run->in[0]);
  gdouble before;

  if (run->grad_in[0] == NULL)
    return;
  before = why_sum (run->grad_in[0], n);
  why_softmax_relevance (&vectors, run->in[0]->real, run->out[0]->real, run->grad_out[0],
                         run->grad_in[0]);
  run->lrp->leak += why_sum (run->grad_out[0], n) - (why_sum (run->grad_in[0], n) - before);
}

const WhyOp why_op_softmax = {
  .name = "Softmax",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = softmax_infer,
  .forward = softmax_forward,
  .backward = softmax_backward,
  .rescale = softmax_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = softmax_relevance,
};

const WhyOp why_op_log_softmax = {
  .name = "LogSoftmax",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = softmax_infer,
  .forward = softmax_forward,
  .backward = softmax_backward,
  .rescale = softmax_rescale,
  .relevance_kind = WHY_RELEVANCE_PASS, /* a final score: its relevance is the logit's */
};
