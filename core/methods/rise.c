/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Σ f(x ⊙ m)·m / (N·p) over random smooth masks m. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "masks", N_ ("_Masks"), N_ ("Random masks; the error falls with the square root."),
    WHY_PARAM_INT, 1, 1000000, "4000", NULL },
  { "grid", N_ ("_Grid"), N_ ("Cells of a mask along each side, before smoothing."), WHY_PARAM_INT,
    1, 256, "8", NULL },
  { "p", N_ ("_Share shown"), N_ ("Probability that a cell is shown."), WHY_PARAM_DOUBLE, 0.001, 1,
    "0.5", NULL },
  { "seed", N_ ("See_d"), N_ ("Random seed; the same seed gives the same map."), WHY_PARAM_INT, 0,
    2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint grid, cell_h, cell_w;
  gdouble p;
  guint64 seed;
  WhyReal *cells, *large, *mask; /* [g,g], [(g+1)·cell], [H,W] */
  gdouble *sum, *squares;        /* [H,W] */
} Rise;

/* Mask number index: a coarse random grid, enlarged to one cell more than the picture and cut out
 * at a random place, as in the authors' code. */
static void
draw_mask (const WhyTask *task, Rise *r, gint64 index)
{
  gint h = (r->grid + 1) * r->cell_h, w = (r->grid + 1) * r->cell_w, y0, x0;
  WhyRng rng;

  why_rng_init (&rng, r->seed, (guint64)index);
  for (gint i = 0; i < r->grid * r->grid; i++)
    r->cells[i] = why_rng_uniform (&rng) < r->p ? 1 : 0;
  y0 = (gint)why_rng_below (&rng, (guint32)r->cell_h);
  x0 = (gint)why_rng_below (&rng, (guint32)r->cell_w);
  why_upsample (r->cells, r->grid, r->grid, r->large, h, w);
  for (gint y = 0; y < task->height; y++)
    memcpy (r->mask + (gint64)y * task->width, r->large + (gint64)(y + y0) * w + x0,
            (gsize)task->width * sizeof (WhyReal));
}

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Rise *r = user_data;
  gint64 plane = (gint64)task->height * task->width;

  draw_mask (task, r, index);
  for (gint c = 0; c < task->channels; c++)
    for (gint64 i = 0; i < plane; i++)
      input[c * plane + i] = task->x[c * plane + i] * r->mask[i];
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Rise *r = user_data;
  gint64 plane = (gint64)task->height * task->width;

  draw_mask (task, r, index); /* cheaper drawn again than kept for a batch */
  for (gint64 i = 0; i < plane; i++)
    {
      gdouble share = score * (gdouble)r->mask[i] / r->p;
      r->sum[i] += share;
      r->squares[i] += share * share;
    }
}

static void
finish (WhyTask *task, const Rise *r, gdouble n)
{
  gint64 plane = (gint64)task->height * task->width;
  WhyTensor *map = task->out->map;

  if (n > 1.0)
    task->out->error = why_tensor_new (WHY_DTYPE_FLOAT, &map->shape);
  for (gint64 i = 0; i < plane; i++)
    {
      gdouble mean = r->sum[i] / n;
      map->real[i] = (WhyReal)mean;
      if (n > 1.0)
        task->out->error->real[i]
            = (WhyReal)sqrt (MAX (r->squares[i] / n - mean * mean, 0.0) / (n - 1.0));
    }
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 plane = (gint64)task->height * task->width,
         masks = why_params_get_int (task->params, "masks");
  gint grid = (gint)why_params_get_int (task->params, "grid");
  gint cell_h = (task->height + grid - 1) / grid, cell_w = (task->width + grid - 1) / grid;
  g_autofree WhyReal *cells = g_new (WhyReal, grid * grid);
  g_autofree WhyReal *large = g_new (WhyReal, (gsize)(grid + 1) * cell_h * (grid + 1) * cell_w);
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autofree gdouble *sum = g_new0 (gdouble, plane);
  g_autofree gdouble *squares = g_new0 (gdouble, plane);
  Rise r = { grid,
             cell_h,
             cell_w,
             why_params_get_double (task->params, "p"),
             (guint64)why_params_get_int (task->params, "seed"),
             cells,
             large,
             mask,
             sum,
             squares };

  why_explanation_take_map (
      task->out, why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->height, task->width)));
  if (!why_task_map (task, masks, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &r, error))
    return FALSE;
  finish (task, &r, (gdouble)masks);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return (gdouble)why_params_get_int (values, "masks");
}

const WhyMethod why_method_rise = {
  .id = "rise",
  .name = N_ ("RISE"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb = N_ ("Shows the network thousands of random parts of the picture and averages those that "
               "convince."),
  .citation = "Petsiuk, Das, Saenko 2018, arXiv:1806.07421",
  .caveat = N_ ("Random: read the standard error. Even places without evidence get a share of the "
                "mean score."),
  .params = params,
  .score = WHY_SCORE_PROBABILITY,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
