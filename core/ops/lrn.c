/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LRN: every element divided by a power of the squares in `size` channels around it (Krizhevsky
 * 2012), y = x · (bias + alpha / size · Σ x²)^-beta.
 */
#include "ops/check.h"
#include "ops/elementwise.h"

#include <glib/gi18n-lib.h>
#include <tgmath.h>

typedef struct
{
  gint64 size;
  gint64 pictures, channels, cells;
  WhyReal alpha, beta, bias; /* alpha already divided by size */
} Plan;

static gboolean
lrn_read (const WhyInfer *infer, Plan *plan, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x;

  if (!why_check_input (infer, 0, "X", 2, WHY_MAX_RANK, error)
      || !why_check_int (node, "size", 1, G_MAXINT32, error))
    return FALSE;
  x = &infer->in[0]->shape;
  plan->size = why_node_int (node, "size", 0);
  if (plan->size == 0)
    return why_node_error (node, error, _ ("attribute size is missing"));
  plan->pictures = x->dims[0];
  plan->channels = x->dims[1];
  plan->cells = why_shape_span (x, 2, x->rank);
  plan->alpha = (WhyReal)(why_node_float (node, "alpha", 1e-4) / (gdouble)plan->size);
  plan->beta = (WhyReal)why_node_float (node, "beta", 0.75);
  plan->bias = (WhyReal)why_node_float (node, "bias", 1);
  return TRUE;
}

static gboolean
lrn_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;

  return lrn_read (infer, &plan, error) && why_infer_same (infer, error);
}

static gpointer
lrn_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);

  lrn_read (infer, plan, NULL);
  return plan;
}

/* Channels that channel c looks at; those that look at c are the mirror image. */
static void
neighbours (const Plan *p, gint64 c, gboolean mirrored, gint64 *begin, gint64 *end)
{
  gint64 before = (p->size - 1) / 2, after = p->size - 1 - before;

  *begin = MAX (c - (mirrored ? after : before), 0);
  *end = MIN (c + (mirrored ? before : after) + 1, p->channels);
}

/* bias + alpha Σ x² at one cell (x: its first channel). */
static WhyReal
denominator (const Plan *p, const WhyReal *x, gint64 c)
{
  gint64 begin, end;
  WhyReal sum = 0;

  neighbours (p, c, FALSE, &begin, &end);
  for (gint64 k = begin; k < end; k++)
    sum += x[k * p->cells] * x[k * p->cells];
  return p->bias + p->alpha * sum;
}

static void
forward_planes (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const WhyRun *run = data;
  const Plan *p = run->plan;

  for (gint64 plane = first; plane < last; plane++)
    {
      gint64 c = plane % p->channels, picture = plane / p->channels * p->channels * p->cells;
      const WhyReal *x = run->in[0]->real + picture;
      WhyReal *y = run->out[0]->real + plane * p->cells;

      for (gint64 i = 0; i < p->cells; i++)
        y[i] = x[c * p->cells + i] * pow (denominator (p, x + i, c), -p->beta);
    }
}

static void
lrn_forward (const WhyRun *run)
{
  const Plan *p = run->plan;

  why_pool_run (run->pool, p->pictures * p->channels, 1, forward_planes, (gpointer)run);
}

/* y = x · g (q): g at both ends of a difference, and how it changes with q between them. With both
 * ends the same this is the derivative, else DeepLIFT's decomposition: g by its finite difference,
 * products and squares by the midpoint. */
static void
power (const Plan *p, WhyReal q, WhyReal q0, WhyReal *g, WhyReal *slope)
{
  WhyReal a = pow (q, -p->beta), b = pow (q0, -p->beta);

  *g = (a + b) / 2;
  *slope = fabs (q - q0) < WHY_RESCALE_TINY * q ? -p->beta * a / q : (a - b) / (q - q0);
}

/* One cell of all channels; x0 is the other end of the difference, or x itself. */
static void
pull_back (const Plan *p, const WhyReal *x, const WhyReal *x0, const WhyReal *gy, WhyReal *gx)
{
  for (gint64 c = 0; c < p->channels; c++)
    {
      gint64 at = c * p->cells, begin, end;
      WhyReal g, slope, through;

      power (p, denominator (p, x, c), denominator (p, x0, c), &g, &slope);
      gx[at] += gy[at] * g;
      through = gy[at] * (x[at] + x0[at]) / 2 * slope * p->alpha;
      neighbours (p, c, FALSE, &begin, &end);
      for (gint64 k = begin; k < end; k++)
        gx[k * p->cells] += through * (x[k * p->cells] + x0[k * p->cells]);
    }
}

static void
backward_cells (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const WhyRun *run = data;
  const Plan *p = run->plan;

  for (gint64 cell = first; cell < last; cell++)
    {
      gint64 at = cell / p->cells * p->channels * p->cells + cell % p->cells;
      const WhyReal *x = run->in[0]->real + at;
      pull_back (p, x, x, run->grad_out[0] + at, run->grad_in[0] + at);
    }
}

static void
lrn_backward (const WhyRun *run)
{
  const Plan *p = run->plan;

  if (run->grad_in[0] != NULL)
    why_pool_run (run->pool, p->pictures * p->cells, 64, backward_cells, (gpointer)run);
}

static void
lrn_rescale (const WhyRun *run)
{
  const Plan *p = run->plan;
  gint64 half = p->pictures / 2 * p->channels * p->cells;

  for (gint64 cell = 0; run->grad_in[0] != NULL && cell < p->pictures / 2 * p->cells; cell++)
    {
      gint64 at = cell / p->cells * p->channels * p->cells + cell % p->cells;
      const WhyReal *x = run->in[0]->real + at;
      pull_back (p, x, x + half, run->grad_out[0] + at, run->grad_in[0] + at);
    }
}

/* Channels are the second innermost axis of [N, C, W]: a change there spreads over all of them. */
static WhyRegion
lrn_region (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer, WhyRegion region)
{
  const WhyShape *x = &infer->in[0]->shape;

  if (x->rank < 4)
    {
      region.y = 0;
      region.height = x->dims[x->rank - 2];
    }
  if (x->rank < 3)
    {
      region.x = 0;
      region.width = x->dims[1];
    }
  return region;
}

const WhyOp why_op_lrn = {
  .name = "LRN",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = lrn_infer,
  .prepare = lrn_prepare,
  .unprepare = g_free,
  .forward = lrn_forward,
  .backward = lrn_backward,
  .rescale = lrn_rescale,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_PASS, /* a gate: the signal takes all */
  .region_forward = lrn_region,
  .region_backward = lrn_region,
};
