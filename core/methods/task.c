/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batching, scoring, progress and cancellation for every method. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "graph/net-private.h"
#include "graph/patcher.h"
#include "methods/method.h"

#define BATCH_MOST 16

/* What a batch's activations and gradients may take. With gradients they should stay in the
 * last-level cache, and small batches are soon stopped; scores alone share memory among the layers,
 * and patches, of which little is computed, share the reading of the weights. */
#define GRADIENT_BYTES (G_GUINT64_CONSTANT (48) << 20)
#define SCORE_BYTES (G_GUINT64_CONSTANT (512) << 20)

static gint
batch_within (WhyTask *task, guint64 bytes, gint want)
{
  WhyNet *single = why_explainer_get_net (task->explainer, 1, NULL);
  guint64 each = MAX (2 * single->activation_bytes, 1);
  gint batch = MIN ((gint)CLAMP (bytes / each, 2, BATCH_MOST), want);

  /* Graphs with a batch of one written into their reshapes take no other. */
  if (batch > 1 && !why_explainer_get_net (task->explainer, batch, NULL))
    return 1;
  return MAX (batch, 1);
}

gint
why_task_batch (WhyTask *task, gint want)
{
  return batch_within (task, SCORE_BYTES, want);
}

static gint64
input_numel (const WhyTask *task)
{
  return (gint64)task->channels * task->height * task->width;
}

typedef struct
{
  WhyTask *task;
  WhyNet *net;
  WhyPatcher *patcher; /* NULL: whole runs */
  gboolean undecided;  /* whether a patcher pays is seen from the first inputs */
  gint batch;
  gboolean with_gradient;
  WhyBackwardRule rule;
  WhyReal *inputs, *seeds; /* [batch,C,H,W], [batch,classes] */
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
  gint size = batch_within (task, with_gradient ? GRADIENT_BYTES : SCORE_BYTES,
                            (gint)MIN (n, BATCH_MOST));

  *batch = (Batch){ .task = task,
                    .net = size == 1 || with_gradient
                               ? why_explainer_get_net (task->explainer, size, error)
                               : why_explainer_get_score_net (task->explainer, size, error),
                    .batch = size,
                    .with_gradient = with_gradient,
                    .rule = rule };
  if (!batch->net)
    return FALSE;
  batch->undecided = !with_gradient && size > 1 && n > 2 * size;
  batch->inputs = g_new0 (WhyReal, size * input_numel (task));
  batch->seeds = g_new0 (WhyReal, (gsize)size * task->n_classes);
  batch->scores = g_new0 (gdouble, size);
  return TRUE;
}

static gboolean
choose_patcher (Batch *batch, GError **error)
{
  if (!batch->undecided)
    return TRUE;
  batch->undecided = FALSE;
  if (!why_patcher_pays (batch->net, batch->task->x, batch->inputs))
    return TRUE;
  batch->net = why_explainer_get_patch_net (batch->task->explainer, batch->batch, error);
  if (batch->net)
    batch->patcher = why_patcher_new (batch->net, batch->task->x);
  return batch->net != NULL;
}

/* Runs the first n of the batch; gradients points at [batch,C,H,W] afterwards. */
static gboolean
batch_run (Batch *batch, gint n, const WhyReal **gradients, GError **error)
{
  WhyTask *task = batch->task;
  const WhyReal *logits;

  if (!choose_patcher (batch, error))
    return FALSE;
  logits = batch->patcher ? why_patcher_forward (batch->patcher, batch->inputs, error)
                          : why_net_forward (batch->net, batch->inputs, error);
  if (!logits)
    return FALSE;
  memset (batch->seeds, 0, (gsize)batch->batch * task->n_classes * sizeof (WhyReal));
  for (gint i = 0; i < n; i++)
    {
      const WhyReal *row = logits + (gsize)i * task->n_classes;
      batch->scores[i] = batch->with_gradient
                             ? why_target_seed (&task->target, task->model, row,
                                                batch->seeds + (gsize)i * task->n_classes)
                             : why_target_score (&task->target, task->model, row);
    }
  *gradients = NULL;
  if (batch->with_gradient)
    *gradients = why_net_backward (batch->net, batch->seeds, why_net_get_input (batch->net),
                                   batch->rule, error);
  return !batch->with_gradient || *gradients;
}

gboolean
why_task_map (WhyTask *task, gint64 n, gboolean with_gradient, WhyBackwardRule rule,
              WhyTaskFill fill, WhyTaskTake take, gpointer user_data, GError **error)
{
  g_auto (Batch) batch = { 0 };
  gint64 numel = input_numel (task);

  if (n <= 0)
    return TRUE;
  if (!batch_init (&batch, task, n, with_gradient, rule, error))
    return FALSE;
  for (gint64 begin = 0; begin < n; begin += batch.batch)
    {
      gint count = (gint)MIN (n - begin, batch.batch);
      const WhyReal *gradients;
      if (!why_progress_set (task->progress, (gdouble)begin / (gdouble)n, error))
        return FALSE;
      for (gint i = 0; i < count; i++)
        fill (task, begin + i, batch.inputs + i * numel, user_data);
      if (!batch_run (&batch, count, &gradients, error))
        return FALSE;
      for (gint i = 0; i < count; i++)
        take (task, begin + i, batch.scores[i], gradients ? gradients + i * numel : NULL,
              user_data);
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
