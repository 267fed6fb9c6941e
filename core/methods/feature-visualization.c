/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activation maximisation: gradient ascent (Adam) on a new picture until the class, or one channel
 * of the layer, responds most. The picture is a sigmoid of decorrelated colours whose cosine
 * coefficients are weighted by 1/frequency, as natural pictures are; every step sees it shifted by
 * a few random pixels, so that nothing is built from the exact place of a pixel. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/cosine.h"
#include "methods/method.h"
#include "whylayer/rng.h"
#include "whylayer/view.h"

#define START_DEVIATION 0.01
#define CONTRAST 0.25 /* of the decorrelated planes before the sigmoid */

static const WhyParam params[] = {
  { "iterations", N_ ("_Iterations"), N_ ("Steps of the ascent."), WHY_PARAM_INT, 1, 100000, "256",
    NULL },
  { "rate", N_ ("_Rate"), N_ ("Size of a step."), WHY_PARAM_DOUBLE, 1e-6, 10, "0.05", NULL },
  { "jitter", N_ ("_Jitter"), N_ ("Largest random shift, in network pixels."), WHY_PARAM_INT, 0,
    1000, "4", NULL },
  { "channel", N_ ("_Channel"),
    N_ ("Channel of the layer to please, from 0; -1: please the class instead."), WHY_PARAM_INT, -1,
    1000000, "-1", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same picture."), WHY_PARAM_INT,
    0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

/* Square root of the colour covariance of photographs, its longest column of length 1 (Olah et al.
 * 2017); rows: R, G, B. */
static const gdouble colours[3][3] = {
  { 0.56, 0.19, 0.04 },
  { 0.58, 0.00, -0.11 },
  { 0.58, -0.19, 0.07 },
};

typedef struct
{
  WhyTask *task;
  WhyNet *net;
  WhyCosine *cosine;
  gint channel; /* -1: the class */
  gint jitter;
  gint64 plane, n;
  WhyReal *theta;                /* [C,H,W]: what is learned */
  WhyReal *pixels;               /* [C,H,W], 0 … 1 */
  WhyReal *gradient;             /* [C,H,W]: by the pixels, then by theta */
  WhyReal *input;                /* [C,H,W] */
  WhyReal *work;                 /* [C,H,W] */
  gdouble *momentum, *magnitude; /* Adam's [C,H,W] */
  WhyReal *low, *high;           /* normalised values of pixel 0 and 1 per channel */
} Ascent;

/* Adds one pixel's colours, op (colours) · in; greys stay what they are. */
static void
mix_colours (const Ascent *a, gboolean transposed, const WhyReal *in, WhyReal *out)
{
  gboolean bgr = why_model_get_preprocessing (a->task->model)->channels == WHY_CHANNELS_BGR;

  if (a->task->channels != 3)
    {
      memcpy (out, in, (gsize)a->n * sizeof (WhyReal));
      return;
    }
  for (gint c = 0; c < 3; c++)
    for (gint64 p = 0; p < a->plane; p++)
      {
        gdouble sum = 0.0;
        for (gint d = 0; d < 3; d++)
          {
            gint row = transposed ? d : c, column = transposed ? c : d;
            sum += colours[bgr ? 2 - row : row][column] * (gdouble)in[d * a->plane + p];
          }
        out[c * a->plane + p] = (WhyReal)sum;
      }
}

/* Weighs coefficients by 1/frequency in cycles a pixel, at most one over the picture's side. */
static void
weigh (const Ascent *a, const WhyReal *in, WhyReal *out)
{
  gint h = a->task->height, w = a->task->width;

  for (gint u = 0; u < h; u++)
    for (gint v = 0; v < w; v++)
      {
        gdouble frequency = why_cosine_frequency (a->cosine, u, v) / (2.0 * G_PI);
        out[u * w + v] = in[u * w + v] * (WhyReal)(CONTRAST / MAX (frequency, 1.0 / MAX (h, w)));
      }
}

static void
paint (Ascent *a)
{
  g_autofree WhyReal *weighed = g_new (WhyReal, a->plane);

  for (gint c = 0; c < a->task->channels; c++)
    {
      weigh (a, a->theta + c * a->plane, weighed);
      why_cosine_inverse (a->cosine, weighed, a->work + c * a->plane);
    }
  mix_colours (a, FALSE, a->work, a->pixels);
  for (gint64 i = 0; i < a->n; i++)
    a->pixels[i] = (WhyReal)(1.0 / (1.0 + exp (-(gdouble)a->pixels[i])));
}

/* gradient: from by the pixels to by theta; the transpose of paint(). */
static void
pull_back (Ascent *a)
{
  g_autofree WhyReal *coefficients = g_new (WhyReal, a->plane);

  for (gint64 i = 0; i < a->n; i++)
    a->gradient[i] *= a->pixels[i] * (1 - a->pixels[i]);
  mix_colours (a, TRUE, a->gradient, a->work);
  for (gint c = 0; c < a->task->channels; c++)
    {
      why_cosine_forward (a->cosine, a->work + c * a->plane, coefficients);
      weigh (a, coefficients, a->gradient + c * a->plane);
    }
}

static gint
mirrored (gint i, gint n)
{
  i = i < 0 ? -1 - i : i;
  i %= 2 * n;
  return i < n ? i : 2 * n - 1 - i;
}

/* The pixels as the network's input, shifted; or back: the input's gradient by the pixels. */
static void
shift (Ascent *a, gint dy, gint dx, gboolean back)
{
  gint h = a->task->height, w = a->task->width;

  if (back)
    memset (a->gradient, 0, (gsize)a->n * sizeof (WhyReal));
  for (gint c = 0; c < a->task->channels; c++)
    for (gint y = 0; y < h; y++)
      for (gint x = 0; x < w; x++)
        {
          gint64 to = c * a->plane + (gint64)y * w + x;
          gint64 from = c * a->plane + (gint64)mirrored (y + dy, h) * w + mirrored (x + dx, w);
          if (back)
            a->gradient[from] += a->input[to] * (a->high[c] - a->low[c]);
          else
            a->input[to] = a->low[c] + a->pixels[from] * (a->high[c] - a->low[c]);
        }
}

/* Mean response of the channel and its gradient by the input. */
static gboolean
please_channel (Ascent *a, gdouble *response, GError **error)
{
  const WhyGrid *grid = &a->task->grid;
  gint64 cells = (gint64)grid->height * grid->width, n = cells * grid->channels;
  gint64 numel = why_shape_numel (why_net_get_value_shape (a->net, a->task->layer));
  WhyValueId input = why_net_get_input (a->net);
  g_autofree WhyReal *khw = g_new (WhyReal, n);
  g_autofree WhyReal *seed = g_new0 (WhyReal, numel);
  const WhyReal *result;

  if (!why_net_forward (a->net, a->input, error))
    return FALSE;
  why_grid_gather (grid, why_net_get_value (a->net, a->task->layer), khw);
  *response = 0.0;
  for (gint64 p = 0; p < cells; p++)
    *response += (gdouble)khw[a->channel * cells + p] / (gdouble)cells;
  memset (khw, 0, (gsize)n * sizeof (WhyReal));
  for (gint64 p = 0; p < cells; p++)
    khw[a->channel * cells + p] = (WhyReal)(1.0 / (gdouble)cells);
  why_grid_scatter (grid, khw, seed);
  if (!why_net_backward_many (a->net, a->task->layer, seed, &input, 1, WHY_BACKWARD_GRADIENT,
                              &result, error))
    return FALSE;
  memcpy (a->input, result, (gsize)a->n * sizeof (WhyReal));
  return TRUE;
}

/* What the network answers to a->input, which its gradient overwrites. */
static gboolean
please (Ascent *a, gdouble *response, GError **error)
{
  if (a->channel >= 0)
    return please_channel (a, response, error);
  if (!why_task_gradient (a->task, a->input, WHY_BACKWARD_GRADIENT, response, a->work, error))
    return FALSE;
  memcpy (a->input, a->work, (gsize)a->n * sizeof (WhyReal));
  return TRUE;
}

/* Adam (Kingma, Ba 2014), uphill. */
static void
climb (Ascent *a, gint step, gdouble rate)
{
  gdouble fade1 = 1.0 - pow (0.9, step), fade2 = 1.0 - pow (0.999, step);

  for (gint64 i = 0; i < a->n; i++)
    {
      gdouble g = (gdouble)a->gradient[i];
      a->momentum[i] = 0.9 * a->momentum[i] + 0.1 * g;
      a->magnitude[i] = 0.999 * a->magnitude[i] + 0.001 * g * g;
      a->theta[i]
          += (WhyReal)(rate * (a->momentum[i] / fade1) / (sqrt (a->magnitude[i] / fade2) + 1e-8));
    }
}

/* One step up, seen shifted by dy, dx. */
static gboolean
climb_once (Ascent *a, gint step, gdouble rate, gint dy, gint dx, gdouble *response, GError **error)
{
  paint (a);
  shift (a, dy, dx, FALSE);
  if (!why_progress_set (a->task->progress, 0.0, error) || !please (a, response, error))
    return FALSE;
  shift (a, dy, dx, TRUE);
  pull_back (a);
  climb (a, step, rate);
  return TRUE;
}

static gboolean
ascend (Ascent *a, GError **error)
{
  const WhyParams *values = a->task->params;
  gint iterations = (gint)why_params_get_int (values, "iterations");
  gdouble rate = why_params_get_double (values, "rate"), first = 0.0, last;
  guint span = 2 * (guint)a->jitter + 1;
  WhyRng rng;

  why_rng_init (&rng, (guint64)why_params_get_int (values, "seed"), 0);
  for (gint64 i = 0; i < a->n; i++)
    a->theta[i] = (WhyReal)(START_DEVIATION * why_rng_gaussian (&rng));
  for (gint step = 1; step <= iterations; step++)
    {
      gint dy = (gint)why_rng_below (&rng, span) - a->jitter;
      gint dx = (gint)why_rng_below (&rng, span) - a->jitter;
      gboolean ok;
      why_progress_push (a->task->progress, (step - 1.0) / iterations, (gdouble)step / iterations);
      ok = climb_once (a, step, rate, dy, dx, step == 1 ? &first : &last, error);
      why_progress_pop (a->task->progress);
      if (!ok)
        return FALSE;
    }
  paint (a);
  shift (a, 0, 0, FALSE);
  if (!please (a, &last, error))
    return FALSE;
  why_explanation_set_residual (a->task->out, "response-before", first);
  why_explanation_set_residual (a->task->out, "response", last);
  return TRUE;
}

static gboolean
check_channel (const WhyTask *task, GError **error)
{
  gint64 channel = why_params_get_int (task->params, "channel");

  if (channel < task->grid.channels)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("layer '%s' has channels 0 to %d, not %d"),
               task->out->layer, task->grid.channels - 1, (gint)channel);
  return FALSE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_tensor_numel (map);
  g_autoptr (WhyCosine) cosine = why_cosine_new (task->height, task->width);
  g_autofree WhyReal *memory = g_new (WhyReal, 4 * n + 2 * task->channels);
  g_autofree gdouble *moments = g_new0 (gdouble, 2 * n);
  Ascent ascent = { .task = task,
                    .net = why_explainer_get_net (task->explainer, 1, error),
                    .cosine = cosine,
                    .channel = (gint)why_params_get_int (task->params, "channel"),
                    .jitter = MIN ((gint)why_params_get_int (task->params, "jitter"),
                                   MIN (task->height, task->width) / 2),
                    .plane = (gint64)task->height * task->width,
                    .n = n,
                    .theta = memory,
                    .pixels = map->real,
                    .gradient = memory + n,
                    .input = memory + 2 * n,
                    .work = memory + 3 * n,
                    .momentum = moments,
                    .magnitude = moments + n,
                    .low = memory + 4 * n,
                    .high = memory + 4 * n + task->channels };

  why_explanation_take_map (task->out, map);
  why_preprocessing_pixel (why_model_get_preprocessing (task->model), 0.0, ascent.low);
  why_preprocessing_pixel (why_model_get_preprocessing (task->model), 1.0, ascent.high);
  return ascent.net && check_channel (task, error) && ascend (&ascent, error);
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 3.0 * (gdouble)why_params_get_int (values, "iterations");
}

const WhyMethod why_method_feature_visualization = {
  .id = "feature-visualization",
  .name = N_ ("Feature visualization"),
  .family = WHY_FAMILY_INSIDE,
  .blurb = N_ ("Paints a new picture that the class, or one feature, likes best."),
  .citation = "Olah, Mordvintsev, Schubert 2017, doi:10.23915/distill.00007",
  .caveat = N_ ("Not about this picture, and not what the network expects to see: what would "
                "excite it most."),
  .params = params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .makes_picture = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
