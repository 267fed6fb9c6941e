/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients, modified gradients and relevance: one walk over the steps in reverse, in which each
 * operator adds to the gradients of its inputs. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "graph/model-private.h"
#include "graph/net-private.h"

typedef struct
{
  WhyNet *net;
  WhyBackwardRule rule;
  WhyLrp *lrp;         /* NULL: gradients */
  gboolean *wanted;    /* per value: lies on a path from a `to` to `from` */
  gboolean *keep;      /* per value: a `to` */
  WhyReal **gradients; /* per value: accumulating buffer, NULL: zero so far */
} Walk;

/* Where the program keeps a value. */
static WhyValueId
kept_at (const WhyNet *net, WhyValueId id)
{
  return net->tensors[id] ? id : net->twin[id];
}

/* What depends on a `to`: only there is a gradient worth computing. */
static void
mark_wanted (Walk *walk, const WhyValueId *to, gint n_to)
{
  for (gint i = 0; i < n_to; i++)
    {
      WhyValueId at = kept_at (walk->net, to[i]);
      walk->wanted[at] = walk->keep[at] = TRUE;
    }
  for (gint s = 0; s < walk->net->n_steps; s++)
    {
      const WhyNode *node = walk->net->steps[s].node;
      gboolean depends = FALSE;
      for (gint i = 0; i < node->n_inputs; i++)
        depends |= node->inputs[i] != WHY_VALUE_NONE && walk->wanted[node->inputs[i]];
      for (gint i = 0; depends && i < node->n_outputs; i++)
        if (node->outputs[i] != WHY_VALUE_NONE)
          walk->wanted[node->outputs[i]] = TRUE;
    }
}

static gint64
numel_of (const WhyNet *net, WhyValueId id)
{
  return why_tensor_numel (net->tensors[id]);
}

static WhyReal *
gradient_of (Walk *walk, WhyValueId id)
{
  if (!walk->gradients[id])
    walk->gradients[id] = why_buffer_pool_take (walk->net->buffers, numel_of (walk->net, id));
  return walk->gradients[id];
}

/* The same, as it comes where nothing has been added yet: returns whether that is so. */
static gboolean
open_gradient (Walk *walk, WhyValueId id)
{
  if (walk->gradients[id])
    return FALSE;
  walk->gradients[id] = why_buffer_pool_take_bare (walk->net->buffers, numel_of (walk->net, id));
  return TRUE;
}

static gboolean
takes_gradient (const Walk *walk, WhyValueId id)
{
  return id != WHY_VALUE_NONE && walk->wanted[id]
         && !why_graph_value (walk->net->program, id)->constant
         && walk->net->tensors[id]->dtype != WHY_DTYPE_INT64;
}

static gdouble
sum_of (const WhyReal *values, gint64 n)
{
  gdouble sum = 0.0;

  for (gint64 i = 0; i < n; i++)
    sum += (gdouble)values[i];
  return sum;
}

/* R_x = x · Jᵀ (R_y / (y + ε sign y)) for an operator linear in its first input. */
static void
linear_relevance (Walk *walk, const WhyStep *step, WhyRun *run)
{
  WhyBufferPool *buffers = walk->net->buffers;
  const WhyReal *y = step->out[0]->real, *relevance = run->grad_out[0], *x = step->in[0]->real;
  gint64 n_out = why_tensor_numel (step->out[0]), n_in = why_tensor_numel (step->in[0]);
  WhyReal *ratio = why_buffer_pool_take (buffers, n_out);
  WhyReal *pulled = why_buffer_pool_take (buffers, n_in);
  WhyReal *const *grad_in = run->grad_in;
  WhyReal *pulled_list[] = { pulled };
  const WhyReal *ratio_list[] = { ratio };
  g_autofree WhyReal **wanted = g_new0 (WhyReal *, step->n_in);
  gdouble absorbed = sum_of (relevance, n_out);

  for (gint64 i = 0; i < n_out; i++)
    ratio[i] = (WhyReal)((gdouble)relevance[i]
                         / ((gdouble)y[i] + (y[i] >= 0 ? 1.0 : -1.0) * walk->lrp->epsilon));
  wanted[0] = pulled_list[0];
  run->grad_out = ratio_list;
  run->grad_in = wanted;
  step->node->op->backward (run);
  for (gint64 i = 0; i < n_in; i++)
    {
      gdouble share = (gdouble)x[i] * (gdouble)pulled[i];
      grad_in[0][i] += (WhyReal)share;
      absorbed -= share;
    }
  walk->lrp->leak += absorbed;
  why_buffer_pool_give (buffers, ratio);
  why_buffer_pool_give (buffers, pulled);
}

static void
pass_relevance (const WhyStep *step, const WhyRun *run)
{
  gint64 n = why_tensor_numel (step->out[0]);

  for (gint64 i = 0; i < n; i++)
    run->grad_in[0][i] += run->grad_out[0][i];
}

static void
relevance_step (Walk *walk, const WhyStep *step, WhyRun *run)
{
  switch (step->node->op->relevance_kind)
    {
    case WHY_RELEVANCE_OWN:
      step->node->op->relevance (run);
      break;
    case WHY_RELEVANCE_PASS:
      pass_relevance (step, run);
      break;
    case WHY_RELEVANCE_AFFINE:
      if (walk->lrp->rule == WHY_LRP_EXCITATION)
        pass_relevance (step, run);
      else
        linear_relevance (walk, step, run);
      break;
    case WHY_RELEVANCE_LINEAR:
      linear_relevance (walk, step, run);
      break;
    case WHY_RELEVANCE_MOVE:
      step->node->op->backward (run);
      break;
    }
}

static void
run_operator (Walk *walk, const WhyStep *step, WhyRun *run)
{
  const WhyOp *op = step->node->op;

  if (walk->lrp)
    relevance_step (walk, step, run);
  else if (walk->rule == WHY_BACKWARD_RESCALE && op->rescale)
    op->rescale (run);
  else
    op->backward (run);
}

static void
release (Walk *walk, const WhyNode *node)
{
  for (gint i = 0; i < node->n_outputs; i++)
    {
      WhyValueId id = node->outputs[i];
      if (id == WHY_VALUE_NONE || walk->keep[id] || !walk->gradients[id])
        continue;
      why_buffer_pool_give (walk->net->buffers, walk->gradients[id]);
      walk->gradients[id] = NULL;
    }
}

static void
backward_step (Walk *walk, const WhyStep *step)
{
  const WhyNode *node = step->node;
  g_autofree const WhyReal **grad_out = g_new0 (const WhyReal *, step->n_out + 1);
  g_autofree WhyReal **grad_in = g_new0 (WhyReal *, step->n_in + 1);
  g_autofree gboolean *fresh = g_new0 (gboolean, step->n_in + 1);
  gboolean arrives = FALSE, leaves = FALSE;
  WhyRun run = { .node = node,
                 .plan = step->plan,
                 .in = step->in,
                 .out = step->out,
                 .pool = walk->net->pool,
                 .scratch = walk->net->scratch,
                 .grad_out = grad_out,
                 .grad_in = grad_in,
                 .fresh = fresh,
                 .rule = walk->rule,
                 .lrp = walk->lrp };

  for (gint i = 0; i < step->n_out; i++)
    {
      grad_out[i] = node->outputs[i] == WHY_VALUE_NONE ? NULL : walk->gradients[node->outputs[i]];
      arrives |= grad_out[i] != NULL;
    }
  if (!arrives || !node->op->backward)
    return;
  for (gint i = 0; i < step->n_in; i++)
    if (takes_gradient (walk, node->inputs[i]))
      {
        if (node->op->overwrites && !walk->lrp && walk->rule != WHY_BACKWARD_RESCALE)
          fresh[i] = open_gradient (walk, node->inputs[i]);
        grad_in[i] = gradient_of (walk, node->inputs[i]);
        leaves = TRUE;
      }
  if (leaves)
    run_operator (walk, step, &run);
  release (walk, node);
}

/* Buffers handed to the caller last time come back now. */
static void
reclaim_results (WhyNet *net)
{
  for (guint i = 0; i < net->program->values->len; i++)
    {
      why_buffer_pool_give (net->buffers, net->results[i]);
      net->results[i] = NULL;
    }
}

/* An NHWC graph's input gradient, as everybody else sees it: [N,C,H,W]. */
static const WhyReal *
input_as_nchw (WhyNet *net, const WhyReal *gradient)
{
  gint64 n = net->input_shape.dims[0], c = net->input_shape.dims[1];
  gint64 pixels = net->input_shape.dims[2] * net->input_shape.dims[3];

  if (!net->model || why_model_get_preprocessing (net->model)->layout == WHY_LAYOUT_NCHW)
    return gradient;
  if (!net->input_gradient)
    net->input_gradient = g_new (WhyReal, n * c * pixels);
  for (gint64 i = 0; i < n; i++)
    for (gint64 k = 0; k < c; k++)
      for (gint64 p = 0; p < pixels; p++)
        net->input_gradient[(i * c + k) * pixels + p] = gradient[(i * pixels + p) * c + k];
  return net->input_gradient;
}

static const WhyReal *
gradient_as_plain (WhyNet *net, WhyValueId id, const WhyReal *gradient)
{
  const WhyShape *shape = why_net_get_value_shape (net, id);

  if (id == net->graph->input)
    return input_as_nchw (net, gradient);
  if (kept_at (net, id) == id)
    return gradient;
  if (!net->plain_gradients[id])
    net->plain_gradients[id] = g_new (WhyReal, why_shape_numel (shape));
  why_twin_to_plain (shape, gradient, net->plain_gradients[id]);
  return net->plain_gradients[id];
}

static void
hand_over (Walk *walk, const WhyValueId *to, gint n_to, const WhyReal **results)
{
  WhyNet *net = walk->net;

  for (gint i = 0; i < n_to; i++)
    {
      WhyValueId at = kept_at (net, to[i]);
      net->results[at] = gradient_of (walk, at);
      results[i] = gradient_as_plain (net, to[i], net->results[at]);
    }
  for (guint i = 0; i < net->program->values->len; i++)
    if (walk->gradients[i] && !net->results[i])
      why_buffer_pool_give (net->buffers, walk->gradients[i]);
}

static void
plant_seed (Walk *walk, WhyValueId from, const WhyReal *seed)
{
  WhyValueId at = kept_at (walk->net, from);
  WhyReal *gradient = gradient_of (walk, at);

  if (at == from)
    memcpy (gradient, seed, (gsize)numel_of (walk->net, at) * sizeof (WhyReal));
  else
    why_plain_to_twin (why_net_get_value_shape (walk->net, from), seed, gradient);
}

static gint
count_own_relevance (const WhyNet *net)
{
  gint n = 0;

  for (gint s = 0; s < net->n_steps; s++)
    n += net->steps[s].node->op->relevance_kind == WHY_RELEVANCE_OWN;
  return n;
}

static gboolean
walk_back (WhyNet *net, WhyValueId from, const WhyReal *seed, const WhyValueId *to, gint n_to,
           WhyBackwardRule rule, WhyLrp *lrp, WhyLrpChoose choose, gpointer user_data,
           const WhyReal **results)
{
  guint n = net->program->values->len;
  g_autofree gboolean *wanted = g_new0 (gboolean, n);
  g_autofree gboolean *keep = g_new0 (gboolean, n);
  g_autofree WhyReal **gradients = g_new0 (WhyReal *, n);
  Walk walk = { net, rule, lrp, wanted, keep, gradients };
  gint order = count_own_relevance (net);

  g_return_val_if_fail (net->run > 0, FALSE);
  reclaim_results (net);
  mark_wanted (&walk, to, n_to);
  plant_seed (&walk, from, seed);
  for (gint s = net->n_steps - 1; s >= 0; s--)
    {
      const WhyStep *step = &net->steps[s];
      order -= step->node->op->relevance_kind == WHY_RELEVANCE_OWN;
      if (lrp && choose)
        choose (step->node, order, lrp, user_data);
      backward_step (&walk, step);
    }
  hand_over (&walk, to, n_to, results);
  return TRUE;
}

/* The net that can walk: relevance and rescale go node by node as written, and so does whatever
 * asks for a value that the program does not compute. */
static WhyNet *
choose_net (WhyNet *net, WhyValueId from, const WhyValueId *to, gint n_to, gboolean as_written,
            GError **error)
{
  gboolean all = why_net_has_value (net, from);

  for (gint i = 0; i < n_to; i++)
    all &= why_net_has_value (net, to[i]);
  return all && !as_written ? net : why_net_get_plain (net, error);
}

gboolean
why_net_backward_many (WhyNet *net, WhyValueId from, const WhyReal *seed, const WhyValueId *to,
                       gint n_to, WhyBackwardRule rule, const WhyReal **results, GError **error)
{
  g_return_val_if_fail (!net->options.forgets && !net->options.joins, FALSE);
  net = choose_net (net, from, to, n_to, rule == WHY_BACKWARD_RESCALE, error);
  return net && walk_back (net, from, seed, to, n_to, rule, NULL, NULL, NULL, results);
}

const WhyReal *
why_net_get_weights (WhyNet *net, gint node, const WhyReal *gradient)
{
  const WhyStep *step = &net->steps[node];
  g_autofree WhyReal **grad_in = g_new0 (WhyReal *, step->n_in);
  WhyRun run = { .node = step->node,
                 .plan = step->plan,
                 .in = step->in,
                 .out = step->out,
                 .pool = net->pool,
                 .scratch = net->scratch,
                 .grad_out = gradient ? &gradient : NULL,
                 .grad_in = grad_in };

  g_return_val_if_fail (net->program == net->graph && net->run > 0, NULL);
  return step->node->op->weights (&run);
}

const WhyReal *
why_net_backward (WhyNet *net, const WhyReal *seed, WhyValueId to, WhyBackwardRule rule,
                  GError **error)
{
  const WhyReal *result = NULL;

  if (!why_net_backward_many (net, net->logits, seed, &to, 1, rule, &result, error))
    return NULL;
  return result;
}

gboolean
why_net_relevance (WhyNet *net, WhyValueId from, const WhyReal *seed, const WhyValueId *to,
                   gint n_to, WhyLrpChoose choose, gpointer user_data, const WhyReal **results,
                   gdouble *leak, GError **error)
{
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-6 };

  net = choose_net (net, from, to, n_to, TRUE, error);
  if (!net
      || !walk_back (net, from, seed, to, n_to, WHY_BACKWARD_GRADIENT, &lrp, choose, user_data,
                     results))
    return FALSE;
  if (leak)
    *leak = lrp.leak;
  return TRUE;
}
