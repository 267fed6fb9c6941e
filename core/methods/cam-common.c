/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/cam-common.h"

#include <glib/gi18n-lib.h>

const WhyParam why_cam_params[] = {
  { "relu", N_ ("_Positive only"), N_ ("Keep only what speaks for the class; no keeps the sign."),
    WHY_PARAM_BOOL, 0, 0, "yes", NULL },
  WHY_PARAM_END,
};

void
why_cam_finish (WhyTask *task, WhyTensor *map)
{
  gint64 n = why_tensor_numel (map);
  gboolean empty = TRUE;

  if (!why_params_get_bool (task->params, "relu"))
    return;
  for (gint64 i = 0; i < n; i++)
    {
      map->real[i] = MAX (map->real[i], 0);
      empty &= map->real[i] == 0;
    }
  if (empty)
    why_explanation_add_note (task->out,
                              _ ("Nothing at this layer speaks for the class; set relu=no to "
                                 "see what speaks against it."));
}

void
why_cam_combine (const WhyGrid *grid, const WhyReal *activations, const gdouble *weights,
                 WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;

  for (gint k = 0; k < grid->channels; k++)
    for (gint64 p = 0; p < cells; p++)
      map[p] += (WhyReal)(weights[k] * (gdouble)activations[k * cells + p]);
}

void
why_cam_weigh_by_mean (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient,
                       WhyReal *map)
{
  gint64 cells = (gint64)grid->height * grid->width;
  g_autofree gdouble *weights = g_new0 (gdouble, grid->channels);

  for (gint k = 0; k < grid->channels; k++)
    {
      for (gint64 p = 0; p < cells; p++)
        weights[k] += (gdouble)gradient[k * cells + p];
      weights[k] /= (gdouble)cells;
    }
  why_cam_combine (grid, activations, weights, map);
}

gboolean
why_cam_run (WhyTask *task, WhyCamWeigh weigh, GError **error)
{
  gint64 numel = (gint64)task->grid.channels * task->grid.height * task->grid.width;
  g_autofree WhyReal *activations = g_new (WhyReal, numel);
  g_autofree WhyReal *gradient = g_new (WhyReal, numel);
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));

  why_explanation_take_map (task->out, map);
  if (!why_task_layer (task, activations, gradient, NULL, error))
    return FALSE;
  weigh (&task->grid, activations, gradient, map->real);
  why_cam_finish (task, map);
  return TRUE;
}
