/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "metrics/trial.h"

#include <string.h>

#include "whylayer/rng.h"

/* Random places that a person's selection is moved to, to see what chance would score. */
#define MOVED_MASKS 100
#define MASK_SEED 1

static int
compare_values (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const WhyReal *map = user_data;
  gint i = *(const gint *)a, j = *(const gint *)b;

  return map[i] < map[j] ? 1 : map[i] > map[j] ? -1 : i - j;
}

gint *
why_trial_order (const WhyTrial *trial)
{
  gint n = trial->task.height * trial->task.width;
  gint *order = g_new (gint, n);

  for (gint i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, n, sizeof *order, compare_values, (gpointer)trial->map);
  return order;
}

typedef struct
{
  const WhyReal *base;
  const gint *order;
  gboolean insert;
  gint steps;
  gdouble *scores;
} Curve;

static void
fill (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  const Curve *c = user_data;
  gint64 plane = (gint64)task->height * task->width, moved = plane * index / c->steps;
  const WhyReal *from = c->insert ? c->base : task->x, *to = c->insert ? task->x : c->base;

  memcpy (input, from, (gsize)(task->channels * plane) * sizeof (WhyReal));
  for (gint64 i = 0; i < moved; i++)
    for (gint k = 0; k < task->channels; k++)
      input[k * plane + c->order[i]] = to[k * plane + c->order[i]];
}

static void
take (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  ((Curve *)user_data)->scores[index] = score;
}

gboolean
why_trial_curve (WhyTrial *trial, const WhyReal *base, gboolean insert, gboolean own_score,
                 gint steps, gdouble *scores, GError **error)
{
  g_autofree gint *order = why_trial_order (trial);
  Curve curve = { base, order, insert, steps, scores };
  WhyTask task = trial->task;

  if (!own_score)
    {
      task.target.score = WHY_SCORE_PROBABILITY;
      task.target.against = -1;
    }
  return why_task_map (&task, steps + 1, FALSE, WHY_BACKWARD_GRADIENT, fill, take, &curve, error);
}

gdouble
why_curve_area (const gdouble *scores, gint steps)
{
  gdouble sum = 0.5 * (scores[0] + scores[steps]);

  for (gint i = 1; i < steps; i++)
    sum += scores[i];
  return sum / steps;
}

gboolean
why_trial_mask_picture (const WhyTrial *trial, WhyReal *masked)
{
  gint64 plane = (gint64)trial->task.height * trial->task.width;
  WhyReal most = 0;

  for (gint64 i = 0; i < plane; i++)
    most = MAX (most, trial->map[i]);
  for (gint64 i = 0; most > 0 && i < trial->task.channels * plane; i++)
    masked[i] = trial->task.x[i] * MAX (trial->map[i % plane], 0) / most;
  return most > 0;
}

gboolean
why_trial_probability (WhyTrial *trial, const WhyReal *input, gdouble *probability, GError **error)
{
  WhyTask task = trial->task;

  task.target.score = WHY_SCORE_PROBABILITY;
  task.target.against = -1;
  return why_task_scores (&task, input, 1, probability, error);
}

static WhyTensor *
fill_control (const WhyTrial *trial, const WhyReal *input)
{
  WhyTask task = trial->task;
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task.height, task.width));

  task.x = input;
  trial->control (&task, map->real);
  return map;
}

WhyTensor *
why_trial_redo (WhyTrial *trial, WhyExplainer *explainer, const WhyReal *input, GError **error)
{
  const WhyExplanation *e = trial->explanation;
  g_autoptr (WhyExplanation) again = NULL;
  WhyQuestion question;

  if (!e)
    return fill_control (trial, input);
  question = (WhyQuestion){ .method = e->method,
                            .params = e->params,
                            .node = e->layer,
                            .target = e->target,
                            .view = &e->view };
  again = why_explainer_explain (explainer, input, &question, trial->task.progress, error);
  return again ? why_tensor_ref (again->map) : NULL;
}

WhyTensor *
why_trial_raw (const WhyTrial *trial)
{
  return trial->explanation ? why_tensor_ref (trial->explanation->map)
                            : fill_control (trial, trial->task.x);
}

/* The rows and columns that the mask lies in. */
typedef struct
{
  gint top, left, bottom, right; /* the last two outside */
} Bounds;

static Bounds
find_bounds (const WhyTrial *trial)
{
  gint height = trial->task.height, width = trial->task.width;
  Bounds b = { height, width, 0, 0 };

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      if (trial->mask[y * width + x] > 0)
        b = (Bounds){ MIN (b.top, y), MIN (b.left, x), MAX (b.bottom, y + 1),
                      MAX (b.right, x + 1) };
  return b;
}

static void
move_mask (const WhyTrial *trial, const Bounds *b, WhyRng *rng, WhyReal *moved)
{
  gint height = trial->task.height, width = trial->task.width;
  gint rows = b->bottom - b->top, columns = b->right - b->left;
  gint top = (gint)why_rng_below (rng, (guint32)(height - rows + 1));
  gint left = (gint)why_rng_below (rng, (guint32)(width - columns + 1));

  memset (moved, 0, (gsize)height * width * sizeof (WhyReal));
  for (gint y = 0; y < rows; y++)
    memcpy (moved + (top + y) * width + left, trial->mask + (b->top + y) * width + b->left,
            (gsize)columns * sizeof (WhyReal));
}

void
why_trial_judge_mask (const WhyTrial *trial, WhyMaskScore score, gdouble *value)
{
  gint n = trial->task.height * trial->task.width;
  g_autofree WhyReal *moved = g_new (WhyReal, n);
  Bounds bounds = find_bounds (trial);
  gdouble area = 0.0, chance = 0.0;
  WhyRng rng;

  *value = score (trial, trial->mask);
  if (!trial->details || bounds.bottom == 0)
    return;
  for (gint i = 0; i < n; i++)
    area += (gdouble)trial->mask[i] / n;
  why_rng_init (&rng, MASK_SEED, 0);
  for (gint i = 0; i < MOVED_MASKS; i++)
    {
      move_mask (trial, &bounds, &rng, moved);
      chance += score (trial, moved) / MOVED_MASKS;
    }
  why_trial_set_detail (trial, "area", area);
  why_trial_set_detail (trial, "moved", chance);
}

void
why_trial_set_detail (const WhyTrial *trial, const gchar *name, gdouble value)
{
  if (trial->details)
    g_hash_table_insert (trial->details, g_strdup (name), g_memdup2 (&value, sizeof value));
}
