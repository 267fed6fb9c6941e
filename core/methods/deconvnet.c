/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backward pass with rectifiers that keep dY > 0 whatever y was. */
#include <glib/gi18n-lib.h>

#include "methods/rectified.h"

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));

  why_explanation_take_map (task->out, map);
  return why_rectified_gradient (task, WHY_BACKWARD_DECONV, map->real, error);
}

const WhyMethod why_method_deconvnet = {
  .id = "deconvnet",
  .name = N_ ("Deconvnet"),
  .family = WHY_FAMILY_GRADIENT,
  .blurb = N_ ("Projects the score back through rectifiers that pass only positive signals."),
  .citation = "Zeiler, Fergus 2013, arXiv:1311.2901",
  .caveat = N_ ("Shows what the network can see more than why it decided."),
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_MAX_ABS,
  .run = run,
};
