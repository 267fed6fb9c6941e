/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/line.h"

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "ops/last.h"

/* Numbers that every point of a batch passes before the next ones: they stay cached. */
#define BLOCK 2048

struct _WhyLine
{
  WhyNet *net;                  /* (transfer none) */
  WhyNet *head;                 /* the convolution by itself, a batch of two, as written */
  WhyValueId at;                /* in net's program: what the convolution and its rectifier make */
  WhyReal low, high;            /* the rectifier; infinite without one */
  WhyShape shape;               /* [1,K,h,w]: of one point there */
  gint64 n;                     /* its numbers */
  WhyReal *start, *slope, *sum; /* [h,w,K]: before the rectifier; d/dα; of the gradients */
  /* of the run at hand */
  const gdouble *factors;  /* per point: α, or its weight */
  const WhyReal *gradient; /* [N,h,w,K] */
};

/* The step that reads the picture, when it is the only one and just a convolution, maybe with a
 * rectifier; NULL otherwise. All other steps depend on it: what does not was folded. */
static const WhyStep *
find_head (const WhyNet *net)
{
  const WhyStep *head = NULL;

  for (gint s = 0; s < net->n_steps; s++)
    for (gint i = 0; i < net->steps[s].n_in; i++)
      if (net->steps[s].node->inputs[i] == net->program->input)
        {
          if (head)
            return NULL;
          head = &net->steps[s];
        }
  if (!head || head->node->op != &why_op_last_conv || head->n_in > 3
      || why_node_int (head->node, WHY_LAST_PLANAR, 0) == 0)
    return NULL;
  return head;
}

/* The convolution of the graph that the program's first step stands for. */
static const WhyNode *
find_conv (const WhyGraph *graph)
{
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      if (node->n_inputs > 0 && node->inputs[0] == graph->input)
        return node;
    }
  g_return_val_if_reached (NULL);
}

static WhyNet *
new_head (const WhyNet *net, GError **error)
{
  WhyGraph *graph = why_graph_copy (net->graph);
  WhyNetOptions options = { .batch = 2, .threads = net->options.threads };

  graph->output = find_conv (graph)->outputs[0];
  g_array_set_size (graph->outputs, 0);
  g_array_append_val (graph->outputs, graph->output);
  why_graph_prune (graph);
  why_graph_value (graph, graph->input)->shape.dims[0] = options.batch;
  return why_net_new_graph (graph, &options, error);
}

/* What the convolution makes of both ends. */
static gboolean
run_head (WhyLine *line, const WhyReal *from, const WhyReal *to, GError **error)
{
  WhyNet *head = line->head;
  WhyTensor *input = why_net_get_tensor (head, head->graph->input);
  gint64 numel = why_tensor_numel (input) / 2;
  const WhyReal *out;

  memcpy (input->real, from, (gsize)numel * sizeof (WhyReal));
  memcpy (input->real + numel, to, (gsize)numel * sizeof (WhyReal));
  if (!why_net_run (head, error))
    return FALSE;
  line->shape = *why_net_get_value_shape (head, head->logits);
  line->shape.dims[0] = 1;
  line->n = why_shape_numel (&line->shape);
  line->start = g_new (WhyReal, line->n);
  line->slope = g_new (WhyReal, line->n);
  line->sum = g_new0 (WhyReal, line->n);
  out = why_net_get_value (head, head->logits);
  why_plain_to_twin (&line->shape, out, line->start);
  why_plain_to_twin (&line->shape, out + line->n, line->slope);
  for (gint64 i = 0; i < line->n; i++)
    line->slope[i] -= line->start[i];
  return TRUE;
}

WhyLine *
why_line_new (WhyNet *net, const WhyReal *from, const WhyReal *to, GError **error)
{
  const WhyStep *step = find_head (net);
  const WhyAttr *clamp = step ? why_node_attr (step->node, WHY_LAST_CLAMP) : NULL;
  g_autoptr (WhyLine) line = NULL;

  if (!step)
    return NULL;
  line = g_new0 (WhyLine, 1);
  line->net = net;
  line->at = step->node->outputs[0];
  line->low = clamp ? (WhyReal)clamp->floats[0] : -(WhyReal)INFINITY;
  line->high = clamp ? (WhyReal)clamp->floats[1] : (WhyReal)INFINITY;
  if (!(line->head = new_head (net, error)) || !run_head (line, from, to, error))
    return NULL;
  return g_steal_pointer (&line);
}

void
why_line_free (WhyLine *line)
{
  if (!line)
    return;
  why_net_free (line->head);
  g_free (line->start);
  g_free (line->slope);
  g_free (line->sum);
  g_free (line);
}

static void
go_to_points (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyLine *line = data;
  const WhyReal low = line->low, high = line->high;
  WhyReal *values = line->net->tensors[line->at]->real;

  for (gint64 first = begin; first < end; first += BLOCK)
    for (gint k = 0; k < line->net->options.batch; k++)
      {
        const WhyReal alpha = (WhyReal)line->factors[k];
        WhyReal *restrict y = values + k * line->n;

        for (gint64 i = first; i < MIN (first + BLOCK, end); i++)
          {
            WhyReal value = line->start[i] + alpha * line->slope[i];
            value = value > low ? value : low;
            y[i] = value < high ? value : high;
          }
      }
}

const WhyReal *
why_line_forward (WhyLine *line, const gdouble *alphas)
{
  line->factors = alphas;
  why_pool_run (line->net->pool, line->n, BLOCK, go_to_points, line);
  return why_net_run_after (line->net, line->at);
}

/* Through the rectifier as in ops/last-conv.c: at a bound the gradient is zero. */
static void
add_points (gpointer data, gint64 begin, gint64 end, gint thread)
{
  WhyLine *line = data;
  const WhyReal *values = line->net->tensors[line->at]->real;

  for (gint64 first = begin; first < end; first += BLOCK)
    for (gint k = 0; k < line->net->options.batch; k++)
      {
        WhyGate gate = { .y = values + k * line->n,
                         .dy = line->gradient + k * line->n,
                         .out = line->sum,
                         .low = line->low,
                         .high = line->high };
        why_kernels ()->gate_sum (&gate, (WhyReal)line->factors[k], first,
                                  MIN (first + BLOCK, end));
      }
}

gboolean
why_line_backward (WhyLine *line, const WhyReal *seed, const gdouble *weights, GError **error)
{
  line->gradient = why_net_backward (line->net, seed, line->at, WHY_BACKWARD_GRADIENT, error);
  if (!line->gradient)
    return FALSE;
  line->factors = weights;
  why_pool_run (line->net->pool, line->n, BLOCK, add_points, line);
  return TRUE;
}

const WhyReal *
why_line_get_sum (WhyLine *line, GError **error)
{
  WhyNet *head = line->head;
  g_autofree WhyReal *seed = g_new0 (WhyReal, 2 * line->n);

  why_twin_to_plain (&line->shape, line->sum, seed);
  return why_net_backward (head, seed, head->graph->input, WHY_BACKWARD_GRADIENT, error);
}
