/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/lanes.h"

#include <string.h>

#define PICTURES_A_LANE 4 /* at least */

struct _WhyLanes
{
  WhyPool *pool;
  WhyNet **nets; /* one a lane; the first owns the plan */
  gint n, share; /* lanes, pictures that one runs at once */
  gint64 numel, n_classes;
  gboolean begun;        /* the plan is complete */
  const WhyReal *inputs; /* of this run */
  WhyReal *logits;
  gint room;        /* pictures that logits has room for */
  gint count, done; /* pictures of this run, shares of them */
};

/* The plan, and in lanes->n how many threads follow it at once. */
static WhyNet *
plan (WhyLanes *lanes, WhyModel *model, const WhyNetOptions *options, guint64 bytes, GError **error)
{
  WhyNetOptions alone = *options;
  WhyNet *net;
  gint threads = why_pool_get_threads (lanes->pool);

  alone.threads = 1;
  if (!(net = why_net_new (model, &alone, error)))
    return NULL;
  lanes->n = (gint)MIN ((guint64)threads, bytes / MAX (net->activation_bytes, 1));
  if (lanes->n == threads)
    return net;
  why_pool_free (lanes->pool);
  lanes->pool = lanes->n > 1 ? why_pool_new (lanes->n) : NULL;
  if (lanes->n > 1)
    return net;
  lanes->n = 1;
  why_net_free (net);
  return why_net_new (model, options, error);
}

WhyLanes *
why_lanes_new (WhyModel *model, const WhyNetOptions *options, guint64 bytes, GError **error)
{
  g_autoptr (WhyLanes) lanes = g_new0 (WhyLanes, 1);
  WhyNet *net;

  lanes->pool = why_pool_new (options->threads);
  if (!(net = plan (lanes, model, options, bytes, error)))
    return NULL;
  lanes->nets = g_new0 (WhyNet *, lanes->n);
  lanes->nets[0] = net;
  lanes->share = why_net_get_batch (net);
  lanes->numel = why_shape_numel (why_net_get_input_shape (net)) / lanes->share;
  lanes->n_classes = why_net_get_n_classes (net);
  for (gint i = 1; i < lanes->n; i++)
    if (!(lanes->nets[i] = why_net_new_beside (net, error)))
      return NULL;
  return g_steal_pointer (&lanes);
}

void
why_lanes_free (WhyLanes *lanes)
{
  if (!lanes)
    return;
  for (gint i = lanes->n - 1; lanes->nets && i >= 0; i--) /* the plan's owner last */
    why_net_free (lanes->nets[i]);
  g_free (lanes->nets);
  g_free (lanes->logits);
  why_pool_free (lanes->pool);
  g_free (lanes);
}

WhyNet *
why_lanes_get_net (WhyLanes *lanes)
{
  return lanes->nets[0];
}

gint
why_lanes_get_batch (const WhyLanes *lanes)
{
  gint rounds = (PICTURES_A_LANE + lanes->share - 1) / lanes->share;

  return rounds * lanes->share * lanes->n;
}

static void
run_shares (gpointer data, gint64 begin, gint64 end, gint thread)
{
  WhyLanes *lanes = data;

  for (gint64 i = begin + lanes->done; i < end + lanes->done; i++)
    {
      gint64 first = i * lanes->share, n = MIN (lanes->share, lanes->count - first);
      memcpy (lanes->logits + first * lanes->n_classes,
              why_net_forward (lanes->nets[thread], lanes->inputs + first * lanes->numel, NULL),
              (gsize)(n * lanes->n_classes) * sizeof (WhyReal));
    }
}

const WhyReal *
why_lanes_forward (WhyLanes *lanes, const WhyReal *inputs, gint n)
{
  gint64 shares = (n + lanes->share - 1) / lanes->share;

  if (n > lanes->room)
    {
      lanes->logits = g_renew (WhyReal, lanes->logits, n * lanes->n_classes);
      lanes->room = n;
    }
  lanes->inputs = inputs;
  lanes->count = n;
  lanes->done = 0;
  if (!lanes->begun && n > 0) /* operators pack what they need when they first run */
    {
      run_shares (lanes, 0, 1, 0);
      lanes->begun = TRUE;
      lanes->done = 1;
    }
  why_pool_run (lanes->pool, shares - lanes->done, 1, run_shares, lanes);
  return lanes->logits;
}
