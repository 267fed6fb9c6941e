/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every channel, scaled to 0…1 and enlarged, is a mask over the picture (black outside); the score
 * it keeps is its weight. No gradients. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "methods/cam-common.h"

static const WhyChoice weightings[] = {
  { "softmax", N_ ("Softmax over the channels' scores") },
  { "increase", N_ ("Score gained over the baseline") },
  { NULL, NULL },
};

static const WhyParam params[] = {
  { "relu", N_ ("_Positive only"), N_ ("Keep only what speaks for the class; no keeps the sign."),
    WHY_PARAM_BOOL, 0, 0, "yes", NULL },
  { "weights", N_ ("_Weights"), N_ ("How a channel's score becomes its weight."), WHY_PARAM_CHOICE,
    0, 0, "softmax", weightings },
  WHY_PARAM_END,
};

typedef struct
{
  const WhyReal *activations; /* [K,h,w] */
  WhyReal *baseline;          /* [C,H,W] */
  WhyReal *cells, *mask;      /* [h,w], [H,W] */
  gdouble *scores;            /* [K] */
} Masks;

static void
scale_channel (const WhyReal *channel, gint64 cells, WhyReal *scaled)
{
  WhyReal low = channel[0], high = channel[0];

  for (gint64 p = 1; p < cells; p++)
    {
      low = MIN (low, channel[p]);
      high = MAX (high, channel[p]);
    }
  for (gint64 p = 0; p < cells; p++) /* a flat channel masks nothing in particular: all out */
    scaled[p] = high > low ? (channel[p] - low) / (high - low) : 0;
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Masks *masks = user_data;
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  gint64 plane = (gint64)task->height * task->width;

  scale_channel (masks->activations + index * cells, cells, masks->cells);
  why_upsample (masks->cells, task->grid.height, task->grid.width, masks->mask, task->height,
                task->width);
  for (gint c = 0; c < task->channels; c++)
    for (gint64 p = 0; p < plane; p++)
      {
        WhyReal base = masks->baseline[c * plane + p];
        input[c * plane + p] = base + masks->mask[p] * (task->x[c * plane + p] - base);
      }
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Masks *)user_data)->scores[index] = score;
}

static void
softmax (gdouble *values, gint n)
{
  gdouble most = values[0], sum = 0.0;

  for (gint i = 1; i < n; i++)
    most = MAX (most, values[i]);
  for (gint i = 0; i < n; i++)
    sum += values[i] = exp (values[i] - most);
  for (gint i = 0; i < n; i++)
    values[i] /= sum;
}

static gboolean
weigh_scores (WhyTask *task, Masks *masks, GError **error)
{
  gdouble start;

  if (why_params_get_choice_index (task->params, "weights") == 0)
    {
      softmax (masks->scores, task->grid.channels);
      return TRUE;
    }
  if (!why_task_scores (task, masks->baseline, 1, &start, error))
    return FALSE;
  for (gint k = 0; k < task->grid.channels; k++)
    masks->scores[k] -= start;
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *activations = g_new (WhyReal, task->grid.channels * cells);
  g_autofree WhyReal *baseline = g_new (WhyReal, task->channels * plane);
  g_autofree WhyReal *scaled = g_new (WhyReal, cells);
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autofree gdouble *scores = g_new (gdouble, task->grid.channels);
  Masks masks = { activations, baseline, scaled, mask, scores };
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));

  why_explanation_take_map (task->out, map);
  why_task_baseline (task, "black", 0, baseline);
  if (!why_task_layer (task, activations, NULL, NULL, error)
      || !why_task_map (task, task->grid.channels, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &masks,
                        error)
      || !weigh_scores (task, &masks, error))
    return FALSE;
  why_cam_combine (&task->grid, activations, scores, map->real);
  why_cam_finish (task, map);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  g_autoptr (GError) error = NULL;
  WhyGrid grid = { 0 };
  WhyValueId layer = why_net_get_cam_layer ((WhyNet *)net, &error);

  return layer != WHY_VALUE_NONE && why_net_get_grid ((WhyNet *)net, layer, &grid) ? grid.channels
                                                                                   : 512.0;
}

const WhyMethod why_method_score_cam = {
  .id = "score-cam",
  .name = N_ ("Score-CAM"),
  .family = WHY_FAMILY_CAM,
  .blurb
  = N_ ("Shows the network each feature's place alone and weighs it by the score that is left."),
  .citation = "Wang et al. 2019, arXiv:1910.01279",
  .caveat = N_ ("One run of the network per channel; masked pictures are unlike any photograph."),
  .params = params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
