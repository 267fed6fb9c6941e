/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Total-order Sobol indices of a grid of cells, each shown to a random degree: the share of the
 * score's variance that vanishes when the cell stands still (Jansen's estimator). */
#include <glib/gi18n-lib.h>

#include "methods/method.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "grid", N_ ("_Grid"), N_ ("Cells along each side."), WHY_PARAM_INT, 2, 64, "8", NULL },
  { "designs", N_ ("_Designs"), N_ ("Random designs; pictures shown: designs × (cells + 2)."),
    WHY_PARAM_INT, 2, 100000, "32", NULL },
  { "fill", N_ ("_Fill"), N_ ("What a cell fades into."), WHY_PARAM_CHOICE, 0, 0, "blur",
    why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint grid, cells;
  guint64 seed;
  WhyReal *fill;   /* [C,H,W] */
  gdouble *a, *b;  /* degrees of the current design */
  gdouble *scores; /* [designs][cells + 2] */
} Sobol;

/* Design number index: A, B, then A with one cell of B's at a time. */
static void
draw_design (Sobol *s, gint64 design)
{
  WhyRng rng;

  why_rng_init (&rng, s->seed, (guint64)design);
  for (gint i = 0; i < s->cells; i++)
    s->a[i] = why_rng_uniform (&rng);
  for (gint i = 0; i < s->cells; i++)
    s->b[i] = why_rng_uniform (&rng);
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Sobol *s = user_data;
  gint which = (gint)(index % (s->cells + 2)) - 2; /* -2: A, -1: B, i: A with B's cell i */
  gint64 plane = (gint64)task->height * task->width;

  draw_design (s, index / (s->cells + 2));
  for (gint y = 0; y < task->height; y++)
    for (gint x = 0; x < task->width; x++)
      {
        gint cell = y * s->grid / task->height * s->grid + x * s->grid / task->width;
        WhyReal degree = (WhyReal)(which == -1 || which == cell ? s->b[cell] : s->a[cell]);
        gint64 p = (gint64)y * task->width + x;
        for (gint c = 0; c < task->channels; c++)
          {
            WhyReal base = s->fill[c * plane + p];
            input[c * plane + p] = base + degree * (task->x[c * plane + p] - base);
          }
      }
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Sobol *)user_data)->scores[index] = score;
}

static gdouble
variance_of (const Sobol *s, gint64 designs)
{
  gdouble sum = 0.0, squares = 0.0;

  for (gint64 d = 0; d < designs; d++)
    for (gint i = 0; i < 2; i++)
      {
        gdouble f = s->scores[d * (s->cells + 2) + i];
        sum += f;
        squares += f * f;
      }
  sum /= (gdouble)(2 * designs);
  return squares / (gdouble)(2 * designs) - sum * sum;
}

static void
estimate_indices (const Sobol *s, gint64 designs, WhyReal *map)
{
  gdouble variance = variance_of (s, designs);

  for (gint i = 0; i < s->cells; i++)
    {
      gdouble moved = 0.0;
      for (gint64 d = 0; d < designs; d++)
        {
          const gdouble *row = s->scores + d * (s->cells + 2);
          moved += (row[0] - row[2 + i]) * (row[0] - row[2 + i]);
        }
      /* A flat score has no variance to share out. */
      map[i] = variance > 0.0 ? (WhyReal)(moved / (2.0 * (gdouble)designs * variance)) : 0;
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint grid
      = MIN ((gint)why_params_get_int (task->params, "grid"), MIN (task->height, task->width));
  gint cells = grid * grid;
  gint64 designs = why_params_get_int (task->params, "designs");
  g_autofree WhyReal *filling
      = g_new (WhyReal, (gint64)task->channels * task->height * task->width);
  g_autofree gdouble *a = g_new (gdouble, cells);
  g_autofree gdouble *b = g_new (gdouble, cells);
  g_autofree gdouble *scores = g_new (gdouble, designs * (cells + 2));
  Sobol s
      = { grid, cells, (guint64)why_params_get_int (task->params, "seed"), filling, a, b, scores };
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, grid, grid));

  why_explanation_take_map (task->out, map);
  why_task_baseline (task, why_params_get_choice (task->params, "fill"), s.seed, filling);
  if (!why_task_map (task, designs * (cells + 2), FALSE, WHY_BACKWARD_GRADIENT, fill, take, &s,
                     error))
    return FALSE;
  estimate_indices (&s, designs, map->real);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  gdouble grid = (gdouble)why_params_get_int (values, "grid");

  return (gdouble)why_params_get_int (values, "designs") * (grid * grid + 2.0);
}

const WhyMethod why_method_sobol = {
  .id = "sobol",
  .name = N_ ("Sobol indices"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb = N_ (
      "How much of the score's ups and downs each cell is responsible for, interactions included."),
  .citation = "Fel et al. 2021, arXiv:2111.04138",
  .caveat = N_ ("Without a sign; small indices need many designs."),
  .params = params,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
