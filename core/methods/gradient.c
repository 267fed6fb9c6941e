/* SPDX-License-Identifier: GPL-3.0-or-later */
/* g = ∂f/∂x. */
#include <glib/gi18n-lib.h>

#include "methods/method.h"

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));

  why_explanation_take_map (task->out, map);
  return why_task_gradient (task, task->x, WHY_BACKWARD_GRADIENT, NULL, map->real, error);
}

const WhyMethod why_method_gradient = {
  .id = "gradient",
  .name = N_ ("Gradient"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("Which pixels would change the score most if they changed a little."),
  .citation = "Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034",
  .caveat
  = N_ ("Shows sensitivity, not evidence: noisy, and blind where the network has saturated."),
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_MAX_ABS,
  .run = run,
};
