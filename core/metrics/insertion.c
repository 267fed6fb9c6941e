/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The area under the target's probability while pixels come into a blurred picture, the most
 * relevant first. */
#include <glib/gi18n-lib.h>

#include "metrics/trial.h"

/* In pixels, as in the paper. */
#define BLUR_SIGMA 5.0
#define BLUR_RADIUS 5

static const WhyChoice bases[] = {
  { "blur", N_ ("The blurred picture") },
  { "zero", N_ ("The mean colour") },
  { NULL, NULL },
};

static const WhyParam params[] = {
  { "steps", N_ ("_Steps"), N_ ("Points of the curve; 28 are 1,792 pixels a step at 224×224."),
    WHY_PARAM_INT, 1, 10000, "28", NULL },
  { "base", N_ ("_Base"), N_ ("What the pixels come into."), WHY_PARAM_CHOICE, 0, 0, "blur",
    bases },
  { "own-score", N_ ("_Own score"),
    N_ ("Measure the question's own score instead of the probability."), WHY_PARAM_BOOL, 0, 0, "no",
    NULL },
  WHY_PARAM_END,
};

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  const WhyTask *task = &trial->task;
  gint steps = (gint)why_params_get_int (trial->params, "steps");
  gint64 numel = (gint64)task->channels * task->height * task->width;
  g_autofree WhyReal *base = g_new0 (WhyReal, numel);
  g_autofree gdouble *scores = g_new (gdouble, steps + 1);

  if (why_params_get_choice_index (trial->params, "base") == 0)
    why_blur_window (task->x, task->channels, task->height, task->width, BLUR_SIGMA, BLUR_RADIUS,
                     base);
  if (!why_trial_curve (trial, base, TRUE, why_params_get_bool (trial->params, "own-score"), steps,
                        scores, error))
    return FALSE;
  *value = why_curve_area (scores, steps);
  return TRUE;
}

const WhyMetric why_metric_insertion = {
  .id = "insertion",
  .name = N_ ("Insertion"),
  .blurb = N_ ("How fast the probability rises when the most relevant pixels come first."),
  .citation = "Petsiuk, Das, Saenko 2018, arXiv:1806.07421",
  .params = params,
  .higher_is_better = TRUE,
  .controls = TRUE,
  .measure = measure,
};
