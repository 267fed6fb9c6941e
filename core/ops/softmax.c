/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax and LogSoftmax. Before opset 13 the input is flattened to a matrix at the axis (default
 * 1) and every row is one vector; since 13 the vectors lie along the axis (default the last).
 */
#include "ops/softmax-common.h"
#include "ops/arguments.h"
#include "ops/check.h"
#include "ops/linear.h"

#include <string.h>

#define AXIS_IS_PLAIN 13 /* the opset that brought it */

static gboolean
read_vectors (const WhyInfer *infer, WhyVectors *vectors, GError **error)
{
  gboolean plain = infer->node->opset >= AXIS_IS_PLAIN;
  const WhyShape *shape;
  gint axis;

  if (!why_check_input (infer, 0, "input", 0, WHY_MAX_RANK, error))
    return FALSE;
  shape = &infer->in[0]->shape;
  *vectors = (WhyVectors){ 1, 1, 1 };
  if (shape->rank == 0)
    return TRUE;
  if (!why_infer_axis (infer, plain || shape->rank == 1 ? -1 : 1, shape->rank, &axis, error))
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

  return read_vectors (infer, &vectors, error) && why_infer_same (infer, error);
}

static gpointer
softmax_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  WhyVectors *vectors = g_new (WhyVectors, 1);

  read_vectors (infer, vectors, NULL);
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
  why_softmax_forward (run->plan, is_log (run), run->in[0]->real, run->out[0]->real, run->pool);
}

static void
softmax_backward (const WhyRun *run)
{
  if (run->grad_in[0] != NULL)
    why_softmax_backward (run->plan, is_log (run), run->out[0]->real, run->grad_out[0],
                          run->grad_in[0], run->pool);
}

static void
softmax_rescale (const WhyRun *run)
{
  if (run->grad_in[0] != NULL)
    why_softmax_rescale (run->plan, is_log (run), run->in[0]->real, run->grad_out[0],
                         run->grad_in[0]);
}

static void
softmax_relevance (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->in[0]);
  gdouble before;

  if (run->grad_in[0] == NULL)
    return;
  before = why_sum (run->grad_in[0], n);
  why_softmax_relevance (run->plan, run->in[0]->real, run->out[0]->real, run->grad_out[0],
                         run->grad_in[0]);
  run->lrp->leak += why_sum (run->grad_out[0], n) - (why_sum (run->grad_in[0], n) - before);
}

const WhyOp why_op_softmax = {
  .name = "Softmax",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = softmax_infer,
  .prepare = softmax_prepare,
  .unprepare = g_free,
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
  .prepare = softmax_prepare,
  .unprepare = g_free,
  .forward = softmax_forward,
  .backward = softmax_backward,
  .rescale = softmax_rescale,
  .relevance_kind = WHY_RELEVANCE_PASS, /* a final score: its relevance is the logit's */
};
