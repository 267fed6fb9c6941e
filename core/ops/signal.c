/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/signal.h"

#include "ops/binary.h"

#define MAX_INPUTS 32   /* bits of a plan */
#define MAX_UPSTREAM 64 /* nodes looked at: gates are near; a hostile graph must stay cheap */

gpointer
why_prepare_constants (const WhyNode *node, const WhyInfer *infer)
{
  guint bits = 0;

  for (gint i = 0; i < MIN (node->n_inputs, MAX_INPUTS); i++)
    if (infer->in[i] && infer->in[i]->constant)
      bits |= WHY_INPUT_BIT (i);
  return GUINT_TO_POINTER (bits);
}

gpointer
why_prepare_first (const WhyNode *node, const WhyInfer *infer)
{
  return GUINT_TO_POINTER (WHY_INPUT_BIT (infer->in[0]->constant ? 1 : 0));
}

static const WhyNode *
producer (const WhyGraph *graph, WhyValueId id)
{
  gint index = id == WHY_VALUE_NONE ? -1 : why_graph_value (graph, id)->producer;

  return index < 0 ? NULL : why_graph_node (graph, index);
}

static gboolean
is_constant (const WhyGraph *graph, WhyValueId id)
{
  return id == WHY_VALUE_NONE || why_graph_value (graph, id)->constant;
}

/* Whether value `from` is computed from `ancestor`, looking at the nearest nodes only. */
static gboolean
comes_from (const WhyGraph *graph, WhyValueId from, WhyValueId ancestor)
{
  WhyValueId queue[MAX_UPSTREAM];
  gint n = 0;

  queue[n++] = from;
  for (gint i = 0; i < n; i++)
    {
      const WhyNode *node = producer (graph, queue[i]);

      for (gint j = 0; node && j < node->n_inputs; j++)
        {
          WhyValueId input = node->inputs[j];
          gboolean seen = is_constant (graph, input);

          if (input == ancestor)
            return TRUE;
          for (gint k = 0; k < n && !seen; k++)
            seen = queue[k] == input;
          if (!seen && n < MAX_UPSTREAM)
            queue[n++] = input;
        }
    }
  return FALSE;
}

/* The data input of a node that only scales, shifts or rearranges one value; else NONE. */
static WhyValueId
carried_input (const WhyGraph *graph, const WhyNode *node)
{
  static const gchar *const first[]
      = { "Identity", "Cast",  "Reshape", "Flatten",   "Squeeze", "Unsqueeze",
          "Expand",   "Split", "Slice",   "Transpose", NULL };
  static const gchar *const either[] = { "Add", "Sub", "Mul", "Div", NULL };

  if (g_strv_contains (first, node->op->name))
    return node->inputs[0];
  if (g_strv_contains (either, node->op->name))
    {
      if (is_constant (graph, node->inputs[1]))
        return node->inputs[0];
      if (is_constant (graph, node->inputs[0]))
        return node->inputs[1];
    }
  return WHY_VALUE_NONE;
}

/* The scale that a quantised value is multiplied by on its way back. */
static gboolean
is_scale (const WhyNode *node, WhyValueId id)
{
  return g_strcmp0 (node->op->name, "DynamicQuantizeLinear") == 0 && id != node->outputs[0];
}

static gboolean
is_bounded (const WhyGraph *graph, WhyValueId id)
{
  static const gchar *const bounded[]
      = { "Sigmoid", "HardSigmoid", "Tanh", "Softmax", "Erf", "Clip", NULL };

  for (gint i = 0; i < MAX_UPSTREAM; i++)
    {
      const WhyNode *node = producer (graph, id);

      if (!node)
        return FALSE;
      if (g_strv_contains (bounded, node->op->name) || is_scale (node, id))
        return TRUE;
      id = carried_input (graph, node);
      if (id == WHY_VALUE_NONE)
        return FALSE;
    }
  return FALSE;
}

gpointer
why_prepare_signal (const WhyNode *node, const WhyInfer *infer)
{
  const WhyGraph *graph = infer->graph;
  WhyValueId a = node->inputs[0], b = node->inputs[1];
  gboolean first = !infer->in[0]->constant, second = !infer->in[1]->constant;

  if (first && second && graph)
    {
      if (a == b || comes_from (graph, b, a))
        second = FALSE;
      else if (comes_from (graph, a, b))
        first = FALSE;
      else if (is_bounded (graph, a) != is_bounded (graph, b))
        {
          first = is_bounded (graph, b);
          second = !first;
        }
    }
  return GUINT_TO_POINTER ((first ? WHY_INPUT_BIT (0) : 0) | (second ? WHY_INPUT_BIT (1) : 0));
}

enum
{
  TERM_Y, /* operands of the loop over one input of a sum or product */
  TERM_X
};

typedef struct
{
  const WhyReal *relevance, *x;
  WhyReal *out; /* relevance of the input, or NULL: only counted */
  gdouble *denominator;
  gdouble factor;
  gboolean positive;
  gdouble total;
} Term;

static void
make_term_loop (const WhyRun *run, gint input, WhyLoop *loop)
{
  const WhyShape *shape = &run->in[input]->shape;
  WhyShape b = input == 1 ? why_binary_shape_b (run->node, &run->in[0]->shape, shape) : *shape;

  why_loop_init (loop, &run->out[0]->shape, 2);
  why_loop_dense (loop, TERM_Y);
  why_loop_broadcast (loop, TERM_X, &b);
}

static void
signal_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Term *term = data;
  const WhyReal *relevance = term->relevance + offset[TERM_Y];
  WhyReal *out = term->out + offset[TERM_X];

  for (gint64 i = 0; i < n; i++)
    out[i * stride[TERM_X]] += relevance[i * stride[TERM_Y]] * (WhyReal)term->factor;
}

/* Adds factor · R to input i, summed over broadcast axes. */
static void
give (const WhyRun *run, gint i, gdouble factor)
{
  Term term = { .relevance = run->grad_out[0], .out = run->grad_in[i], .factor = factor };
  WhyLoop loop;

  if (!term.relevance || !term.out)
    return;
  make_term_loop (run, i, &loop);
  why_loop_run (&loop, run->pool, TERM_X, signal_row, &term);
}

void
why_relevance_signal (const WhyRun *run)
{
  guint bits = WHY_PLAN_BITS (run->plan);
  gint n = 0;

  for (gint i = 0; i < run->node->n_inputs; i++)
    n += (bits & WHY_INPUT_BIT (i)) != 0;
  for (gint i = 0; i < run->node->n_inputs; i++)
    if (bits & WHY_INPUT_BIT (i))
      give (run, i, 1.0 / n);
}

static gdouble
contribution (const Term *term, WhyReal x)
{
  gdouble c = (gdouble)x * term->factor;

  return term->positive && c < 0 ? 0 : c;
}

static void
denominator_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Term *term = data;
  gdouble *sum = term->denominator + offset[TERM_Y];

  for (gint64 i = 0; i < n; i++)
    sum[i * stride[TERM_Y]] += contribution (term, term->x[offset[TERM_X] + i * stride[TERM_X]]);
}

static void
share_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  Term *term = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = offset[TERM_Y] + i * stride[TERM_Y], x = offset[TERM_X] + i * stride[TERM_X];
      gdouble share
          = term->denominator[y] == 0
                ? 0
                : term->relevance[y] * contribution (term, term->x[x]) / term->denominator[y];
      term->total += share;
      if (term->out)
        term->out[x] += (WhyReal)share;
    }
}

static gboolean
is_constant_input (const WhyRun *run, gint i)
{
  return i < MAX_INPUTS && (WHY_PLAN_BITS (run->plan) & WHY_INPUT_BIT (i));
}

/* The only input that is no constant, or -1. */
static gint
only_data_input (const WhyRun *run)
{
  gint only = -1;

  for (gint i = 0; i < run->node->n_inputs; i++)
    {
      if (is_constant_input (run, i))
        continue;
      if (only >= 0)
        return -1;
      only = i;
    }
  return only;
}

static gdouble *
sum_denominator (const WhyRun *run, gdouble scale, const gdouble *sign, gboolean positive)
{
  gint64 n = why_tensor_numel (run->out[0]);
  gdouble *sum = g_new0 (gdouble, MAX (n, 1));
  gdouble epsilon = run->lrp->epsilon;
  WhyLoop loop;

  if (positive)
    for (gint i = 0; i < run->node->n_inputs; i++)
      {
        Term term = {
          .x = run->in[i]->real, .denominator = sum, .factor = sign ? sign[i] : 1, .positive = TRUE
        };
        if (is_constant_input (run, i))
          continue;
        make_term_loop (run, i, &loop);
        why_loop_run (&loop, NULL, TERM_Y, denominator_row, &term);
      }
  else
    for (gint64 i = 0; i < n; i++)
      {
        sum[i] = scale * (gdouble)run->out[0]->real[i];
        sum[i] += sum[i] < 0 ? -epsilon : epsilon;
      }
  return sum;
}

void
why_relevance_sum (const WhyRun *run, gdouble scale, const gdouble *sign)
{
  gboolean positive = run->lrp->rule == WHY_LRP_EXCITATION;
  g_autofree gdouble *denominator = NULL;
  gdouble given = 0, received = 0;
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  if (positive && only_data_input (run) >= 0)
    {
      give (run, only_data_input (run), 1.0);
      return;
    }
  denominator = sum_denominator (run, scale, sign, positive);
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    given += run->grad_out[0][i];
  for (gint i = 0; i < run->node->n_inputs; i++)
    {
      gboolean constant = is_constant_input (run, i);
      Term term = { .relevance = run->grad_out[0],
                    .x = run->in[i]->real,
                    .out = constant ? NULL : run->grad_in[i],
                    .denominator = denominator,
                    .factor = sign ? sign[i] : 1,
                    .positive = positive };
      if (constant)
        continue;
      make_term_loop (run, i, &loop);
      why_loop_run (&loop, NULL, TERM_X, share_row, &term);
      received += term.total;
    }
  run->lrp->leak += given - received;
}
