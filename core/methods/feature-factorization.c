/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A⁺ ≈ W·H, all non-negative: A⁺ [K, h·w] the layer's positive activations, H [r, h·w] where each
 * of r concepts lies, W [K, r] (columns of unit length) which channels it is made of.
 * Multiplicative updates (Lee, Seung 2000), which never increase |A⁺ - W·H|. A concept contributes
 * what the gradient makes of it: Σ (W_r·H_r) · G. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"
#include "whylayer/rng.h"

#define TINY 1e-12
#define MOST_COMPONENTS 64

static const WhyParam params[] = {
  { "components", N_ ("_Components"), N_ ("Number of concepts the layer is split into."),
    WHY_PARAM_INT, 1, MOST_COMPONENTS, "4", NULL },
  { "component", N_ ("Com_ponent"),
    N_ ("Number of the concept to show, from 0 (the one that contributes most to the class) in the "
        "order of contribution."),
    WHY_PARAM_INT, 0, MOST_COMPONENTS - 1, "0", NULL },
  { "iterations", N_ ("_Iterations"), N_ ("Rounds of the factorization."), WHY_PARAM_INT, 1, 100000,
    "200", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed of the start; the same seed gives the same map."),
    WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint channels, cells, rank;
  gdouble *a;    /* [K, cells] */
  gdouble *w;    /* [K, rank] */
  gdouble *h;    /* [rank, cells] */
  gdouble *gram; /* [rank, rank]: WᵀW or HHᵀ */
} Factors;

static void
start (Factors *f, guint64 seed)
{
  gdouble mean = 0.0;
  WhyRng rng;

  for (gint64 i = 0; i < (gint64)f->channels * f->cells; i++)
    mean += f->a[i] / ((gdouble)f->channels * f->cells);
  why_rng_init (&rng, seed, 0);
  for (gint i = 0; i < f->channels * f->rank; i++)
    f->w[i] = sqrt (mean / f->rank) * (0.1 + why_rng_uniform (&rng));
  for (gint i = 0; i < f->rank * f->cells; i++)
    f->h[i] = sqrt (mean / f->rank) * (0.1 + why_rng_uniform (&rng));
}

/* H ← H ∘ (WᵀA) / (WᵀW·H) */
static void
update_h (Factors *f)
{
  for (gint r = 0; r < f->rank; r++)
    for (gint s = 0; s < f->rank; s++)
      {
        f->gram[r * f->rank + s] = 0.0;
        for (gint k = 0; k < f->channels; k++)
          f->gram[r * f->rank + s] += f->w[k * f->rank + r] * f->w[k * f->rank + s];
      }
  for (gint p = 0; p < f->cells; p++)
    {
      gdouble next[MOST_COMPONENTS];
      for (gint r = 0; r < f->rank; r++)
        {
          gdouble above = 0.0, below = TINY;
          for (gint k = 0; k < f->channels; k++)
            above += f->w[k * f->rank + r] * f->a[(gint64)k * f->cells + p];
          for (gint s = 0; s < f->rank; s++)
            below += f->gram[r * f->rank + s] * f->h[s * f->cells + p];
          next[r] = f->h[r * f->cells + p] * above / below;
        }
      for (gint r = 0; r < f->rank; r++)
        f->h[r * f->cells + p] = next[r];
    }
}

/* W ← W ∘ (A·Hᵀ) / (W·HHᵀ) */
static void
update_w (Factors *f)
{
  for (gint r = 0; r < f->rank; r++)
    for (gint s = 0; s < f->rank; s++)
      {
        f->gram[r * f->rank + s] = 0.0;
        for (gint p = 0; p < f->cells; p++)
          f->gram[r * f->rank + s] += f->h[r * f->cells + p] * f->h[s * f->cells + p];
      }
  for (gint k = 0; k < f->channels; k++)
    {
      gdouble next[MOST_COMPONENTS];
      for (gint r = 0; r < f->rank; r++)
        {
          gdouble above = 0.0, below = TINY;
          for (gint p = 0; p < f->cells; p++)
            above += f->a[(gint64)k * f->cells + p] * f->h[r * f->cells + p];
          for (gint s = 0; s < f->rank; s++)
            below += f->w[k * f->rank + s] * f->gram[s * f->rank + r];
          next[r] = f->w[k * f->rank + r] * above / below;
        }
      memcpy (f->w + (gsize)k * f->rank, next, (gsize)f->rank * sizeof (gdouble));
    }
}

/* The scale goes to H, so that components can be compared. */
static void
normalise (Factors *f)
{
  for (gint r = 0; r < f->rank; r++)
    {
      gdouble norm = 0.0;
      for (gint k = 0; k < f->channels; k++)
        norm += f->w[k * f->rank + r] * f->w[k * f->rank + r];
      norm = sqrt (norm);
      for (gint k = 0; norm > 0.0 && k < f->channels; k++)
        f->w[k * f->rank + r] /= norm;
      for (gint p = 0; p < f->cells; p++)
        f->h[r * f->cells + p] *= norm;
    }
}

/* |A⁺ - W·H| / |A⁺| */
static gdouble
relative_error (const Factors *f)
{
  gdouble missed = 0.0, whole = 0.0;

  for (gint k = 0; k < f->channels; k++)
    for (gint p = 0; p < f->cells; p++)
      {
        gdouble a = f->a[(gint64)k * f->cells + p], rest = a;
        for (gint r = 0; r < f->rank; r++)
          rest -= f->w[k * f->rank + r] * f->h[r * f->cells + p];
        missed += rest * rest;
        whole += a * a;
      }
  return whole > 0.0 ? sqrt (missed / whole) : 0.0;
}

static gdouble
contribution (const Factors *f, gint r, const WhyReal *gradient)
{
  gdouble sum = 0.0;

  for (gint k = 0; k < f->channels; k++)
    for (gint p = 0; p < f->cells; p++)
      sum += f->w[k * f->rank + r] * f->h[r * f->cells + p]
             * (gdouble)gradient[(gint64)k * f->cells + p];
  return sum;
}

/* The component that is number `place` by contribution; all of them are reported. */
static gint
pick_component (WhyTask *task, const Factors *f, const WhyReal *gradient, gint place)
{
  g_autofree gdouble *shares = g_new (gdouble, f->rank);
  gint picked = 0;

  for (gint r = 0; r < f->rank; r++)
    shares[r] = contribution (f, r, gradient);
  for (gint r = 0; r < f->rank; r++)
    {
      g_autofree gchar *name = NULL;
      gint before = 0;
      for (gint s = 0; s < f->rank; s++)
        before += shares[s] > shares[r] || (shares[s] == shares[r] && s < r);
      if (before == place)
        picked = r;
      name = g_strdup_printf ("component-%d", before);
      why_explanation_set_residual (task->out, name, shares[r]);
    }
  return picked;
}

static gboolean
factorize (WhyTask *task, Factors *f, GError **error)
{
  gint iterations = (gint)why_params_get_int (task->params, "iterations");

  start (f, (guint64)why_params_get_int (task->params, "seed"));
  for (gint i = 0; i < iterations; i++)
    {
      if (!why_progress_set (task->progress, (gdouble)i / iterations, error))
        return FALSE;
      update_h (f);
      update_w (f);
    }
  normalise (f);
  why_explanation_set_residual (task->out, "factorization-error", relative_error (f));
  return TRUE;
}

static gboolean
check_component (const WhyTask *task, GError **error)
{
  gint64 components = why_params_get_int (task->params, "components");

  if (why_params_get_int (task->params, "component") < components)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               _ ("with %d components, component must be 0 to %d"), (gint)components,
               (gint)components - 1);
  return FALSE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint cells = task->grid.height * task->grid.width, channels = task->grid.channels;
  gint rank = (gint)why_params_get_int (task->params, "components"), shown;
  gint64 n = (gint64)channels * cells;
  g_autofree WhyReal *activations = g_new (WhyReal, n);
  g_autofree WhyReal *gradient = g_new (WhyReal, n);
  g_autofree gdouble *memory = g_new (gdouble, n + (gint64)rank * (channels + cells + rank));
  Factors f = { channels, cells, rank, memory, memory + n };
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));

  f.h = f.w + (gsize)channels * rank;
  f.gram = f.h + (gsize)rank * cells;
  why_explanation_take_map (task->out, map);
  if (!check_component (task, error) || !why_task_layer (task, activations, gradient, NULL, error))
    return FALSE;
  for (gint64 i = 0; i < n; i++)
    f.a[i] = MAX ((gdouble)activations[i], 0.0);
  if (!factorize (task, &f, error))
    return FALSE;
  shown = pick_component (task, &f, gradient, (gint)why_params_get_int (task->params, "component"));
  for (gint p = 0; p < cells; p++)
    map->real[p] = (WhyReal)f.h[shown * cells + p];
  return TRUE;
}

const WhyMethod why_method_feature_factorization = {
  .id = "feature-factorization",
  .name = N_ ("Feature factorization"),
  .family = WHY_FAMILY_INSIDE,
  .blurb = N_ ("Splits what a layer saw into a few concepts and shows where one of them lies."),
  .citation = "Collins, Achanta, Süsstrunk 2018, arXiv:1806.10206",
  .caveat = N_ ("The split is not unique: another seed or number of components may cut otherwise."),
  .params = params,
  .is_signed = FALSE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
