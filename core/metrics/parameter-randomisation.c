/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spearman's rank correlation, with signs, of the raw map before and after the layers nearest to
 * the output have forgotten what they learned: a map that stays the same shows the picture and not
 * what the model makes of it. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "graph/model-private.h"
#include "whylayer/correlation.h"
#include "metrics/trial.h"

#define FLAGGED_ABOVE 0.7

static const WhyParam params[] = {
  { "layers", N_ ("_Layers"),
    N_ ("How many layers are drawn anew, from the output on; 0: all of them."), WHY_PARAM_INT, 0,
    10000, "1", NULL },
  { "draws", N_ ("_Draws"), N_ ("Random models that the map is compared on."), WHY_PARAM_INT, 1,
    1000, "3", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed."), WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

static gdouble *
get_ranks (const WhyTensor *map)
{
  gint64 n = why_tensor_numel (map);
  gdouble *ranks = g_new (gdouble, n);

  for (gint64 i = 0; i < n; i++)
    ranks[i] = (gdouble)map->real[i];
  why_rank (ranks, n);
  return ranks;
}

/* The correlation with the map of one random model; 0 when that map is the same everywhere. */
static gboolean
compare_draw (WhyTrial *trial, const WhyTensor *map, const gdouble *ranks, gint64 draw,
              gdouble *correlation, GError **error)
{
  gint layers = (gint)why_params_get_int (trial->params, "layers");
  guint64 seed = (guint64)(why_params_get_int (trial->params, "seed") + draw);
  g_autoptr (WhyModel) model
      = why_model_reinitialise ((WhyModel *)trial->task.model, layers, seed, error);
  g_autoptr (WhyExplainer) explainer = NULL;
  g_autoptr (WhyTensor) again = NULL;
  g_autofree gdouble *again_ranks = NULL;

  if (!model || !(explainer = why_explainer_new_like (trial->task.explainer, model, error))
      || !(again = why_trial_redo (trial, explainer, trial->task.x, error)))
    return FALSE;
  again_ranks = get_ranks (again);
  *correlation = why_correlate (ranks, again_ranks, why_tensor_numel (map));
  if (!isfinite (*correlation))
    *correlation = 0.0;
  return TRUE;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  gint64 draws = why_params_get_int (trial->params, "draws");
  g_autoptr (WhyTensor) map = why_trial_raw (trial);
  g_autofree gdouble *ranks = get_ranks (map);
  gdouble sum = 0.0, squares = 0.0;

  for (gint64 i = 0; i < draws; i++)
    {
      gdouble correlation;
      gboolean done;

      why_progress_push (trial->task.progress, (gdouble)i / (gdouble)draws,
                         (gdouble)(i + 1) / (gdouble)draws);
      done = compare_draw (trial, map, ranks, i, &correlation, error);
      why_progress_pop (trial->task.progress);
      if (!done)
        return FALSE;
      sum += correlation;
      squares += correlation * correlation;
    }
  *value = sum / (gdouble)draws;
  if (standard_error && draws > 1)
    *standard_error
        = sqrt (MAX (squares / (gdouble)draws - *value * *value, 0.0) / ((gdouble)draws - 1.0));
  return TRUE;
}

static gboolean
flag (gdouble value, const WhyParams *values)
{
  return value > FLAGGED_ABOVE;
}

const WhyMetric why_metric_parameter_randomisation = {
  .id = "parameter-randomisation",
  .name = N_ ("Parameter randomisation"),
  .blurb = N_ ("How alike the map stays when the model forgets its last layer; flagged above 0.7."),
  .citation = "Adebayo et al. 2018, arXiv:1810.03292",
  .params = params,
  .higher_is_better = FALSE,
  .controls = TRUE,
  .measure = measure,
  .flag = flag,
};
