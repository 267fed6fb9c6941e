/* SPDX-License-Identifier: GPL-3.0-or-later */
/* m·(x - x′) with DeepLIFT's multipliers by the Rescale rule: every nonlinearity passes Δy/Δx
 * instead of its derivative, so the map sums to f(x) - f(x′). */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "methods/method.h"

static const WhyParam params[] = {
  { "baseline", N_ ("_Baseline"), N_ ("The picture that stands for no evidence."), WHY_PARAM_CHOICE,
    0, 0, "black", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise baseline."), WHY_PARAM_INT, 0, 2147483647,
    "0", NULL },
  WHY_PARAM_END,
};

/* Picture and reference run side by side, as a batch of two. */
static WhyNet *
get_pair (WhyTask *task, GError **error)
{
  g_autoptr (GError) local = NULL;
  WhyNet *net = why_explainer_get_net (task->explainer, 2, &local);

  if (g_error_matches (local, WHY_ERROR, WHY_ERROR_MODEL_SHAPE))
    g_set_error_literal (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
                         _ ("DeepLIFT runs the picture and its baseline side by side, and this "
                            "network takes one picture at a time; export it with an open batch "
                            "size, or use integrated gradients"));
  else if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return net;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_tensor_numel (map);
  g_autofree WhyReal *inputs = g_new (WhyReal, 2 * n);
  g_autofree WhyReal *seed = g_new0 (WhyReal, 2 * (gsize)task->n_classes);
  WhyExplanation *out = task->out;
  const WhyReal *logits, *multipliers;
  gdouble total = 0.0;
  WhyNet *net;

  why_explanation_take_map (out, map);
  if (!why_task_check_logit (task, error) || !(net = get_pair (task, error)))
    return FALSE;
  memcpy (inputs, task->x, (gsize)n * sizeof (WhyReal));
  why_task_baseline (task, why_params_get_choice (task->params, "baseline"),
                     (guint64)why_params_get_int (task->params, "seed"), inputs + n);
  if (!(logits = why_net_forward (net, inputs, error))
      || !why_progress_set (task->progress, 0.5, error))
    return FALSE;
  out->residual_of = why_target_seed (&task->target, task->model, logits, seed)
                     - why_target_score (&task->target, task->model, logits + task->n_classes);
  multipliers = why_net_backward (net, seed, why_net_get_input (net), WHY_BACKWARD_RESCALE, error);
  if (!multipliers)
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    {
      map->real[i] = multipliers[i] * (inputs[i] - inputs[n + i]);
      total += (gdouble)map->real[i];
    }
  out->residual = total - out->residual_of;
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 6.0;
}

const WhyMethod why_method_deeplift = {
  .id = "deeplift",
  .name = N_ ("DeepLIFT"),
  .family = WHY_FAMILY_PROPAGATION,
  .blurb = N_ ("Traces the score difference to a baseline back through differences instead of "
               "slopes."),
  .citation = "Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685",
  .caveat = N_ ("Depends on the baseline: with black, dark evidence stays dark."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
