/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MaxPool: the first maximum wins, padding never does. */
#include "ops/elementwise.h"
#include "ops/pool-common.h"

static gboolean
max_pool_infer (const WhyInfer *infer, GError **error)
{
  if (!why_pooling_infer (infer, error))
    return FALSE;
  if (infer->node->n_outputs > 1 && infer->out[1] != NULL)
    {
      infer->out[1]->dtype = WHY_DTYPE_INT64;
      infer->out[1]->shape = infer->out[0]->shape;
    }
  return TRUE;
}

/* Indices count through the whole tensor; with storage_order 1 the cells of a plane are numbered
 * column by column. */
static void
write_indices (const WhyRun *run, gint64 *indices)
{
  const WhyPooling *p = run->plan;
  const gint64 *in = p->window.in;
  gint64 cells = why_volume (in), out_cells = why_volume (p->window.out);
  gboolean by_column = why_node_int (run->node, "storage_order", 0) == 1;

  why_max_pool_winners (&p->window, p->planes, run->in[0]->real, indices, run->pool);
  for (gint64 i = 0; i < p->planes * out_cells; i++)
    {
      gint64 cell = indices[i];
      if (by_column)
        cell = (cell % in[2] * in[1] + cell / in[2] % in[1]) * in[0] + cell / (in[1] * in[2]);
      indices[i] = i / out_cells * cells + cell;
    }
}

static void
max_pool_forward (const WhyRun *run)
{
  const WhyPooling *p = run->plan;

  why_max_pool_forward (&p->window, p->planes, run->in[0]->real, run->out[0]->real, run->pool);
  if (run->node->n_outputs > 1 && run->out[1] != NULL)
    write_indices (run, run->out[1]->i64);
}

static void
max_pool_backward (const WhyRun *run)
{
  const WhyPooling *p = run->plan;

  if (run->grad_in[0] != NULL)
    why_max_pool_backward (&p->window, p->planes, run->in[0]->real, run->grad_out[0],
                           run->grad_in[0], run->pool);
}

/* DeepLIFT through one plane and its reference: of every window, max(y,y′) − y′ goes to the winner
 * of x and y − max(y,y′) to the winner of x′, summed over the windows and divided by Δx at last.
 * Where Δx is too small to divide by, the gradient stands in. */
static void
rescale_plane (const WhyRun *run, gint64 plane, gint64 reference, gint64 *winners,
               WhyReal *contribution, WhyReal *gradient)
{
  const WhyPooling *p = run->plan;
  gint64 cells = why_volume (p->window.in), out_cells = why_volume (p->window.out);
  const WhyReal *x = run->in[0]->real + plane * cells;
  const WhyReal *x0 = run->in[0]->real + reference * cells;
  const WhyReal *gy = run->grad_out[0] + plane * out_cells;
  WhyReal *gx = run->grad_in[0] + plane * cells;

  for (gint64 i = 0; i < cells; i++)
    contribution[i] = gradient[i] = 0;
  why_max_pool_winners (&p->window, 1, x, winners, NULL);
  why_max_pool_winners (&p->window, 1, x0, winners + out_cells, NULL);
  for (gint64 i = 0; i < out_cells; i++)
    {
      gint64 won = winners[i], won0 = winners[out_cells + i];
      WhyReal y = x[won], y0 = x0[won0], top = MAX (y, y0);
      contribution[won] += gy[i] * (top - y0);
      contribution[won0] += gy[i] * (y - top);
      gradient[won] += gy[i];
    }
  for (gint64 i = 0; i < cells; i++)
    {
      WhyReal dx = x[i] - x0[i];
      gx[i] += ABS (dx) < WHY_RESCALE_TINY ? gradient[i] : contribution[i] / dx;
    }
}

static void
max_pool_rescale (const WhyRun *run)
{
  const WhyPooling *p = run->plan;
  gint64 cells = why_volume (p->window.in), half = p->planes / 2;
  g_autofree gint64 *winners = g_new (gint64, 2 * why_volume (p->window.out));
  g_autofree WhyReal *work = g_new (WhyReal, 2 * cells);

  if (run->grad_in[0] == NULL)
    return;
  for (gint64 plane = 0; plane < half; plane++)
    rescale_plane (run, plane, half + plane, winners, work, work + cells);
}

const WhyOp why_op_max_pool = {
  .name = "MaxPool",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = max_pool_infer,
  .prepare = why_pooling_prepare,
  .unprepare = g_free,
  .forward = max_pool_forward,
  .backward = max_pool_backward,
  .rescale = max_pool_rescale,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_MOVE, /* the winner takes all */
  .region_forward = why_pooling_region_forward,
  .region_backward = why_pooling_region_backward,
};
