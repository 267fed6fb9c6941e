/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LpPool: (Σ|x|^p)^(1/p) over a window, of which padding is zeros; the derivative where all is 0 is
 * 0. Homogeneous of degree one, so relevance may pass as through a linear operator.
 */
#include "ops/elementwise.h"
#include "ops/pool-common.h"

#include <tgmath.h>

typedef struct
{
  const WhyRun *run;
  const WhyPooling *pooling;
  gdouble p;
  gint64 half; /* rescale: planes between a picture and its reference */
} Call;

static gboolean
lp_pool_infer (const WhyInfer *infer, GError **error)
{
  return why_check_int (infer->node, "p", 1, G_MAXINT, error) && why_pooling_infer (infer, error);
}

/* The cells of a plane that lie in the window of an output cell; returns how many. */
static gint64
list_cells (const WhyWindow *window, gint64 out, gint64 *cells)
{
  gint64 taps = why_volume (window->kernel), n = 0;

  for (gint64 tap = 0; tap < taps; tap++)
    {
      gint64 cell = 0, stride = 1, rest_out = out, rest_tap = tap;
      gboolean inside = TRUE;

      for (gint axis = WHY_SPATIAL - 1; axis >= 0; axis--)
        {
          gint64 at = why_window_at (window, axis, rest_out % window->out[axis],
                                     rest_tap % window->kernel[axis]);
          inside = inside && at >= 0 && at < window->in[axis];
          cell += at * stride;
          stride *= window->in[axis];
          rest_out /= window->out[axis];
          rest_tap /= window->kernel[axis];
        }
      if (inside)
        cells[n++] = cell;
    }
  return n;
}

static gdouble
sum_of_powers (const Call *call, const WhyReal *x, const gint64 *cells, gint64 n)
{
  gdouble sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += pow (fabs ((gdouble)x[cells[i]]), call->p);
  return sum;
}

/* d sum^(1/p) / d sum */
static gdouble
root_slope (gdouble sum, gdouble p)
{
  return sum > 0 ? pow (sum, 1 / p - 1) / p : 0;
}

/* d |x|^p / dx */
static gdouble
power_slope (gdouble x, gdouble p)
{
  return x == 0 ? 0 : copysign (p * pow (fabs (x), p - 1), x);
}

static void
forward_planes (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *call = data;
  const WhyWindow *window = &call->pooling->window;
  gint64 in = why_volume (window->in), out = why_volume (window->out);
  g_autofree gint64 *cells = g_new (gint64, why_volume (window->kernel));

  for (gint64 i = begin * out; i < end * out; i++)
    {
      gint64 n = list_cells (window, i % out, cells);
      gdouble sum = sum_of_powers (call, call->run->in[0]->real + i / out * in, cells, n);

      call->run->out[0]->real[i] = (WhyReal)pow (sum, 1 / call->p);
    }
}

static void
backward_planes (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *call = data;
  const WhyWindow *window = &call->pooling->window;
  gint64 in = why_volume (window->in), out = why_volume (window->out);
  g_autofree gint64 *cells = g_new (gint64, why_volume (window->kernel));

  for (gint64 i = begin * out; i < end * out; i++)
    {
      const WhyReal *x = call->run->in[0]->real + i / out * in;
      WhyReal *gx = call->run->grad_in[0] + i / out * in;
      gint64 n = list_cells (window, i % out, cells);
      gdouble gradient = (gdouble)call->run->grad_out[0][i]
                         * root_slope (sum_of_powers (call, x, cells, n), call->p);

      for (gint64 k = 0; k < n; k++)
        gx[cells[k]] += (WhyReal)(gradient * power_slope ((gdouble)x[cells[k]], call->p));
    }
}

/* Slopes become secants: of the root between the two sums, of each power between the two cells. */
static void
rescale_planes (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Call *call = data;
  const WhyWindow *window = &call->pooling->window;
  const WhyReal *gy = call->run->grad_out[0];
  gint64 in = why_volume (window->in), out = why_volume (window->out);
  g_autofree gint64 *cells = g_new (gint64, why_volume (window->kernel));

  for (gint64 i = begin * out; i < end * out; i++)
    {
      const WhyReal *x = call->run->in[0]->real + i / out * in, *x0 = x + call->half * in;
      WhyReal *gx = call->run->grad_in[0] + i / out * in, *gx0 = gx + call->half * in;
      gint64 n = list_cells (window, i % out, cells);
      gdouble sum = sum_of_powers (call, x, cells, n);
      gdouble sum0 = sum_of_powers (call, x0, cells, n), p = call->p;
      gdouble root = fabs (sum - sum0) < WHY_RESCALE_TINY
                         ? root_slope (sum, p)
                         : (pow (sum, 1 / p) - pow (sum0, 1 / p)) / (sum - sum0);

      for (gint64 k = 0; k < n; k++)
        {
          gdouble a = (gdouble)x[cells[k]], a0 = (gdouble)x0[cells[k]];
          gdouble slope = fabs (a - a0) < WHY_RESCALE_TINY
                              ? power_slope (a, p)
                              : (pow (fabs (a), p) - pow (fabs (a0), p)) / (a - a0);

          gx[cells[k]] += (WhyReal)(root * slope) * gy[i];
          gx0[cells[k]] += (WhyReal)(root * slope) * gy[i + call->half * out];
        }
    }
}

static void
run_planes (const WhyRun *run, gint64 planes, WhyPoolFunc func)
{
  Call call = { run, run->plan, (gdouble)why_node_int (run->node, "p", 2), planes };

  why_pool_run (run->pool, planes, 1, func, &call);
}

static void
lp_pool_forward (const WhyRun *run)
{
  run_planes (run, ((const WhyPooling *)run->plan)->planes, forward_planes);
}

static void
lp_pool_backward (const WhyRun *run)
{
  if (run->grad_in[0] != NULL)
    run_planes (run, ((const WhyPooling *)run->plan)->planes, backward_planes);
}

static void
lp_pool_rescale (const WhyRun *run)
{
  if (run->grad_in[0] != NULL)
    run_planes (run, ((const WhyPooling *)run->plan)->planes / 2, rescale_planes);
}

const WhyOp why_op_lp_pool = {
  .name = "LpPool",
  .since = 2,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = lp_pool_infer,
  .prepare = why_pooling_prepare,
  .unprepare = g_free,
  .forward = lp_pool_forward,
  .backward = lp_pool_backward,
  .rescale = lp_pool_rescale,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_LINEAR,
  .region_forward = why_pooling_region_forward,
  .region_backward = why_pooling_region_backward,
};
