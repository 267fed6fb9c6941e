/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x·∂f/∂x plus, for every node y = J·x + b as linearised at this picture, b·∂f/∂y spread over the
 * pixels that the cell covers: nothing is left out, so the map sums to f. The bias of a layer is
 * explicit for convolutions; elsewhere b·G = y·G - x·(JᵀG), which also holds for the implicit
 * biases of smooth activations, gates, normalisations and softmax. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/method.h"

typedef struct
{
  WhyTask *task;
  WhyNet *net;
  const WhyReal **gradients; /* per value: G, or NULL */
  gdouble *map;              /* [H,W] */
  gdouble flat;              /* of no place in particular: shared by all pixels */
} Full;

/* The share of cell i (of n) that lies in pixel y (of extent). */
static gdouble
overlap (gint i, gint n, gint y, gint extent)
{
  gdouble begin = MAX ((gdouble)i / n, (gdouble)y / extent);
  gdouble end = MIN ((i + 1.0) / n, (y + 1.0) / extent);

  return MAX (end - begin, 0.0) * n;
}

/* Spreads each cell over the pixels it covers, by area; the sum stays. */
static void
spread (Full *full, const gdouble *cells, gint h, gint w)
{
  gint height = full->task->height, width = full->task->width;

  for (gint y = 0; y < height; y++)
    for (gint i = y * h / height; i < h && (gint64)i * height < (gint64)(y + 1) * h; i++)
      for (gint x = 0; x < width; x++)
        for (gint j = x * w / width; j < w && (gint64)j * width < (gint64)(x + 1) * w; j++)
          full->map[(gint64)y * width + x]
              += cells[i * w + j] * overlap (i, h, y, height) * overlap (j, w, x, width);
}

/* The cell of element i, or -1 outside the grid (class tokens). */
static gint64
cell_of (const WhyGrid *grid, gint64 i)
{
  gint64 cells = (gint64)grid->height * grid->width;

  if (grid->kind == WHY_GRID_NCHW)
    return i % cells;
  return MAX (i / grid->channels - grid->extra_tokens, -1);
}

/* Adds factor·a·b of every element to its cell. grid NULL: all to the flat share. */
static void
add_products (Full *full, const WhyGrid *grid, const WhyReal *a, const WhyReal *b, gint64 n,
              gdouble factor, gdouble *cells)
{
  for (gint64 i = 0; i < n; i++)
    {
      gint64 cell = grid ? cell_of (grid, i) : -1;
      gdouble product = factor * (gdouble)a[i] * (gdouble)b[i];
      if (cell >= 0)
        cells[cell] += product;
      else
        full->flat += product;
    }
}

/* Convolutions with stored weights say their bias. */
static gboolean
has_explicit_bias (const Full *full, const WhyStep *step)
{
  const gchar *name = step->node->op->name;

  if (strcmp (name, "Conv") != 0 && strcmp (name, "ConvTranspose") != 0)
    return FALSE;
  for (gint i = 1; i < step->n_in; i++)
    if (step->in[i] && !why_graph_value (full->net->graph, step->node->inputs[i])->constant)
      return FALSE;
  return TRUE;
}

static void
add_explicit_bias (Full *full, const WhyStep *step, const WhyGrid *grid, gdouble *cells)
{
  const WhyTensor *bias = step->n_in > 2 ? step->in[2] : NULL;
  const WhyReal *gradient = full->gradients[step->node->outputs[0]];
  gint64 n = (gint64)grid->height * grid->width;

  for (gint64 i = 0; bias && i < n * grid->channels; i++)
    cells[i % n] += (gdouble)bias->real[i / n] * (gdouble)gradient[i];
}

static gboolean
is_data (const Full *full, const WhyStep *step, gint i)
{
  return step->in[i] && step->in[i]->dtype != WHY_DTYPE_INT64
         && !why_graph_value (full->net->graph, step->node->inputs[i])->constant;
}

/* Whether every output cell is computed from the same cell of the inputs, so that differences
 * between them have a place. */
static gboolean
is_local (const Full *full, const WhyStep *step, const WhyGrid *grid)
{
  static const gchar *const mixing[] = { "Resize", "Pad", "Softmax", "Attention", "Einsum", NULL };
  const WhyOp *op = step->node->op;
  gint n_data = 0;

  for (gint i = 0; i < step->n_in; i++)
    {
      WhyGrid in;
      if (!is_data (full, step, i))
        continue;
      n_data++;
      if (!why_net_get_grid (full->net, step->node->inputs[i], &in) || in.height != grid->height
          || in.width != grid->width)
        return FALSE;
    }
  if (n_data > 1 && strcmp (op->name, "MatMul") == 0)
    return FALSE;
  /* What reads a picture sees a cell's neighbours; LRN only its other channels. */
  if (op->picture && strcmp (op->name, "LRN") != 0)
    return FALSE;
  return !g_strv_contains (mixing, op->name);
}

/* b·G = y·G - Σ x·(JᵀG) over the data inputs of one node. */
static void
add_implicit_bias (Full *full, const WhyStep *step, const WhyGrid *grid, gdouble *cells)
{
  g_autofree const WhyReal **grad_out = g_new0 (const WhyReal *, step->n_out + 1);
  g_autofree WhyReal **grad_in = g_new0 (WhyReal *, step->n_in + 1);
  WhyRun run = { .node = step->node,
                 .plan = step->plan,
                 .in = step->in,
                 .out = step->out,
                 .pool = full->net->pool,
                 .scratch = full->net->scratch,
                 .grad_out = grad_out,
                 .grad_in = grad_in };

  for (gint i = 0; i < step->n_out; i++)
    if (step->out[i] && (grad_out[i] = full->gradients[step->node->outputs[i]]))
      add_products (full, grid, step->out[i]->real, grad_out[i], why_tensor_numel (step->out[i]),
                    1.0, cells);
  for (gint i = 0; i < step->n_in; i++)
    if (is_data (full, step, i))
      grad_in[i] = g_new0 (WhyReal, why_tensor_numel (step->in[i]));
  if (step->node->op->backward)
    step->node->op->backward (&run);
  for (gint i = 0; i < step->n_in; i++)
    if (grad_in[i])
      {
        WhyGrid in;
        gboolean placed = grid && why_net_get_grid (full->net, step->node->inputs[i], &in);
        add_products (full, placed ? &in : NULL, step->in[i]->real, grad_in[i],
                      why_tensor_numel (step->in[i]), -1.0, cells);
        g_free (grad_in[i]);
      }
}

static void
add_node (Full *full, const WhyStep *step)
{
  WhyGrid grid;
  gboolean arrives = FALSE, has_grid;
  g_autofree gdouble *cells = NULL;

  for (gint i = 0; i < step->n_out; i++)
    arrives |= step->out[i] && full->gradients[step->node->outputs[i]];
  if (!arrives)
    return;
  has_grid = step->n_out == 1 && why_net_get_grid (full->net, step->node->outputs[0], &grid);
  if (!has_grid)
    {
      add_implicit_bias (full, step, NULL, NULL);
      return;
    }
  cells = g_new0 (gdouble, (gsize)grid.height * grid.width);
  if (grid.kind == WHY_GRID_NCHW && has_explicit_bias (full, step))
    add_explicit_bias (full, step, &grid, cells);
  else
    add_implicit_bias (full, step, is_local (full, step, &grid) ? &grid : NULL, cells);
  spread (full, cells, grid.height, grid.width);
}

/* G at every value that the score depends on. */
static gboolean
find_gradients (Full *full, const WhyReal *seed, GError **error)
{
  WhyNet *net = full->net;
  guint n = net->graph->values->len;
  g_autofree WhyValueId *to = g_new (WhyValueId, n);
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, n);
  gint n_to = 0;

  for (guint i = 0; i < n; i++)
    if (net->tensors[i] && net->tensors[i]->dtype != WHY_DTYPE_INT64
        && !why_graph_value (net->graph, (WhyValueId)i)->constant)
      to[n_to++] = (WhyValueId)i;
  if (!why_net_backward_many (net, net->logits, seed, to, n_to, WHY_BACKWARD_GRADIENT, results,
                              error))
    return FALSE;
  for (gint i = 0; i < n_to; i++)
    full->gradients[to[i]] = results[i];
  return TRUE;
}

static void
add_input (Full *full)
{
  WhyTask *task = full->task;
  gint64 plane = (gint64)task->height * task->width;
  const WhyReal *gradient = full->gradients[why_net_get_input (full->net)];

  for (gint c = 0; c < task->channels; c++)
    for (gint64 p = 0; p < plane; p++)
      full->map[p] += (gdouble)task->x[c * plane + p] * (gdouble)gradient[c * plane + p];
}

static gdouble
sum (const gdouble *values, gint64 n)
{
  gdouble total = 0.0;

  for (gint64 i = 0; i < n; i++)
    total += values[i];
  return total;
}

static void
finish (Full *full, WhyTensor *map, gdouble input_term)
{
  WhyExplanation *out = full->task->out;
  gint64 plane = why_tensor_numel (map);

  for (gint64 p = 0; p < plane; p++)
    map->real[p] = (WhyReal)(full->map[p] += full->flat / (gdouble)plane);
  out->residual_of = out->score;
  out->residual = sum (full->map, plane) - out->score;
  why_explanation_set_residual (out, "input-term", input_term);
  why_explanation_set_residual (out, "bias-term", sum (full->map, plane) - input_term);
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyNet *net = why_task_run_plain (task, error);
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  g_autofree gdouble *pixels = g_new0 (gdouble, plane);
  g_autofree const WhyReal **gradients = NULL;
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->height, task->width));
  const WhyReal *logits;
  gdouble input_term;
  Full full;

  why_explanation_take_map (task->out, map);
  if (!net)
    return FALSE;
  logits = why_net_get_value (net, net->logits);
  gradients = g_new0 (const WhyReal *, net->graph->values->len);
  full = (Full){ task, net, gradients, pixels, 0.0 };
  /* The step from the logits to the score is one more bias. */
  full.flat = why_target_seed (&task->target, task->model, logits, seed);
  for (gint c = 0; c < task->n_classes; c++)
    full.flat -= (gdouble)seed[c] * (gdouble)logits[c];
  if (!find_gradients (&full, seed, error))
    return FALSE;
  add_input (&full);
  input_term = sum (pixels, plane);
  for (gint s = 0; s < net->n_steps; s++)
    {
      if (s % 16 == 0 && !why_progress_set (task->progress, (gdouble)s / net->n_steps, error))
        return FALSE;
      add_node (&full, &net->steps[s]);
    }
  finish (&full, map, input_term);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 5.0; /* a forward, a backward, and every node's backward once more by itself */
}

const WhyMethod why_method_fullgrad = {
  .id = "fullgrad",
  .name = N_ ("FullGrad"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("Gradients of the picture and of every bias in the network: together they are the "
               "whole score."),
  .citation = "Srinivas, Fleuret 2019, arXiv:1905.00780",
  .caveat = N_ ("Coarse layers spread their share over large cells; what has no place is spread "
                "over the whole picture."),
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
