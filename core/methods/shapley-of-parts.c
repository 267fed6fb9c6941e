/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact Shapley values of the parts a person names: selections or layers of the picture (given with
 * the question), or its colour channels. */
#include <glib/gi18n-lib.h>

#include "limits.h"
#include "methods/coalition.h"

static const WhyParam params[] = {
  { "fill", N_ ("_Fill"), N_ ("What stands where a part is missing."), WHY_PARAM_CHOICE, 0, 0,
    "blur", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise fill."), WHY_PARAM_INT, 0, 2147483647, "0",
    NULL },
  WHY_PARAM_END,
};

/* Without parts of the person's own: one for each channel. */
static void
init_parts (WhyFeatures *features, WhyTask *task)
{
  gint64 plane = (gint64)task->height * task->width;
  gint64 numel = task->n_parts > 0 ? plane : task->channels * plane;

  *features = (WhyFeatures){ .n = task->n_parts > 0 ? task->n_parts : task->channels,
                             .per_channel = task->n_parts == 0,
                             .labels = g_new (gint, numel),
                             .fill = g_new (WhyReal, task->channels * plane) };
  for (gint64 i = 0; i < numel; i++)
    features->labels[i] = task->n_parts > 0 ? task->parts[i] : (gint)(i / plane);
  why_task_baseline (task, why_params_get_choice (task->params, "fill"),
                     (guint64)why_params_get_int (task->params, "seed"), features->fill);
}

static gboolean
run (WhyTask *task, GError **error)
{
  g_auto (WhyFeatures) features = { 0 };
  g_autofree gdouble *scores = NULL;
  gdouble values[WHY_MAX_PARTS], sum = 0.0;

  if (task->n_parts > WHY_MAX_PARTS)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%d parts; at most %d can be tried in all "
                      "combinations"),
                   task->n_parts, WHY_MAX_PARTS);
      return FALSE;
    }
  init_parts (&features, task);
  scores = g_new (gdouble, G_GINT64_CONSTANT (1) << features.n);
  if (!why_coalition_enumerate (task, &features, scores, error))
    return FALSE;
  why_shapley_exact (scores, features.n, values);
  for (gint i = 0; i < features.n; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("part-%d", i + 1);
      why_explanation_set_residual (task->out, name, values[i]);
      sum += values[i];
    }
  task->out->residual_of = scores[(1 << features.n) - 1] - scores[0];
  task->out->residual = sum - task->out->residual_of;
  why_explanation_take_map (task->out, why_features_spread (&features, task, values));
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 1 << 3; /* the colour channels */
}

const WhyMethod why_method_shapley_of_parts = {
  .id = "shapley-of-parts",
  .name = N_ ("Shapley of parts"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb
  = N_ ("Shares the score exactly among your own parts: selection, layers or colour channels."),
  .citation = "Shapley 1953; Lundberg, Lee 2017, arXiv:1705.07874",
  .caveat = N_ ("A part's absence has to be drawn somehow: compare two fills."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
