/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GlobalAveragePool and GlobalMaxPool: one value for each plane. */
#include "ops/check.h"

#include <glib/gi18n-lib.h>

static gboolean
global_pool_infer (const WhyInfer *infer, GError **error)
{
  WhyShape y;

  if (!why_check_input (infer, 0, "X", 2, WHY_MAX_RANK, error))
    return FALSE;
  y = infer->in[0]->shape;
  if (why_shape_span (&y, 2, y.rank) == 0)
    return why_node_error (infer->node, error, _ ("input X has no cells to pool"));
  for (gint i = 2; i < y.rank; i++)
    y.dims[i] = 1;
  why_set_output (infer, &y);
  return TRUE;
}

static gint64
plane_cells (const WhyRun *run)
{
  return why_shape_span (&run->in[0]->shape, 2, run->in[0]->shape.rank);
}

static void
mean_forward (const WhyRun *run)
{
  gint64 planes = why_tensor_numel (run->out[0]), cells = plane_cells (run);

  for (gint64 p = 0; p < planes; p++)
    {
      const WhyReal *x = run->in[0]->real + p * cells;
      gdouble sum = 0;
      for (gint64 i = 0; i < cells; i++)
        sum += x[i];
      run->out[0]->real[p] = (WhyReal)(sum / (gdouble)cells);
    }
}

static void
mean_backward (const WhyRun *run)
{
  gint64 planes = why_tensor_numel (run->out[0]), cells = plane_cells (run);

  for (gint64 p = 0; run->grad_in[0] != NULL && p < planes; p++)
    for (gint64 i = 0; i < cells; i++)
      run->grad_in[0][p * cells + i] += run->grad_out[0][p] / (WhyReal)cells;
}

static gint64
first_maximum (const WhyReal *x, gint64 n)
{
  gint64 best = 0;

  for (gint64 i = 1; i < n; i++)
    if (x[i] > x[best])
      best = i;
  return best;
}

static void
max_forward (const WhyRun *run)
{
  gint64 planes = why_tensor_numel (run->out[0]), cells = plane_cells (run);

  for (gint64 p = 0; p < planes; p++)
    {
      const WhyReal *x = run->in[0]->real + p * cells;
      run->out[0]->real[p] = x[first_maximum (x, cells)];
    }
}

static void
max_backward (const WhyRun *run)
{
  gint64 planes = why_tensor_numel (run->out[0]), cells = plane_cells (run);

  for (gint64 p = 0; run->grad_in[0] != NULL && p < planes; p++)
    run->grad_in[0][p * cells + first_maximum (run->in[0]->real + p * cells, cells)]
        += run->grad_out[0][p];
}

/* As MaxPool, with one window a plane: the rise goes to the winner, the fall to the reference's. */
static void
max_rescale (const WhyRun *run)
{
  gint64 half = why_tensor_numel (run->out[0]) / 2, cells = plane_cells (run);

  for (gint64 p = 0; run->grad_in[0] != NULL && p < half; p++)
    {
      const WhyReal *x = run->in[0]->real + p * cells, *x0 = x + half * cells;
      WhyReal gy = run->grad_out[0][p], *gx = run->grad_in[0] + p * cells;
      gint64 won = first_maximum (x, cells), won0 = first_maximum (x0, cells);
      WhyReal rise = MAX (x[won] - x0[won0], 0), fall = MIN (x[won] - x0[won0], 0);

      if (rise == 0 && fall == 0)
        gx[won] += gy;
      if (rise > 0)
        gx[won] += gy * rise / (x[won] - x0[won]);
      if (fall < 0)
        gx[won0] += gy * fall / (x[won0] - x0[won0]);
    }
}

const WhyOp why_op_global_average_pool = {
  .name = "GlobalAveragePool",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = global_pool_infer,
  .forward = mean_forward,
  .backward = mean_backward,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_LINEAR,
};

const WhyOp why_op_global_max_pool = {
  .name = "GlobalMaxPool",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = global_pool_infer,
  .forward = max_forward,
  .backward = max_backward,
  .rescale = max_rescale,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_MOVE,
};
