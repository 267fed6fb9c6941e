/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trilu: the upper (or lower) triangle of matrices; the rest is 0. */
#include "ops/arguments.h"
#include "ops/loop.h"

#include <glib/gi18n-lib.h>

static gboolean
trilu_infer (const WhyInfer *infer, GError **error)
{
  const WhyTensor *k;

  if (infer->in[0]->shape.rank < 2)
    return why_node_error (infer->node, error, _ ("its input is no matrix"));
  if (!why_infer_constant (infer, 1, &k, error))
    return FALSE;
  if (k && why_tensor_numel (k) != 1)
    return why_node_error (infer->node, error, _ ("its diagonal is not one number"));
  return why_infer_same (infer, error);
}

typedef void (*KeepFunc) (const WhyRun *run, gint64 i);

static void
each_kept (const WhyRun *run, KeepFunc func)
{
  const WhyShape *in = &run->in[0]->shape;
  gboolean has_k = run->node->n_inputs > 1 && run->in[1];
  gint64 k = has_k ? why_tensor_get_int (run->in[1], 0) : 0;
  gboolean upper = why_node_int (run->node, "upper", 1) != 0;
  gint64 rows = in->dims[in->rank - 2], columns = in->dims[in->rank - 1];

  k = CLAMP (k, -rows - 1, columns + 1);
  for (gint64 i = 0; i < why_tensor_numel (run->in[0]); i++)
    {
      gint64 above = i % columns - i / columns % rows; /* the main diagonal is 0 */
      if (upper ? above >= k : above <= k)
        func (run, i);
    }
}

static void
copy_element (const WhyRun *run, gint64 i)
{
  if (run->out[0]->dtype == WHY_DTYPE_INT64)
    run->out[0]->i64[i] = run->in[0]->i64[i];
  else
    run->out[0]->real[i] = run->in[0]->real[i];
}

static void
add_element (const WhyRun *run, gint64 i)
{
  run->grad_in[0][i] += run->grad_out[0][i];
}

static void
trilu_forward (const WhyRun *run)
{
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    if (run->out[0]->dtype == WHY_DTYPE_INT64)
      run->out[0]->i64[i] = 0;
    else
      run->out[0]->real[i] = 0;
  each_kept (run, copy_element);
}

static void
trilu_backward (const WhyRun *run)
{
  if (run->grad_out[0] && run->grad_in[0])
    each_kept (run, add_element);
}

const WhyOp why_op_trilu = { .name = "Trilu",
                             .since = 14,
                             .min_inputs = 1,
                             .max_inputs = 2,
                             .infer = trilu_infer,
                             .forward = trilu_forward,
                             .backward = trilu_backward,
                             .relevance_kind = WHY_RELEVANCE_MOVE };
