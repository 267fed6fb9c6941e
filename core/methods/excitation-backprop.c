/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probability that a cell of the layer is the last winner when, starting at the class, every
 * unit in turn hands over to one of those that excite it, at random by x⁺w⁺. Contrastive: less the
 * same for the opposite of the class (its weights negated), which leaves what tells it apart. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "methods/attention.h"
#include "methods/method.h"

#define TINY 1e-12 /* pools of nothing but zeros have no winner */

static const WhyParam params[] = {
  { "contrastive", N_ ("_Contrastive"),
    N_ ("Take away what would just as well speak for anything but the class."), WHY_PARAM_BOOL, 0,
    0, "no", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gboolean dual; /* negate the classifier's weights */
  gboolean past_classifier;
} Walk;

static void
choose (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data)
{
  static const gchar *const linear[] = { "Conv", "Gemm", "MatMul", NULL };
  Walk *walk = user_data;

  lrp->epsilon = TINY;
  lrp->rule = WHY_LRP_EXCITATION;
  if (walk->past_classifier || !g_strv_contains (linear, node->op->name))
    return;
  walk->past_classifier = TRUE;
  if (walk->dual)
    lrp->rule = WHY_LRP_EXCITATION_DUAL;
}

/* Adds factor times the winning probabilities of the layer's cells to map. */
static gboolean
add_winners (WhyTask *task, WhyNet *net, const WhyReal *seed, gboolean dual, gdouble *leak,
             WhyReal *map, GError **error)
{
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  g_autofree WhyReal *winners = g_new (WhyReal, task->grid.channels * cells);
  Walk walk = { .dual = dual };
  const WhyReal *result;
  gdouble absorbed;

  if (!why_net_relevance (net, why_net_get_logits (net), seed, &task->layer, 1, choose, &walk,
                          &result, &absorbed, error))
    return FALSE;
  why_grid_gather (&task->grid, result, winners);
  for (gint64 i = 0; i < task->grid.channels * cells; i++)
    map[i % cells] += dual ? -winners[i] : winners[i];
  *leak += dual ? -absorbed : absorbed;
  return TRUE;
}

static gboolean
check_network (WhyNet *net, GError **error)
{
  g_autoptr (GArray) attention = why_attention_find (net, NULL, NULL);

  if (!attention)
    return TRUE;
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                       _ ("excitation backpropagation needs units that excite each other, and "
                          "attention does not work that way; use LRP or a transformer method"));
  return FALSE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gboolean contrastive = why_params_get_bool (task->params, "contrastive");
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  WhyExplanation *out = task->out;
  gdouble leak = 0.0, total = 0.0;
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));
  WhyNet *net;

  why_explanation_take_map (out, map);
  if (!why_task_check_logit (task, error) || !(net = why_task_run_plain (task, error))
      || !check_network (net, error))
    return FALSE;
  why_target_seed (&task->target, task->model, why_net_get_value (net, net->logits), seed);
  for (gint dual = 0; dual <= contrastive; dual++)
    if (!add_winners (task, net, seed, dual == 1, &leak, map->real, error))
      return FALSE;
  for (gint64 i = 0; i < why_tensor_numel (map); i++)
    total += (gdouble)map->real[i];
  out->residual_of = contrastive || task->target.against >= 0 ? 0.0 : 1.0;
  out->residual = total - out->residual_of;
  why_explanation_set_residual (out, "leak", leak);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return why_params_get_bool (values, "contrastive") ? 9.0 : 5.0;
}

const WhyMethod why_method_excitation_backprop = {
  .id = "excitation-backprop",
  .name = N_ ("Excitation backprop"),
  .family = WHY_FAMILY_PROPAGATION,
  .blurb = N_ ("Who wins when every unit asks which of its inputs excited it: a probability map."),
  .citation = "Zhang et al. 2016, arXiv:1608.00507",
  .caveat = N_ ("Counts only what excites; read it at a layer without negative values."),
  .params = params,
  .is_signed = TRUE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
