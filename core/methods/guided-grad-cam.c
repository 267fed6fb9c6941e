/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guided backpropagation times the enlarged Grad-CAM. */
#include <glib/gi18n-lib.h>

#include "methods/cam-common.h"
#include "methods/rectified.h"

static const WhyChoice upsamplings[] = {
  { "bilinear", N_ ("Bilinear") },
  { "nearest", N_ ("Nearest") },
  { NULL, NULL },
};

static const WhyParam params[] = {
  { "relu", N_ ("_Positive only"), N_ ("Keep only what speaks for the class; no keeps the sign."),
    WHY_PARAM_BOOL, 0, 0, "yes", NULL },
  { "upsampling", N_ ("_Upsampling"), N_ ("How the coarse map is enlarged."), WHY_PARAM_CHOICE, 0,
    0, "bilinear", upsamplings },
  WHY_PARAM_END,
};

static void
enlarge (const WhyTask *task, const WhyReal *cells, WhyReal *mask)
{
  gint h = task->grid.height, w = task->grid.width;

  if (why_params_get_choice_index (task->params, "upsampling") == 0)
    {
      why_upsample (cells, h, w, mask, task->height, task->width);
      return;
    }
  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      mask[(gint64)y * task->width + x] = cells[y * h / task->height * w + x * w / task->width];
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autoptr (WhyTensor) cam = NULL;
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));

  if (!why_cam_run (task, why_cam_weigh_by_mean, error))
    {
      why_tensor_unref (map);
      return FALSE;
    }
  cam = why_tensor_ref (task->out->map);
  why_explanation_take_map (task->out, map);
  enlarge (task, cam->real, mask);
  if (!why_rectified_gradient (task, WHY_BACKWARD_GUIDED, map->real, error))
    return FALSE;
  for (gint c = 0; c < task->channels; c++)
    for (gint64 p = 0; p < plane; p++)
      map->real[c * plane + p] *= mask[p];
  return TRUE;
}

const WhyMethod why_method_guided_grad_cam = {
  .id = "guided-grad-cam",
  .name = N_ ("Guided Grad-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb = N_ ("Grad-CAM's place with guided backpropagation's detail."),
  .citation = "Selvaraju et al. 2017, arXiv:1610.02391",
  .caveat = N_ ("The detail is close to an edge detector's; only the place is the decision's."),
  .params = params,
  .is_signed = TRUE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_MAX_ABS,
  .run = run,
};
