/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batching, scoring, progress and cancellation for every method. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "graph/patcher.h"
#include "methods/method.h"

#define BATCH_MOST 16

/* What a batch's activations and gradients may take. With gradients they should stay in the
 * last-level cache, and small batches are soon stopped; patches, of which little is computed, share
 * the reading of the weights. */
#define GRADIENT_BYTES (G_GUINT64_CONSTANT (48) << 20)
#define PATCH_BYTES (G_GUINT64_CONSTANT (512) << 20)

typedef WhyNet *(*GetNet) (WhyExplainer *explainer, gint batch, GError **error);

static gint
batch_within (WhyTask *task, guint64 bytes, gint want, GetNet get_net)
{
  WhyNet *single = why_explainer_get_net (task->explainer, 1, NULL);
  guint64 each = MAX (2 * single->activation_bytes, 1);
  gint batch = MIN ((gint)CLAMP (bytes / each, 2, BATCH_MOST), want);

  /* Graphs with a batch of one written into their reshapes take no other. */
  if (batch > 1 && !get_net (task->explainer, batch, NULL))
    return 1;
  return MAX (batch, 1);
}

gint
why_task_batch (WhyTask *task, gint want)
{
  return batch_within (task, PATCH_BYTES, want, why_explainer_get_net);
}

gint
why_task_gradient_batch (WhyTask *task, gint want)
{
  return batch_within (task, GRADIENT_BYTES, MIN (want, BATCH_MOST), why_explainer_get_net);
}

static gint64
input_numel (const WhyTask *task)
{
  return (gint64)task->channels * task->height * task->width;
}

typedef struct
{
  WhyTask *task;
  WhyNet *net;         /* for gradients, for patches, or for one picture alone */
  WhyPatcher *patcher; /* NULL: whole runs */
  WhyLanes *lanes;     /* scores of whole pictures; then there is neither net nor patcher */
  gint batch;
  WhyBackwardRule rule;
  WhyReal *inputs; /* [made or more,C,H,W] */
  gint made;       /* inputs that wait for their run */
  WhyReal *seeds;  /* [batch,classes]; NULL: scores alone */
  gdouble *scores;
} Batch;

static void
batch_clear (Batch *batch)
{
  why_patcher_free (batch->patcher);
  g_free (batch->inputs);
  g_free (batch->seeds);
  g_free (batch->scores);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Batch, batch_clear)

static gboolean
batch_init (Batch *batch, WhyTask *task, gint64 n, gboolean with_gradient, WhyBackwardRule rule,
            GError **error)
{
  gint most = (gint)MIN (n, BATCH_MOST);

  *batch = (Batch){ .task = task, .rule = rule };
  if (with_gradient || n == 1)
    {
      batch->batch = why_task_gradient_batch (task, most);
      batch->net = why_explainer_get_net (task->explainer, batch->batch, error);
    }
  else if ((batch->lanes = why_explainer_get_lanes (task->explainer, n, error)))
    batch->batch = (gint)MIN (n, why_lanes_get_batch (batch->lanes));
  if (!batch->net && !batch->lanes)
    return FALSE;
  /* Planning takes as long as a batch: who wants to stop should not wait for both. */
  if (!why_progress_set (task->progress, 0.0, error))
    return FALSE;
  most = MAX (most, batch->lanes ? why_lanes_get_batch (batch->lanes) : batch->batch);
  batch->inputs = g_new0 (WhyReal, most * input_numel (task));
  batch->seeds = with_gradient ? g_new0 (WhyReal, (gsize)batch->batch * task->n_classes) : NULL;
  batch->scores = g_new0 (gdouble, most);
  return TRUE;
}

/* Whether a patcher pays is seen from the first inputs. */
static gboolean
choose_patcher (Batch *batch, GError **error)
{
  WhyTask *task = batch->task;
  WhyNet *net = why_lanes_get_net (batch->lanes);
  gint share = why_net_get_batch (net);

  for (gint i = 0; i + share <= batch->made; i += share)
    if (!why_patcher_pays (net, task->x, batch->inputs + i * input_numel (task)))
      return TRUE;
  batch->batch = batch_within (task, PATCH_BYTES, BATCH_MOST, why_explainer_get_patch_net);
  batch->net = why_explainer_get_patch_net (task->explainer, batch->batch, error);
  if (!batch->net || !why_progress_set (task->progress, 0.0, error))
    return FALSE;
  batch->lanes = NULL;
  batch->patcher = why_patcher_new (
      batch->net, why_explainer_get_net (task->explainer, 1, NULL), task->x);
  return TRUE;
}

static void
batch_make (Batch *batch, gint64 first, gint n, WhyTaskFill fill, gpointer user_data)
{
  gint64 numel = input_numel (batch->task);

  for (; batch->made < n; batch->made++)
    fill (batch->task, first + batch->made, batch->inputs + batch->made * numel, user_data);
}

/* The first n inputs are done with. */
static void
batch_drop (Batch *batch, gint n)
{
  gint64 numel = input_numel (batch->task);

  batch->made -= n;
  memmove (batch->inputs, batch->inputs + n * numel,
           (gsize)(batch->made * numel) * sizeof (WhyReal));
}

static const WhyReal *
batch_forward (Batch *batch, gint n, GError **error)
{
  if (batch->lanes)
    return why_lanes_forward (batch->lanes, batch->inputs, n);
  if (batch->patcher)
    return why_patcher_forward (batch->patcher, batch->inputs, error);
  return why_net_forward (batch->net, batch->inputs, error);
}

/* Runs the first n of the batch; gradients points at [batch,C,H,W] afterwards. */
static gboolean
batch_run (Batch *batch, gint n, const WhyReal **gradients, GError **error)
{
  WhyTask *task = batch->task;
  const WhyReal *logits = batch_forward (batch, n, error);
  gsize classes = (gsize)task->n_classes;

  *gradients = NULL;
  if (!logits)
    return FALSE;
  if (batch->seeds)
    memset (batch->seeds, 0, (gsize)batch->batch * classes * sizeof (WhyReal));
  for (gint i = 0; i < n; i++)
    batch->scores[i] = batch->seeds
                           ? why_target_seed (&task->target, task->model, logits + i * classes,
                                              batch->seeds + i * classes)
                           : why_target_score (&task->target, task->model, logits + i * classes);
  if (batch->seeds)
    *gradients = why_net_backward (batch->net, batch->seeds, why_net_get_input (batch->net),
                                   batch->rule, error);
  return !batch->seeds || *gradients;
}

gboolean
why_task_map (WhyTask *task, gint64 n, gboolean with_gradient, WhyBackwardRule rule,
              WhyTaskFill fill, WhyTaskTake take, gpointer user_data, GError **error)
{
  g_auto (Batch) batch = { 0 };
  gint64 numel = input_numel (task);
  gint count;

  if (n <= 0)
    return TRUE;
  if (!batch_init (&batch, task, n, with_gradient, rule, error))
    return FALSE;
  if (batch.lanes && n > 2 * BATCH_MOST)
    {
      batch_make (&batch, 0, batch.batch, fill, user_data);
      if (!choose_patcher (&batch, error))
        return FALSE;
    }
  for (gint64 begin = 0; begin < n; begin += count)
    {
      const WhyReal *gradients;
      count = (gint)MIN (n - begin, batch.batch);
      if (!why_progress_set (task->progress, (gdouble)begin / (gdouble)n, error))
        return FALSE;
      batch_make (&batch, begin, count, fill, user_data);
      if (!batch_run (&batch, count, &gradients, error))
        return FALSE;
      for (gint i = 0; i < count; i++)
        take (task, begin + i, batch.scores[i], gradients ? gradients + i * numel : NULL,
              user_data);
      batch_drop (&batch, count);
    }
  return why_progress_set (task->progress, 1.0, error);
}

typedef struct
{
  const WhyReal *inputs;
  gdouble *scores;
  WhyReal *gradient;
} Plain;

static void
fill_plain (WhyTask *task, gint64 index, WhyReal *input, gpointer user_data)
{
  Plain *plain = user_data;

  memcpy (input, plain->inputs + index * input_numel (task),
          (gsize)input_numel (task) * sizeof (WhyReal));
}

static void
take_plain (WhyTask *task, gint64 index, gdouble score, const WhyReal *gradient, gpointer user_data)
{
  Plain *plain = user_data;

  if (plain->scores)
    plain->scores[index] = score;
  if (plain->gradient)
    memcpy (plain->gradient, gradient, (gsize)input_numel (task) * sizeof (WhyReal));
}

/* One input is a step of something longer. */
static gboolean
run_plain (WhyTask *task, Plain *plain, gint n, WhyBackwardRule rule, GError **error)
{
  gboolean done;

  if (n == 1)
    why_progress_hold (task->progress);
  done
      = why_task_map (task, n, plain->gradient != NULL, rule, fill_plain, take_plain, plain, error);
  if (n == 1)
    why_progress_pop (task->progress);
  return done;
}

gboolean
why_task_scores (WhyTask *task, const WhyReal *inputs, gint n, gdouble *scores, GError **error)
{
  Plain plain = { inputs, scores, NULL };

  return run_plain (task, &plain, n, WHY_BACKWARD_GRADIENT, error);
}

gboolean
why_task_gradient (WhyTask *task, const WhyReal *input, WhyBackwardRule rule, gdouble *score,
                   WhyReal *gradient, GError **error)
{
  Plain plain = { input, score, gradient };

  return run_plain (task, &plain, 1, rule, error);
}

gboolean
why_task_layer (WhyTask *task, WhyReal *activations, WhyReal *gradient, gdouble *score,
                GError **error)
{
  WhyNet *net = why_explainer_get_net (task->explainer, 1, error);
  g_autofree WhyReal *seed = g_new0 (WhyReal, task->n_classes);
  const WhyReal *logits, *result;
  gdouble value;

  if (!net || !(logits = why_net_forward (net, task->x, error)))
    return FALSE;
  value = why_target_seed (&task->target, task->model, logits, seed);
  if (score)
    *score = value;
  why_grid_gather (&task->grid, why_net_get_value (net, task->layer), activations);
  if (!gradient)
    return TRUE;
  result = why_net_backward (net, seed, task->layer, WHY_BACKWARD_GRADIENT, error);
  if (!result)
    return FALSE;
  why_grid_gather (&task->grid, result, gradient);
  return TRUE;
}

WhyNet *
why_task_run_plain (WhyTask *task, GError **error)
{
  WhyNet *net = why_explainer_get_net (task->explainer, 1, error);

  if (!net || !why_net_forward (net, task->x, error))
    return NULL;
  return why_net_get_plain (net, error);
}

gboolean
why_task_check_logit (const WhyTask *task, GError **error)
{
  if (task->target.score == WHY_SCORE_LOGIT)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED,
               _ ("%s explains logits, not %s; ask for the logit, or use integrated gradients"),
               _ (task->out->method->name), why_score_to_string (task->target.score));
  return FALSE;
}
