/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer-wise relevance propagation: every node hands the relevance of its output to its inputs by
 * their shares in it. BatchNormalization is folded into convolutions first. What biases and
 * stabilisers absorb is reported: ΣR = f - leak. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/method.h"

enum
{
  EPSILON,
  GAMMA,
  ALPHA_BETA,
  Z_PLUS,
  COMPOSITE
};

static const WhyChoice rule_choices[] = {
  { "epsilon", N_ ("Epsilon") },       { "gamma", N_ ("Gamma") },
  { "alpha-beta", N_ ("Alpha-beta") }, { "z-plus", N_ ("Z-plus") },
  { "composite", N_ ("Composite") },   { NULL, NULL },
};

static const WhyParam params[] = {
  { "rule", N_ ("_Rule"),
    N_ ("How a layer shares relevance out; composite: the pixel box for the first convolution, "
        "gamma for the others, epsilon for dense layers."),
    WHY_PARAM_CHOICE, 0, 0, "composite", rule_choices },
  { "epsilon", N_ ("_Epsilon"), N_ ("Stabiliser of the epsilon rule: absorbs weak evidence."),
    WHY_PARAM_DOUBLE, 0, 1e6, "1e-6", NULL },
  { "gamma", N_ ("_Gamma"), N_ ("How much the gamma rule favours evidence for the class."),
    WHY_PARAM_DOUBLE, 0, 1e6, "0.25", NULL },
  { "alpha", N_ ("_Alpha"),
    N_ ("Weight of evidence for, in the alpha-beta rule (alpha - beta = 1)."), WHY_PARAM_DOUBLE, 1,
    1e6, "2", NULL },
  { "beta", N_ ("_Beta"), N_ ("Weight of evidence against, in the alpha-beta rule."),
    WHY_PARAM_DOUBLE, 0, 1e6, "1", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint rule;
  gdouble epsilon, gamma, alpha, beta;
  WhyValueId first;    /* output of the first convolution; the same in every net of a model */
  WhyReal *low, *high; /* its box, per input channel */
} Rules;

static gboolean
is_convolution (const WhyNode *node)
{
  return g_str_has_prefix (node->op->name, "Conv") || strcmp (node->op->name, "QLinearConv") == 0;
}

static WhyLrpRule
composite_rule (const Rules *rules, const WhyNode *node)
{
  if (node->outputs[0] == rules->first)
    return WHY_LRP_Z_BOX;
  return is_convolution (node) ? WHY_LRP_GAMMA : WHY_LRP_EPSILON;
}

static void
choose (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data)
{
  static const WhyLrpRule plain[] = {
    [EPSILON] = WHY_LRP_EPSILON,
    [GAMMA] = WHY_LRP_GAMMA,
    [ALPHA_BETA] = WHY_LRP_ALPHA_BETA,
    [Z_PLUS] = WHY_LRP_Z_PLUS,
  };
  const Rules *rules = user_data;

  lrp->rule = rules->rule == COMPOSITE ? composite_rule (rules, node) : plain[rules->rule];
  lrp->epsilon = rules->epsilon;
  lrp->gamma = rules->gamma;
  lrp->alpha = rules->alpha;
  lrp->beta = rules->beta;
  lrp->low = rules->low;
  lrp->high = rules->high;
}

static const WhyNode *
first_convolution (const WhyNet *net)
{
  for (guint n = 0; n < net->graph->nodes->len; n++)
    if (strcmp (why_graph_node (net->graph, (gint)n)->op->name, "Conv") == 0)
      return why_graph_node (net->graph, (gint)n);
  return NULL;
}

/* Widens the box by what the convolution reads when the whole picture is one pixel value: right
 * also where the graph itself normalises or reorders the picture before. */
static gboolean
widen_box (WhyTask *task, WhyNet *net, WhyValueId id, Rules *rules, const gchar *colour,
           GError **error)
{
  const WhyShape *shape = why_net_get_value_shape (net, id);
  gint64 cells = why_shape_span (shape, 2, shape->rank);
  g_autofree WhyReal *input = g_new (WhyReal, (gint64)task->channels * task->height * task->width);
  const WhyReal *value;

  why_task_baseline (task, colour, 0, input);
  if (!why_net_forward (net, input, error))
    return FALSE;
  value = why_net_get_value (net, id);
  for (gint64 i = 0; i < shape->dims[1] * cells; i++)
    {
      rules->low[i / cells] = MIN (rules->low[i / cells], value[i]);
      rules->high[i / cells] = MAX (rules->high[i / cells], value[i]);
    }
  return TRUE;
}

static gboolean
find_box (WhyTask *task, WhyNet *net, Rules *rules, GError **error)
{
  const WhyNode *first = first_convolution (net);
  const WhyShape *shape;

  if (rules->rule != COMPOSITE || !first)
    return TRUE;
  rules->first = first->outputs[0];
  shape = why_net_get_value_shape (net, first->inputs[0]);
  rules->low = g_new (WhyReal, shape->dims[1]);
  rules->high = g_new (WhyReal, shape->dims[1]);
  for (gint64 c = 0; c < shape->dims[1]; c++)
    {
      rules->low[c] = G_MAXFLOAT;
      rules->high[c] = -G_MAXFLOAT;
    }
  return widen_box (task, net, first->inputs[0], rules, "black", error)
         && widen_box (task, net, first->inputs[0], rules, "white", error);
}

/* R of the logits: z for the class, -z for the one it is contrasted with. */
static gboolean
propagate (WhyTask *task, WhyNet *net, Rules *rules, gdouble *leak, WhyReal *relevance,
           GError **error)
{
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  WhyValueId input = why_net_get_input (net);
  const WhyReal *logits, *result;

  if (!(logits = why_net_forward (net, task->x, error))
      || !why_progress_set (task->progress, 0.5, error))
    return FALSE;
  why_target_seed (&task->target, task->model, logits, seed);
  for (gint c = 0; c < task->n_classes; c++)
    seed[c] *= logits[c];
  if (!why_net_relevance (net, why_net_get_logits (net), seed, &input, 1, choose, rules, &result,
                          leak, error))
    return FALSE;
  memcpy (relevance, result, (gsize)task->channels * task->height * task->width * sizeof (WhyReal));
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyNet *net = why_explainer_get_net (task->explainer, 1, error);
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  Rules rules = { .rule = why_params_get_choice_index (task->params, "rule"),
                  .first = WHY_VALUE_NONE,
                  .epsilon = why_params_get_double (task->params, "epsilon"),
                  .gamma = why_params_get_double (task->params, "gamma"),
                  .alpha = why_params_get_double (task->params, "alpha"),
                  .beta = why_params_get_double (task->params, "beta") };
  WhyExplanation *out = task->out;
  gdouble leak = 0.0, total = 0.0;
  gboolean ok;

  why_explanation_take_map (out, map);
  ok = net && why_task_check_logit (task, error) && find_box (task, net, &rules, error)
       && propagate (task, net, &rules, &leak, map->real, error);
  g_free (rules.low);
  g_free (rules.high);
  if (!ok)
    return FALSE;
  for (gint64 i = 0; i < why_tensor_numel (map); i++)
    total += (gdouble)map->real[i];
  out->residual_of = out->score;
  out->residual = total - out->score;
  why_explanation_set_residual (out, "leak", leak);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 9.0; /* four products a layer and group of a rule */
}

const WhyMethod why_method_lrp = {
  .id = "lrp",
  .name = N_ ("LRP"),
  .family = WHY_FAMILY_PROPAGATION,
  .blurb = N_ ("Hands the score back layer by layer, to each input its share."),
  .citation = "Bach et al. 2015, PLoS ONE 10(7); Montavon et al. 2019; arXiv:2402.05602",
  .caveat
  = N_ ("The rule decides what is seen; biases absorb a part of the score, which is reported "
        "as leak."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
