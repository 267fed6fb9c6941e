/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owen values on a tree that halves the picture again and again: the largest halves are split
 * first, as long as the budget of pictures lasts. Σ = f(x) - f(fill) at any budget. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"

static const WhyParam params[] = {
  { "samples", N_ ("Sa_mples"), N_ ("Pictures the network is shown at most."), WHY_PARAM_INT, 4,
    1000000, "500", NULL },
  { "fill", N_ ("_Fill"), N_ ("What hidden parts are filled with."), WHY_PARAM_CHOICE, 0, 0, "blur",
    why_baselines },
  { "seed", N_ ("See_d"), N_ ("Random seed of a noise fill."), WHY_PARAM_INT, 0, 2147483647, "0",
    NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint y, x, height, width;
} Box;

/** One box in one context: what is shown besides it, and the score without and with it. */
typedef struct
{
  Box box;
  guint8 *shown; /* [H,W], the box itself hidden */
  gdouble without, with, weight;
} Part;

typedef struct
{
  WhyTask *task;
  WhyReal *fill, *input; /* [C,H,W] */
  gdouble *values;       /* [H,W] */
  GPtrArray *open;       /* Part* */
  gint64 left;           /* pictures */
} Partition;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_free (part->shown);
  g_free (part);
}

static void
show (guint8 *shown, gint width, const Box *box)
{
  for (gint y = box->y; y < box->y + box->height; y++)
    memset (shown + (gint64)y * width + box->x, 1, (gsize)box->width);
}

static gboolean
score_shown (Partition *p, const guint8 *shown, gdouble *score, GError **error)
{
  const WhyTask *task = p->task;
  gint64 plane = (gint64)task->height * task->width;

  for (gint64 i = 0; i < task->channels * plane; i++)
    p->input[i] = shown[i % plane] ? task->x[i] : p->fill[i];
  p->left--;
  return why_task_gradient (p->task, p->input, WHY_BACKWARD_GRADIENT, score, NULL, error);
}

static void
split_box (const Box *box, Box halves[2])
{
  halves[0] = halves[1] = *box;
  if (box->height >= box->width)
    {
      halves[0].height = box->height / 2;
      halves[1].y += halves[0].height;
      halves[1].height -= halves[0].height;
    }
  else
    {
      halves[0].width = box->width / 2;
      halves[1].x += halves[0].width;
      halves[1].width -= halves[0].width;
    }
}

static void
add_part (Partition *p, const Box *box, const guint8 *shown, gdouble without, gdouble with,
          gdouble weight)
{
  Part *part = g_new (Part, 1);

  *part = (Part){ *box, g_memdup2 (shown, (gsize)p->task->height * p->task->width), without, with,
                  weight };
  g_ptr_array_add (p->open, part);
}

/* What is shown with a part's context and one more box. (transfer full) */
static guint8 *
with_box (const Partition *p, const Part *part, const Box *box)
{
  guint8 *shown = g_memdup2 (part->shown, (gsize)p->task->height * p->task->width);

  show (shown, p->task->width, box);
  return shown;
}

/* Each half counts half in the context without its sibling and half in the one with it. */
static gboolean
split_part (Partition *p, const Part *part, GError **error)
{
  Box halves[2];
  gdouble first, second;
  g_autofree guint8 *with_first = NULL;
  g_autofree guint8 *with_second = NULL;

  split_box (&part->box, halves);
  with_first = with_box (p, part, &halves[0]);
  with_second = with_box (p, part, &halves[1]);
  if (!score_shown (p, with_first, &first, error) || !score_shown (p, with_second, &second, error))
    return FALSE;
  add_part (p, &halves[0], part->shown, part->without, first, part->weight / 2.0);
  add_part (p, &halves[0], with_second, second, part->with, part->weight / 2.0);
  add_part (p, &halves[1], part->shown, part->without, second, part->weight / 2.0);
  add_part (p, &halves[1], with_first, first, part->with, part->weight / 2.0);
  return TRUE;
}

static Part *
take_largest (Partition *p)
{
  guint best = 0;
  gdouble most = -1.0;

  for (guint i = 0; i < p->open->len; i++)
    {
      const Part *part = p->open->pdata[i];
      gdouble gain = fabs (part->with - part->without) * part->weight;
      if (part->box.height * part->box.width > 1 && gain > most)
        {
          most = gain;
          best = i;
        }
    }
  return most < 0.0 ? NULL : g_ptr_array_steal_index_fast (p->open, best);
}

static void
settle (Partition *p)
{
  for (guint i = 0; i < p->open->len; i++)
    {
      const Part *part = p->open->pdata[i];
      gdouble each
          = (part->with - part->without) * part->weight / (part->box.height * part->box.width);
      for (gint y = part->box.y; y < part->box.y + part->box.height; y++)
        for (gint x = part->box.x; x < part->box.x + part->box.width; x++)
          p->values[(gint64)y * p->task->width + x] += each;
    }
}

static gboolean
start (Partition *p, GError **error)
{
  Box whole = { 0, 0, p->task->height, p->task->width };
  g_autofree guint8 *nothing = g_new0 (guint8, (gsize)whole.height * whole.width);
  gdouble without;

  if (!score_shown (p, nothing, &without, error))
    return FALSE;
  p->task->out->residual_of = p->task->out->score - without;
  add_part (p, &whole, nothing, without, p->task->out->score, 1.0);
  return TRUE;
}

static gboolean
refine (Partition *p, GError **error)
{
  gint64 budget = p->left;

  while (p->left >= 2)
    {
      gdouble share = 1.0 - (gdouble)p->left / (gdouble)budget;
      Part *part = take_largest (p);
      gboolean done;
      if (!part)
        return TRUE;
      done = why_progress_set (p->task->progress, share, error) && split_part (p, part, error);
      part_free (part);
      if (!done)
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *filling = g_new (WhyReal, task->channels * plane);
  g_autofree WhyReal *input = g_new (WhyReal, task->channels * plane);
  g_autofree gdouble *values = g_new0 (gdouble, plane);
  g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (part_free);
  Partition p
      = { task, filling, input, values, open, why_params_get_int (task->params, "samples") };
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->height, task->width));
  gdouble sum = 0.0;

  why_explanation_take_map (task->out, map);
  why_task_baseline (task, why_params_get_choice (task->params, "fill"),
                     (guint64)why_params_get_int (task->params, "seed"), filling);
  if (!start (&p, error) || !refine (&p, error))
    return FALSE;
  settle (&p);
  for (gint64 i = 0; i < plane; i++)
    {
      map->real[i] = (WhyReal)values[i];
      sum += values[i];
    }
  task->out->residual = sum - task->out->residual_of;
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return (gdouble)why_params_get_int (values, "samples");
}

const WhyMethod why_method_partition_shap = {
  .id = "partition-shap",
  .name = N_ ("Partition SHAP"),
  .family = WHY_FAMILY_PERTURBATION,
  .blurb
  = N_ ("Halves the picture where it matters and shares the score fairly between the halves."),
  .citation = "Lundberg, Lee 2017, arXiv:1705.07874; Owen 1977",
  .caveat = N_ ("Boxes, not things: evidence across a cut is shared by both sides."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
