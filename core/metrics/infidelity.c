/* SPDX-License-Identifier: GPL-3.0-or-later */
/* E (β·Σ map over a square - what the score loses without it)² / E (that loss)², over random
 * squares, with the β that makes it smallest, so that maps of any scale compare: 0 when the map
 * predicts every loss, 1 when it predicts none. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "metrics/trial.h"
#include "whylayer/rng.h"

static const WhyParam params[] = {
  { "size", N_ ("Si_ze"), N_ ("Side of the squares, as a share of the picture's shorter side."),
    WHY_PARAM_DOUBLE, 0.001, 1, "0.25", NULL },
  { "samples", N_ ("Sa_mples"), N_ ("Random squares."), WHY_PARAM_INT, 2, 100000, "200", NULL },
  { "fill", N_ ("_Fill"), N_ ("What the squares are filled with."), WHY_PARAM_CHOICE, 0, 0, "blur",
    why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed."), WHY_PARAM_INT, 0, 2147483647, "0", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyTrial *trial;
  guint64 seed;
  gint side;
  WhyReal *fill;          /* [C,H,W] */
  gdouble *sums, *losses; /* of each square: Σ map, f(x) - f(x without it) */
  gdouble whole;          /* f(x) */
} Squares;

static void
fill_square (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Squares *s = user_data;
  gint64 plane = (gint64)task->height * task->width;
  gint top, left;
  WhyRng rng;

  why_rng_init (&rng, s->seed, (guint64)index);
  top = (gint)why_rng_below (&rng, (guint32)(task->height - s->side + 1));
  left = (gint)why_rng_below (&rng, (guint32)(task->width - s->side + 1));
  memcpy (input, task->x, (gsize)(task->channels * plane) * sizeof (WhyReal));
  s->sums[index] = 0.0;
  for (gint y = top; y < top + s->side; y++)
    for (gint x = left; x < left + s->side; x++)
      {
        gint64 at = (gint64)y * task->width + x;

        s->sums[index] += (gdouble)s->trial->map[at];
        for (gint c = 0; c < task->channels; c++)
          input[c * plane + at] = s->fill[c * plane + at];
      }
}

static void
take_loss (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Squares *s = user_data;

  s->losses[index] = s->whole - score;
}

/* The share of the losses that the best multiple of the sums leaves over, and its standard error.
 */
static void
compare (const Squares *s, gint64 n, gdouble *value, gdouble *standard_error)
{
  gdouble sums = 0.0, losses = 0.0, both = 0.0, scale, left = 0.0, squares = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      sums += s->sums[i] * s->sums[i];
      losses += s->losses[i] * s->losses[i];
      both += s->sums[i] * s->losses[i];
    }
  *value = NAN;
  if (losses <= 0.0)
    return;
  scale = sums > 0.0 ? both / sums : 0.0;
  for (gint64 i = 0; i < n; i++)
    left += pow (scale * s->sums[i] - s->losses[i], 2);
  *value = left / losses;
  for (gint64 i = 0; i < n; i++) /* of a ratio of means, by its first derivative */
    squares += pow (pow (scale * s->sums[i] - s->losses[i], 2) - *value * pow (s->losses[i], 2), 2);
  if (standard_error)
    *standard_error = sqrt (squares) / losses;
}

static gboolean
measure (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error)
{
  WhyTask *task = &trial->task;
  gint64 samples = why_params_get_int (trial->params, "samples");
  gint shorter = MIN (task->height, task->width);
  g_autofree WhyReal *fill = g_new (WhyReal, (gint64)task->channels * task->height * task->width);
  g_autofree gdouble *sums = g_new (gdouble, samples);
  g_autofree gdouble *losses = g_new (gdouble, samples);
  Squares s
      = { .trial = trial,
          .seed = (guint64)why_params_get_int (trial->params, "seed"),
          .side = CLAMP ((gint)lround (why_params_get_double (trial->params, "size") * shorter), 1,
                         shorter),
          .fill = fill,
          .sums = sums,
          .losses = losses };

  why_task_baseline (task, why_params_get_choice (trial->params, "fill"), s.seed, fill);
  if (!why_task_scores (task, task->x, 1, &s.whole, error)
      || !why_task_map (task, samples, FALSE, WHY_BACKWARD_GRADIENT, fill_square, take_loss, &s,
                        error))
    return FALSE;
  compare (&s, samples, value, standard_error);
  return TRUE;
}

const WhyMetric why_metric_infidelity = {
  .id = "infidelity",
  .name = N_ ("Infidelity"),
  .blurb = N_ ("How badly the map foretells what the score loses when a square is taken away."),
  .citation = "Yeh et al. 2019, arXiv:1901.09392",
  .params = params,
  .higher_is_better = FALSE,
  .controls = TRUE,
  .measure = measure,
};
