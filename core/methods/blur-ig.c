/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrated gradients along the path L(σ), the picture blurred by a Gaussian of σ pixels with
 * mirrored borders, from sigma-max down to 0. The path is followed in straight pieces, finer where
 * σ is small because most of the change happens there, with the gradient at the middle of each:
 * Σ = f(x) - f(L(sigma-max)), exactly so for quadratic f. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "methods/cosine.h"
#include "methods/method.h"

static const WhyParam params[] = {
  { "steps", N_ ("_Steps"), N_ ("Pieces of the path from the most blurred picture to the sharp."),
    WHY_PARAM_INT, 1, 10000, "100", NULL },
  { "sigma-max", N_ ("Sigma _max"), N_ ("Strongest blur, in network pixels."), WHY_PARAM_DOUBLE,
    0.1, 1000, "50", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyCosine *cosine;
  gint steps;
  gdouble sigma_max;
  gint64 n;
  WhyReal *spectrum;           /* [C,H,W]: the picture's coefficients */
  WhyReal *blurred;            /* [H,W]: one plane's */
  WhyReal *sharper, *blurrier; /* [C,H,W]: the ends of the piece at hand */
  WhyReal *map;
} Path;

/* L(σ) at knot number index, 0 the picture itself. */
static void
blur (WhyTask *task, const Path *path, gint64 index, WhyReal *out)
{
  gdouble share = (gdouble)index / path->steps;
  gint64 plane = (gint64)task->height * task->width;

  if (index == 0)
    {
      memcpy (out, task->x, (gsize)path->n * sizeof (WhyReal));
      return;
    }
  for (gint c = 0; c < task->channels; c++)
    {
      why_cosine_blur (path->cosine, path->spectrum + c * plane, path->sigma_max * share * share,
                       path->blurred);
      why_cosine_inverse (path->cosine, path->blurred, out + c * plane);
    }
}

static void
go_to (WhyTask *task, const Path *path, gint64 piece)
{
  blur (task, path, piece, path->sharper);
  blur (task, path, piece + 1, path->blurrier);
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Path *path = user_data;

  go_to (task, path, index);
  for (gint64 i = 0; i < path->n; i++)
    input[i] = (path->sharper[i] + path->blurrier[i]) / 2;
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Path *path = user_data;

  go_to (task, path, index);
  for (gint64 i = 0; i < path->n; i++)
    path->map[i] += (path->sharper[i] - path->blurrier[i]) * gradient[i];
}

static gboolean
integrate (WhyTask *task, Path *path, GError **error)
{
  WhyExplanation *out = task->out;
  gint64 plane = (gint64)task->height * task->width;
  gdouble start, total = 0.0;

  for (gint c = 0; c < task->channels; c++)
    why_cosine_forward (path->cosine, task->x + c * plane, path->spectrum + c * plane);
  if (!why_task_map (task, path->steps, TRUE, WHY_BACKWARD_GRADIENT, fill, take, path, error))
    return FALSE;
  blur (task, path, path->steps, path->blurrier);
  if (!why_task_scores (task, path->blurrier, 1, &start, error))
    return FALSE;
  for (gint64 i = 0; i < path->n; i++)
    total += (gdouble)path->map[i];
  out->residual_of = out->score - start;
  out->residual = total - out->residual_of;
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (task->channels, task->height, task->width));
  gint64 n = why_tensor_numel (map);
  g_autoptr (WhyCosine) cosine = why_cosine_new (task->height, task->width);
  g_autofree WhyReal *memory = g_new (WhyReal, 4 * n);
  Path path = { .cosine = cosine,
                .steps = (gint)why_params_get_int (task->params, "steps"),
                .sigma_max = why_params_get_double (task->params, "sigma-max"),
                .n = n,
                .spectrum = memory,
                .sharper = memory + n,
                .blurrier = memory + 2 * n,
                .blurred = memory + 3 * n,
                .map = map->real };

  why_explanation_take_map (task->out, map);
  return integrate (task, &path, error);
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 3.0 * (gdouble)why_params_get_int (values, "steps");
}

const WhyMethod why_method_blur_ig = {
  .id = "blur-ig",
  .name = N_ ("Blur IG"),
  .family = WHY_FAMILY_PATH,
  .blurb = N_ ("Integrated gradients from a blurred picture to the sharp one: no baseline colour "
               "to choose."),
  .citation = "Xu, Venugopalan, Sundararajan 2020, arXiv:2004.03383",
  .caveat = N_ ("Colour over large areas survives the blur and gets little evidence."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
