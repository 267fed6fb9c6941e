/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/last-conv.h"
#include "ops/last.h"
#include "ops/window-attrs.h"

#include <math.h>
#include <string.h>

static void
read_shape (const WhyNode *node, const WhyInfer *infer, WhyLastConvShape *shape)
{
  const WhyShape *x = &infer->in[0]->shape, *w = &infer->in[1]->shape;
  const WhyAttr *clamp = why_node_attr (node, WHY_LAST_CLAMP);
  WhyShape nchw;

  *shape = (WhyLastConvShape){ .batch = x->dims[0], .groups = why_node_int (node, "group", 1) };
  shape->rough = why_node_int (node, WHY_LAST_ROUGH, 0) != 0;
  shape->pitch = why_node_int (node, WHY_LAST_PITCH, 0);
  shape->planar_input = why_node_int (node, WHY_LAST_PLANAR, 0) != 0;
  shape->in_channels = w->dims[1] * shape->groups;
  shape->out_channels = w->dims[0];
  nchw = shape->planar_input ? *x : WHY_SHAPE (x->dims[0], x->dims[3], x->dims[1], x->dims[2]);
  why_window_read (node, &nchw, w->dims + 2, 2, &shape->window, NULL);
  if (clamp)
    {
      shape->clamp = TRUE;
      shape->low = (WhyReal)clamp->floats[0];
      shape->high = (WhyReal)clamp->floats[1];
    }
}

static gpointer
last_conv_prepare (const WhyNode *node, const WhyInfer *infer)
{
  const WhyValue *bias = node->n_inputs > 2 ? infer->in[2] : NULL;
  const WhyAttr *scale = why_node_attr (node, WHY_LAST_SCALE);
  WhyFilters filters = { .filters = infer->in[1]->constant->real,
                         .scale = scale ? scale->floats : NULL,
                         .bias = bias ? bias->constant->real : NULL };
  WhyLastConvShape shape;

  read_shape (node, infer, &shape);
  return why_last_conv_new (&shape, &filters, (gint)why_node_int (node, WHY_LAST_THREADS, 1));
}

static gsize
last_conv_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  WhyLastConvShape shape;
  gsize kernel;

  read_shape (node, infer, &shape);
  kernel = why_last_conv_scratch (&shape, threads);
  return shape.clamp ? kernel + (gsize)why_shape_numel (&infer->out[0]->shape) * sizeof (WhyReal)
                     : kernel;
}

static void
last_conv_forward_part (const WhyRun *run, const WhyPart *part)
{
  const WhyTensor *residual = run->node->n_inputs > 3 ? run->in[3] : NULL;

  why_last_conv_forward (run->plan, run->in[0]->real, residual ? residual->real : NULL,
                         run->out[0]->real, part, run->pool, run->scratch);
}

static void
last_conv_forward (const WhyRun *run)
{
  last_conv_forward_part (run, NULL);
}

static WhyRegion
last_conv_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  WhyLastConvShape shape;

  read_shape (node, infer, &shape);
  return why_window_changed (&shape.window, 2, 0, changed);
}

static void
gate_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  why_kernels ()->gate (data, begin, end);
}

/* Deconvnet's rule looks at the gradient alone. */
static void
keep_positive (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyGate *g = data;

  for (gint64 i = begin; i < end; i++)
    g->out[i] = g->dy[i] > 0 ? g->dy[i] : 0;
}

/* dY through the rectifier, as relu.c and clip.c do it: y at a bound means x was at or beyond it.
 */
static const WhyReal *
gate (const WhyRun *run, WhyReal *room)
{
  const WhyAttr *clamp = why_node_attr (run->node, WHY_LAST_CLAMP);
  WhyGate g = { .y = run->out[0]->real, .dy = run->grad_out[0], .out = room };

  if (!clamp)
    return run->grad_out[0];
  g.low = (WhyReal)clamp->floats[0];
  g.high = (WhyReal)clamp->floats[1];
  g.positive = run->rule == WHY_BACKWARD_GUIDED;
  why_pool_run (run->pool, why_tensor_numel (run->out[0]), 4096,
                run->rule == WHY_BACKWARD_DECONV ? keep_positive : gate_range, &g);
  return room;
}

typedef struct
{
  const WhyReal *dy;
  WhyReal *dx;
  gboolean fresh;
} Residual;

static void
residual_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Residual *r = data;

  if (r->fresh)
    memcpy (r->dx + begin, r->dy + begin, (gsize)(end - begin) * sizeof *r->dx);
  else
    for (gint64 i = begin; i < end; i++)
      r->dx[i] += r->dy[i];
}

/* The residual after the convolution: they may read the same value. */
static void
last_conv_backward (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->out[0]);
  gsize room = why_node_attr (run->node, WHY_LAST_CLAMP) ? (gsize)n * sizeof (WhyReal) : 0;
  const WhyReal *dy = gate (run, run->scratch);

  if (run->grad_in[0])
    why_last_conv_backward (run->plan, dy, run->grad_in[0], !why_run_is_fresh (run, 0), run->pool,
                            (gchar *)run->scratch + (room + 63) / 64 * 64);
  if (run->node->n_inputs > 3 && run->grad_in[3])
    {
      Residual r = { dy, run->grad_in[3], why_run_is_fresh (run, 3) };
      why_pool_run (run->pool, n, 4096, residual_range, &r);
    }
}

static guint64
last_conv_macs (const WhyNode *node, const WhyInfer *infer)
{
  const WhyShape *w = &infer->in[1]->shape;

  return (guint64)(why_shape_numel (&infer->out[0]->shape) * why_shape_span (w, 1, w->rank));
}

const WhyOp why_op_last_conv = {
  .name = "Conv (channels last)",
  .min_inputs = 2,
  .max_inputs = 4,
  .prepare = last_conv_prepare,
  .unprepare = (void (*) (gpointer))why_last_conv_free,
  .scratch = last_conv_scratch,
  .forward = last_conv_forward,
  .backward = last_conv_backward,
  .overwrites = TRUE,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .region_forward = last_conv_region_forward,
  .forward_part = last_conv_forward_part,
  .macs = last_conv_macs,
};
