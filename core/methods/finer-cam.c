/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grad-CAM of f_t - α·mean(f_d) over the classes d that are most like t (by their logits), or over
 * the one class the person contrasts with: what tells the target from its neighbours. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "methods/cam-common.h"

static const WhyParam params[] = {
  { "relu", N_ ("_Positive only"), N_ ("Keep only what speaks for the class; no keeps the sign."),
    WHY_PARAM_BOOL, 0, 0, "yes", NULL },
  { "alpha", N_ ("_Alpha"), N_ ("How much of the similar classes is taken away."), WHY_PARAM_DOUBLE,
    0, 10, "0.6", NULL },
  { "classes", N_ ("_Classes"), N_ ("How many similar classes are compared with."), WHY_PARAM_INT,
    1, 100, "3", NULL },
  WHY_PARAM_END,
};

/* The untaken class whose logit is nearest to the target's. */
static gint
nearest_class (const WhyReal *logits, gint n, gint target, const gboolean *taken)
{
  gint best = -1;

  for (gint c = 0; c < n; c++)
    if (c != target && !taken[c]
        && (best < 0
            || fabs ((gdouble)(logits[c] - logits[target]))
                   < fabs ((gdouble)(logits[best] - logits[target]))))
      best = c;
  return best;
}

static void
fill_seed (const WhyTask *task, const WhyReal *logits, WhyReal *seed)
{
  gdouble alpha = why_params_get_double (task->params, "alpha");
  gint classes = MIN ((gint)why_params_get_int (task->params, "classes"), task->n_classes - 1);
  g_autofree gboolean *taken = g_new0 (gboolean, task->n_classes);

  seed[task->target.index] = 1;
  if (task->target.against >= 0)
    {
      seed[task->target.against] = (WhyReal)-alpha;
      return;
    }
  for (gint i = 0; i < classes; i++)
    {
      gint like = nearest_class (logits, task->n_classes, task->target.index, taken);
      taken[like] = TRUE;
      seed[like] = (WhyReal)(-alpha / classes);
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyNet *net = why_explainer_get_net (task->explainer, 1, error);
  gint64 numel = (gint64)task->grid.channels * task->grid.height * task->grid.width;
  g_autofree WhyReal *activations = g_new (WhyReal, numel);
  g_autofree WhyReal *gradient = g_new (WhyReal, numel);
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));
  const WhyReal *logits, *result;

  why_explanation_take_map (task->out, map);
  if (!net || !(logits = why_net_forward (net, task->x, error)))
    return FALSE;
  fill_seed (task, logits, seed);
  result = why_net_backward (net, seed, task->layer, WHY_BACKWARD_GRADIENT, error);
  if (!result)
    return FALSE;
  why_grid_gather (&task->grid, why_net_get_value (net, task->layer), activations);
  why_grid_gather (&task->grid, result, gradient);
  why_cam_weigh_by_mean (&task->grid, activations, gradient, map->real);
  why_cam_finish (task, map);
  return TRUE;
}

const WhyMethod why_method_finer_cam = {
  .id = "finer-cam",
  .name = N_ ("Finer-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("What tells the class from its look-alikes."),
  .citation = "Zhang et al. 2025, arXiv:2501.11309",
  .caveat
  = N_ ("Leaves out what the look-alikes share, even when it matters for the class. It explains "
        "logits, whatever the score."),
  .params = params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
