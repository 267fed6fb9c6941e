/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x · ∂f/∂x: the first-order share of each input in the score. */
#include <glib/gi18n-lib.h>

#include "methods/method.h"

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_tensor_numel (map);

  why_explanation_take_map (task->out, map);
  if (!why_task_gradient (task, task->x, WHY_BACKWARD_GRADIENT, NULL, map->real, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    map->real[i] *= task->x[i];
  return TRUE;
}

const WhyMethod why_method_input_x_gradient = {
  .id = "input-x-gradient",
  .name = N_ ("Input × gradient"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("Each pixel's value times its gradient: its first-order share in the score."),
  .citation = "Shrikumar et al. 2016, arXiv:1605.01713",
  .caveat = N_ ("Pixels at the mean colour get nothing, whatever they mean."),
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
