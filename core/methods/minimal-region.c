/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest set of cells that alone keeps the class on top (sufficient), or whose removal takes
 * it from the top (necessary). Found greedily by occlusion order, then thinned until no single cell
 * can be given back: minimal by inclusion. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "methods/coalition.h"

static const WhyChoice questions[] = {
  { "sufficient", N_ ("Enough by itself") },
  { "necessary", N_ ("Needed") },
  { NULL, NULL },
};

static const WhyParam params[] = {
  { "question", N_ ("_Question"), N_ ("Which region is looked for."), WHY_PARAM_CHOICE, 0, 0,
    "sufficient", questions },
  { "grid", N_ ("_Grid"), N_ ("Cells along each side."), WHY_PARAM_INT, 2, 64, "8", NULL },
  { "fill", N_ ("_Fill"), N_ ("What stands where nothing is shown."), WHY_PARAM_CHOICE, 0, 0,
    "blur", why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise fill."), WHY_PARAM_INT, 0, 2147483647, "0",
    NULL },
  WHY_PARAM_END,
};

typedef struct
{
  WhyTask *task;
  const WhyFeatures *features;
  WhyReal *input; /* [C,H,W] */
  guint8 *region; /* [n] */
  gboolean sufficient;
} Search;

/* Whether the target is on top when the region alone is shown (or alone is hidden). */
static gboolean
keeps_class (Search *s, gboolean *keeps, GError **error)
{
  const WhyTask *task = s->task;
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *logits = g_new (WhyReal, task->n_classes);

  for (gint64 i = 0; i < task->channels * plane; i++)
    {
      gboolean inside = s->region[s->features->labels[i % plane]] != 0;
      s->input[i] = inside == s->sufficient ? task->x[i] : s->features->fill[i];
    }
  if (!why_explainer_classify (task->explainer, s->input, logits, error))
    return FALSE;
  *keeps = TRUE; /* strictly: a tie tells no class from another */
  for (gint c = 0; c < task->n_classes; c++)
    *keeps &= c == task->target.index || logits[c] < logits[task->target.index];
  return TRUE;
}

/* The region does what was asked: alone it keeps the class, or its absence loses it. */
static gboolean
is_good (Search *s, gboolean *good, GError **error)
{
  gboolean keeps = FALSE;

  if (!keeps_class (s, &keeps, error))
    return FALSE;
  *good = keeps == s->sufficient;
  return TRUE;
}

static int
compare_drops (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const gdouble *drops = user_data;
  gdouble da = drops[*(const gint *)a], db = drops[*(const gint *)b];

  return da < db ? 1 : da > db ? -1 : *(const gint *)a - *(const gint *)b;
}

/* Cells by how much the score falls when each is hidden, most first. */
static gint *
order_cells (Search *s, GError **error)
{
  gint n = s->features->n;
  g_autofree guint8 *on = g_new (guint8, (gsize)n * n);
  g_autofree gdouble *drops = g_new (gdouble, n);
  gint *order;

  memset (on, 1, (gsize)n * n);
  for (gint i = 0; i < n; i++)
    on[i * n + i] = 0;
  if (!why_coalition_scores (s->task, s->features, on, n, drops, error))
    return NULL;
  order = g_new (gint, n);
  for (gint i = 0; i < n; i++)
    {
      drops[i] = s->task->out->score - drops[i];
      order[i] = i;
    }
  g_qsort_with_data (order, n, sizeof *order, compare_drops, drops);
  return order;
}

static gboolean
grow (Search *s, const gint *order, gboolean *good, GError **error)
{
  *good = FALSE;
  for (gint i = 0; i < s->features->n && !*good; i++)
    {
      s->region[order[i]] = 1;
      if (!why_progress_set (s->task->progress, (gdouble)i / s->features->n, error)
          || !is_good (s, good, error))
        return FALSE;
    }
  return TRUE;
}

/* Gives back every single cell that is not missed, the least important first. */
static gboolean
thin_once (Search *s, const gint *order, gboolean *changed, GError **error)
{
  gint n = s->features->n;

  *changed = FALSE;
  for (gint i = n - 1; i >= 0; i--)
    {
      gboolean good;
      if (!s->region[order[i]])
        continue;
      s->region[order[i]] = 0;
      if (!why_progress_set (s->task->progress, 1.0 - (i + 1.0) / n, error)
          || !is_good (s, &good, error))
        return FALSE;
      s->region[order[i]] = !good;
      *changed |= good;
    }
  return TRUE;
}

/* Until nothing can be given back; nobody knows how often, so every time takes half of what is left
 * of the progress. */
static gboolean
thin (Search *s, const gint *order, GError **error)
{
  gboolean changed = TRUE, done = TRUE;

  for (gdouble from = 0.0; done && changed; from += (1.0 - from) / 2)
    {
      why_progress_push (s->task->progress, from, (1.0 + from) / 2);
      done = thin_once (s, order, &changed, error);
      why_progress_pop (s->task->progress);
    }
  return done;
}

/* Orders the cells, adds them until the region is good, and takes away what it can do without. */
static gboolean
search (Search *s, gboolean *good, GError **error)
{
  WhyProgress *progress = s->task->progress;
  g_autofree gint *order = NULL;
  gboolean done;

  why_progress_push (progress, 0.0, 0.3);
  order = order_cells (s, error);
  why_progress_pop (progress);
  if (!order)
    return FALSE;
  why_progress_push (progress, 0.3, 0.6);
  done = grow (s, order, good, error);
  why_progress_pop (progress);
  if (!done || !*good)
    return done;
  why_progress_push (progress, 0.6, 1.0);
  done = thin (s, order, error);
  why_progress_pop (progress);
  return done;
}

static void
report (Search *s, gint grid_h, gint grid_w, gboolean good)
{
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, grid_h, grid_w));
  gint cells = 0;

  for (gint i = 0; i < s->features->n; i++)
    {
      map->real[i] = good ? s->region[i] : 0;
      cells += good ? s->region[i] : 0;
    }
  why_explanation_take_map (s->task->out, map);
  why_explanation_set_residual (s->task->out, "area", (gdouble)cells / s->features->n);
  if (!good)
    why_explanation_add_note (
        s->task->out, s->sufficient ? _ ("Even the whole picture does not put this class on top.")
                                    : _ ("Even with everything hidden this class stays on top."));
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint grid = (gint)why_params_get_int (task->params, "grid");
  gint rows = MIN (grid, task->height), columns = MIN (grid, task->width);
  g_auto (WhyFeatures) features = { 0 };
  g_autofree WhyReal *input = g_new (WhyReal, (gint64)task->channels * task->height * task->width);
  g_autofree guint8 *region = NULL;
  Search s = { .task = task, .features = &features, .input = input };
  gboolean good;

  why_features_init_grid (&features, task, rows, columns,
                          why_params_get_choice (task->params, "fill"),
                          (guint64)why_params_get_int (task->params, "seed"));
  s.region = region = g_new0 (guint8, features.n);
  s.sufficient = why_params_get_choice_index (task->params, "question") == 0;
  if (!search (&s, &good, error))
    return FALSE;
  report (&s, rows, columns, good);
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  gdouble grid = (gdouble)why_params_get_int (values, "grid");

  return 3.0 * grid * grid;
}

const WhyMethod why_method_minimal_region = {
  .id = "minimal-region",
  .name = N_ ("Minimal region"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb = N_ ("The smallest part that alone keeps the class, or without which the class is lost."),
  .citation = "Carter et al. 2018, arXiv:1810.03805 (sufficient input subsets)",
  .caveat = N_ ("Minimal, not unique: another region may do as well."),
  .params = params,
  .is_signed = FALSE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
