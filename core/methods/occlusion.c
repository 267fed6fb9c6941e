/* SPDX-License-Identifier: GPL-3.0-or-later */
/* f(x) - f(x with a window filled), averaged over the windows that cover a pixel. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "methods/method.h"

static const WhyParam params[] = {
  { "window", N_ ("_Window"), N_ ("Height and width of the window in network pixels."),
    WHY_PARAM_INT, 1, 4096, "15", NULL },
  { "stride", N_ ("_Stride"), N_ ("Network pixels from one window to the next."), WHY_PARAM_INT, 1,
    4096, "8", NULL },
  { "window-width", N_ ("Window w_idth"),
    N_ ("Width of the window when it is not square; 0: as high."), WHY_PARAM_INT, 0, 4096, "0",
    NULL },
  { "stride-x", N_ ("St_ride across"), N_ ("Stride across when it differs; 0: as down."),
    WHY_PARAM_INT, 0, 4096, "0", NULL },
  { "fill", N_ ("_Fill"), N_ ("What the window is filled with."), WHY_PARAM_CHOICE, 0, 0, "blur",
    why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise fill."), WHY_PARAM_INT, 0, 2147483647, "0",
    NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint height, width, stride_y, stride_x; /* of the window */
  gint across;                            /* windows a row */
  WhyReal *fill;                          /* [C,H,W] */
  gdouble score;
  gdouble *sum, *count; /* [H,W] */
} Windows;

/* Windows start at 0, s, 2s …; the last one is clipped to the picture. */
static gint
count_windows (gint extent, gint window, gint stride)
{
  return window >= extent ? 1 : (extent - window + stride - 1) / stride + 1;
}

static void
locate (const WhyTask *task, const Windows *windows, gint64 index, gint *y, gint *x, gint *y_end,
        gint *x_end)
{
  *y = (gint)(index / windows->across) * windows->stride_y;
  *x = (gint)(index % windows->across) * windows->stride_x;
  *y_end = MIN (*y + windows->height, task->height);
  *x_end = MIN (*x + windows->width, task->width);
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Windows *windows = user_data;
  gint y0, x0, y1, x1;
  gint64 plane = (gint64)task->height * task->width;

  memcpy (input, task->x, (gsize)(task->channels * plane) * sizeof (WhyReal));
  locate (task, windows, index, &y0, &x0, &y1, &x1);
  for (gint c = 0; c < task->channels; c++)
    for (gint y = y0; y < y1; y++)
      memcpy (input + c * plane + (gint64)y * task->width + x0,
              windows->fill + c * plane + (gint64)y * task->width + x0,
              (gsize)(x1 - x0) * sizeof (WhyReal));
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Windows *windows = user_data;
  gint y0, x0, y1, x1;

  locate (task, windows, index, &y0, &x0, &y1, &x1);
  for (gint y = y0; y < y1; y++)
    for (gint x = x0; x < x1; x++)
      {
        windows->sum[(gint64)y * task->width + x] += windows->score - score;
        windows->count[(gint64)y * task->width + x] += 1.0;
      }
}

static void
read_params (const WhyParams *values, Windows *windows)
{
  windows->height = (gint)why_params_get_int (values, "window");
  windows->width = (gint)why_params_get_int (values, "window-width");
  windows->stride_y = (gint)why_params_get_int (values, "stride");
  windows->stride_x = (gint)why_params_get_int (values, "stride-x");
  if (windows->width == 0)
    windows->width = windows->height;
  if (windows->stride_x == 0)
    windows->stride_x = windows->stride_y;
}

static gint64
plan_windows (Windows *windows, gint height, gint width)
{
  windows->across = count_windows (width, windows->width, windows->stride_x);
  return (gint64)windows->across * count_windows (height, windows->height, windows->stride_y);
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *filling = g_new (WhyReal, task->channels * plane);
  g_autofree gdouble *sum = g_new0 (gdouble, plane);
  g_autofree gdouble *count = g_new0 (gdouble, plane);
  Windows windows = { .fill = filling, .score = task->out->score, .sum = sum, .count = count };
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->height, task->width));

  why_explanation_take_map (task->out, map);
  read_params (task->params, &windows);
  why_task_baseline (task, why_params_get_choice (task->params, "fill"),
                     (guint64)why_params_get_int (task->params, "seed"), filling);
  if (!why_task_map (task, plan_windows (&windows, task->height, task->width), FALSE,
                     WHY_BACKWARD_GRADIENT, fill, take, &windows, error))
    return FALSE;
  for (gint64 p = 0; p < plane; p++)
    map->real[p]
        = count[p] > 0.0 ? (WhyReal)(sum[p] / count[p]) : 0; /* gaps when stride > window */
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  Windows windows = { 0 };
  const WhyShape *shape = why_net_get_input_shape ((WhyNet *)net);

  read_params (values, &windows);
  return (gdouble)plan_windows (&windows, (gint)shape->dims[2], (gint)shape->dims[3]);
}

const WhyMethod why_method_occlusion = {
  .id = "occlusion",
  .name = N_ ("Occlusion"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb
  = N_ ("Covers the picture window by window and watches the score fall: slow, literal, easy to "
        "believe."),
  .citation = "Zeiler, Fergus 2013, arXiv:1311.2901",
  .caveat
  = N_ ("A cover is itself something to see; evidence larger than the window is shared out."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
