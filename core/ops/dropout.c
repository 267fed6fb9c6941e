/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropout at inference: the identity, with a mask of ones as its optional second output. */
#include "ops/elementwise.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

static gboolean
is_constant_zero (const WhyInfer *infer, gint i)
{
  const WhyTensor *constant
      = infer->node->n_inputs > i && infer->in[i] ? infer->in[i]->constant : NULL;

  return constant && why_tensor_numel (constant) == 1 && why_tensor_get (constant, 0) == 0;
}

/* In training mode it drops a share of the elements; a share of 0 is what torchvision's Swin
 * transformers export even for inference. */
static gboolean
drops (const WhyInfer *infer)
{
  return infer->node->n_inputs > 2 && infer->in[2] && !is_constant_zero (infer, 2)
         && !is_constant_zero (infer, 1);
}

static gboolean
dropout_infer (const WhyInfer *infer, GError **error)
{
  const WhyNode *node = infer->node;

  if (drops (infer))
    return why_node_unsupported (node, error, _ ("it is in training mode; export for inference"));
  if (node->n_outputs > 1 && infer->out[1])
    {
      infer->out[1]->dtype = node->opset < 10 ? infer->in[0]->dtype : WHY_DTYPE_BOOL;
      infer->out[1]->shape = infer->in[0]->shape;
    }
  return why_infer_same (infer, error);
}

static void
dropout_forward (const WhyRun *run)
{
  why_move_all_forward (run);
  if (run->node->n_outputs > 1 && run->out[1])
    for (gint64 i = 0; i < why_tensor_numel (run->out[1]); i++)
      run->out[1]->real[i] = 1;
}

const WhyOp why_op_dropout = { .name = "Dropout",
                               .since = 1,
                               .min_inputs = 1,
                               .max_inputs = 3,
                               .infer = dropout_infer,
                               .forward = dropout_forward,
                               .backward = why_move_all_backward,
                               .relevance_kind = WHY_RELEVANCE_MOVE,
                               .region_forward = why_region_same,
                               .region_backward = why_region_same };
