/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backward pass with rectifiers that keep y > 0 and dY > 0. */
#include <glib/gi18n-lib.h>

#include "methods/rectified.h"

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));

  why_explanation_take_map (task->out, map);
  return why_rectified_gradient (task, WHY_BACKWARD_GUIDED, map->real, error);
}

const WhyMethod why_method_guided_backprop = {
  .id = "guided-backprop",
  .name = N_ ("Guided backpropagation"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("Gradients that only ever flow through what is active and helps: crisp outlines."),
  .citation = "Springenberg et al. 2014, arXiv:1412.6806",
  .caveat = N_ ("Close to an edge detector: it hardly changes when the classifier is "
                "re-initialised (arXiv:1810.03292)."),
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_MAX_ABS,
  .run = run,
};
