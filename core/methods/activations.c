/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One channel of the layer as the network computed it, with the channels ranked by how much they
 * contribute: Σ A_k·G_k, the first-order share of the channel in the score. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "methods/method.h"

#define LISTED 8

static const WhyParam params[] = {
  { "channel", N_ ("_Channel"),
    N_ ("Number of the channel to show, from 0; -1: the one that contributes most."), WHY_PARAM_INT,
    -1, 1000000, "-1", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint channel;
  gdouble contribution;
} Rank;

static int
compare_ranks (gconstpointer first, gconstpointer second)
{
  const Rank *a = first, *b = second;

  if (fabs (a->contribution) != fabs (b->contribution))
    return fabs (a->contribution) > fabs (b->contribution) ? -1 : 1;
  return a->channel - b->channel;
}

/* Channels by |contribution|, largest first. (transfer full) [channels] */
static Rank *
rank_channels (const WhyGrid *grid, const WhyReal *activations, const WhyReal *gradient)
{
  gint64 cells = (gint64)grid->height * grid->width;
  Rank *ranks = g_new0 (Rank, grid->channels);

  for (gint k = 0; k < grid->channels; k++)
    {
      ranks[k].channel = k;
      for (gint64 p = 0; p < cells; p++)
        ranks[k].contribution
            += (gdouble)activations[k * cells + p] * (gdouble)gradient[k * cells + p];
    }
  qsort (ranks, (gsize)grid->channels, sizeof *ranks, compare_ranks);
  return ranks;
}

/* The list for people (a note) and for scripts (channel-K: contribution). */
static void
report (WhyTask *task, const Rank *ranks, gint shown)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autofree gchar *note = NULL;

  for (gint i = 0; i < MIN (LISTED, task->grid.channels); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("channel-%d", ranks[i].channel);
      why_explanation_set_residual (task->out, name, ranks[i].contribution);
      g_string_append_printf (list, "%s%d (%+.3g)", i > 0 ? ", " : "", ranks[i].channel,
                              ranks[i].contribution);
    }
  why_explanation_set_residual (task->out, "channel", shown);
  note = g_strdup_printf (_ ("Channel %d of %d. Most contributing channels: %s."), shown,
                          task->grid.channels, list->str);
  why_explanation_add_note (task->out, note);
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 cells = (gint64)task->grid.height * task->grid.width;
  g_autofree WhyReal *activations = g_new (WhyReal, task->grid.channels * cells);
  g_autofree WhyReal *gradient = g_new (WhyReal, task->grid.channels * cells);
  g_autofree Rank *ranks = NULL;
  gint channel = (gint)why_params_get_int (task->params, "channel");
  WhyTensor *map
      = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->grid.height, task->grid.width));

  why_explanation_take_map (task->out, map);
  if (channel >= task->grid.channels)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("layer '%s' has channels 0 to %d, not %d"), task->out->layer,
                   task->grid.channels - 1, channel);
      return FALSE;
    }
  if (!why_task_layer (task, activations, gradient, NULL, error))
    return FALSE;
  ranks = rank_channels (&task->grid, activations, gradient);
  if (channel < 0)
    channel = ranks[0].channel;
  memcpy (map->real, activations + channel * cells, (gsize)cells * sizeof (WhyReal));
  report (task, ranks, channel);
  return TRUE;
}

const WhyMethod why_method_activations = {
  .id = "activations",
  .name = N_ ("Activations"),
  .family = WHY_FAMILY_INSIDE,
  .blurb = N_ ("What one feature of a layer saw, and which features matter most for the class."),
  .citation = "Zeiler, Fergus 2013, arXiv:1311.2901",
  .caveat = N_ ("A feature's map is not evidence by itself; its contribution says how it counts."),
  .params = params,
  .is_signed = TRUE,
  .uses_layer = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .run = run,
};
