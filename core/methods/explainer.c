/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/explainer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"

/* What the values of all lanes together may take. */
#define LANES_BYTES (G_GUINT64_CONSTANT (512) << 20)

/** What a net is for. */
typedef enum
{
  GRADIENTS,
  PATCHES,
  N_USES
} Use;

struct _WhyExplainer
{
  WhyModel *model;
  gint height, width, threads;
  GHashTable *nets[N_USES]; /* batch → WhyNet* */
  GHashTable *lanes;        /* for scores alone: pictures a thread runs at once → WhyLanes* */
};

WhyExplainer *
why_explainer_new (WhyModel *model, gint height, gint width, gint threads, GError **error)
{
  g_autoptr (WhyExplainer) explainer = g_new0 (WhyExplainer, 1);

  explainer->model = why_model_ref (model);
  explainer->height = height;
  explainer->width = width;
  explainer->threads = threads;
  for (gint use = 0; use < N_USES; use++)
    explainer->nets[use] = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)why_net_free);
  explainer->lanes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)why_lanes_free);
  if (!why_explainer_get_net (explainer, 1, error))
    return NULL;
  return g_steal_pointer (&explainer);
}

WhyExplainer *
why_explainer_new_like (WhyExplainer *explainer, WhyModel *model, GError **error)
{
  return why_explainer_new (model, explainer->height, explainer->width, explainer->threads, error);
}

void
why_explainer_free (WhyExplainer *explainer)
{
  if (!explainer)
    return;
  for (gint use = 0; use < N_USES; use++)
    g_hash_table_unref (explainer->nets[use]);
  g_hash_table_unref (explainer->lanes);
  why_model_unref (explainer->model);
  g_free (explainer);
}

WhyModel *
why_explainer_get_model (WhyExplainer *explainer)
{
  return explainer->model;
}

static WhyNet *
find_net (WhyExplainer *explainer, Use use, gint batch, GError **error)
{
  WhyNet *net = g_hash_table_lookup (explainer->nets[use], GINT_TO_POINTER (batch));
  WhyNetOptions options = { .batch = batch,
                            .height = explainer->height,
                            .width = explainer->width,
                            .threads = explainer->threads,
                            .rough = use != GRADIENTS,
                            .joins = use != GRADIENTS };

  if (net)
    return net;
  net = why_net_new (explainer->model, &options, error);
  if (net)
    g_hash_table_insert (explainer->nets[use], GINT_TO_POINTER (batch), net);
  return net;
}

WhyNet *
why_explainer_get_net (WhyExplainer *explainer, gint batch, GError **error)
{
  return find_net (explainer, GRADIENTS, batch, error);
}

static WhyLanes *
find_lanes (WhyExplainer *explainer, gint share, GError **error)
{
  WhyLanes *lanes = g_hash_table_lookup (explainer->lanes, GINT_TO_POINTER (share));
  WhyNetOptions options = { .batch = share,
                            .height = explainer->height,
                            .width = explainer->width,
                            .threads = explainer->threads,
                            .rough = TRUE,
                            .forgets = TRUE };

  if (lanes)
    return lanes;
  lanes = why_lanes_new (explainer->model, &options, LANES_BYTES, error);
  if (lanes)
    g_hash_table_insert (explainer->lanes, GINT_TO_POINTER (share), lanes);
  return lanes;
}

#define MOST_SHARED 8
#define FEWEST_RUNS                                                                                \
  32 /* pictures: fewer are not worth a plan of their own, nor threads that wait */

/* Weights are read once a share; its values should stay in the caches. */
static gint
choose_share (WhyExplainer *explainer, gint64 n)
{
  WhyNetCost cost;

  if (n < FEWEST_RUNS)
    return 1;
  why_net_get_cost (why_explainer_get_net (explainer, 1, NULL), &cost);
  return (gint)CLAMP (3 * cost.parameters * sizeof (WhyReal) / MAX (cost.peak_bytes, 1), 1,
                      MOST_SHARED);
}

WhyLanes *
why_explainer_get_lanes (WhyExplainer *explainer, gint64 n, GError **error)
{
  gint share = choose_share (explainer, n);
  WhyLanes *lanes = share > 1 ? find_lanes (explainer, share, NULL) : NULL;

  /* Graphs with a batch of one written into their reshapes take no other. */
  return lanes ? lanes : find_lanes (explainer, 1, error);
}

WhyNet *
why_explainer_get_patch_net (WhyExplainer *explainer, gint batch, GError **error)
{
  return find_net (explainer, PATCHES, batch, error);
}

gboolean
why_explainer_classify (WhyExplainer *explainer, const WhyReal *input, WhyReal *logits,
                        GError **error)
{
  WhyNet *net = why_explainer_get_net (explainer, 1, error);
  const WhyReal *row = net ? why_net_forward (net, input, error) : NULL;

  if (!row)
    return FALSE;
  memcpy (logits, row, (gsize)why_net_get_n_classes (net) * sizeof (WhyReal));
  return TRUE;
}

static gboolean
choose_layer (WhyTask *task, WhyNet *net, const gchar *node, GError **error)
{
  task->layer
      = node && *node ? why_net_find_value (net, node, error) : why_net_get_cam_layer (net, error);
  if (task->layer == WHY_VALUE_NONE)
    return FALSE;
  if (!why_net_get_grid (net, task->layer, &task->grid))
    {
      g_set_error (
          error, WHY_ERROR, WHY_ERROR_NODE,
          _ ("layer '%s' has no rows and columns; 'whylayer inspect' lists those that have"),
          why_net_get_value_name (net, task->layer));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_target (const WhyTask *task, GError **error)
{
  if (task->target.index >= 0 && task->target.index < task->n_classes
      && task->target.against < task->n_classes && task->target.against != task->target.index)
    return TRUE;
  g_set_error (
      error, WHY_ERROR, WHY_ERROR_LABEL,
      _ ("the target must be one of the model's %d classes, and another than the one it is "
         "contrasted with"),
      task->n_classes);
  return FALSE;
}

static gboolean
task_init (WhyTask *task, WhyExplainer *explainer, const WhyReal *input,
           const WhyQuestion *question, WhyProgress *progress, GError **error)
{
  WhyNet *net = why_explainer_get_net (explainer, 1, error);
  const WhyShape *shape;

  if (!net)
    return FALSE;
  shape = why_net_get_input_shape (net);
  *task = (WhyTask){ .explainer = explainer,
                     .model = explainer->model,
                     .channels = (gint)shape->dims[1],
                     .height = (gint)shape->dims[2],
                     .width = (gint)shape->dims[3],
                     .n_classes = why_net_get_n_classes (net),
                     .x = input,
                     .target = question->target,
                     .params = question->params,
                     .layer = WHY_VALUE_NONE,
                     .parts = question->parts,
                     .n_parts = question->n_parts,
                     .progress = progress };
  if (!check_target (task, error))
    return FALSE;
  return !question->method->uses_layer || choose_layer (task, net, question->node, error);
}

WhyExplanation *
why_explainer_explain (WhyExplainer *explainer, const WhyReal *input, const WhyQuestion *question,
                       WhyProgress *progress, GError **error)
{
  g_autoptr (WhyExplanation) out = why_explanation_new ();
  g_autofree WhyReal *logits = g_new (WhyReal, why_model_get_n_classes (explainer->model));
  WhyTask task;

  out->method = question->method;
  out->params = question->params ? why_params_copy (question->params)
                                 : why_params_new (question->method->params);
  if (!task_init (&task, explainer, input, question, progress, error))
    return NULL;
  task.params = out->params;
  task.out = out;
  out->target = question->target;
  if (question->view)
    out->view = *question->view;
  if (task.layer != WHY_VALUE_NONE)
    out->layer
        = g_strdup (why_net_get_node_name (why_explainer_get_net (explainer, 1, NULL), task.layer));
  if (!why_progress_set (progress, 0.0, error)
      || !why_explainer_classify (explainer, input, logits, error))
    return NULL;
  out->score = why_target_score (&task.target, task.model, logits);
  if (!question->method->run (&task, error) || !why_progress_set (progress, 1.0, error))
    return NULL;
  return g_steal_pointer (&out);
}
