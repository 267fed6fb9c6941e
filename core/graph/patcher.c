/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/patcher.h"

#include <string.h>

#include "graph/arena.h"
#include "ops/elementwise.h"

/* Above this share of its cells a value is computed whole, and above this share of the
 * multiply-adds a run is: Winograd and long rows make up for what is computed in vain. */
#define MOST_CELLS 0.8
#define MOST_WORK 0.8

typedef enum
{
  SAME, /* as in x */
  PART, /* as in x outside of one rectangle a picture */
  WHOLE
} Extent;

typedef struct
{
  Extent extent;
  gint64 size[2];      /* of every rectangle: rows, columns */
  gint64 (*origin)[2]; /* [batch] */
} Change;

/** What a value of the program holds. */
typedef struct
{
  Change held;   /* against base, before this forward has come to it */
  Change now;    /* in this forward */
  WhyReal *base; /* one picture's cells for x; NULL: always computed whole */
  WhyValueId home; /* the join in whose memory it lies, or itself */
} Track;

/** How a step runs in this forward. */
typedef enum
{
  SKIP,
  DENSE,
  WINDOW,  /* by its forward_part */
  CELLWISE /* gathered, run as a small picture, scattered */
} Way;

struct _WhyPatcher
{
  WhyNet *net;
  WhyNet *single; /* runs x; NULL: net does */
  const WhyReal *x;
  gint batch;
  gboolean has_base;
  Track *tracks;  /* per value of the program */
  gboolean *last; /* per value: channels-last */
  Way *ways;      /* per step: what it can do at best, SKIP for nothing special */
  Way *chosen;    /* per step, in this forward */
  guint64 *macs;  /* per step */
  WhyReal *room;  /* of cellwise steps */
  gdouble share;
};

static const WhyShape *
shape_of (const WhyPatcher *p, WhyValueId id)
{
  return &why_graph_value (p->net->program, id)->shape;
}

static gboolean
is_changing (const WhyPatcher *p, WhyValueId id)
{
  return id != WHY_VALUE_NONE && !why_graph_value (p->net->program, id)->constant;
}

static gboolean
is_one_pixel (const WhyShape *shape)
{
  return why_shape_numel (shape) == 1 || (shape->rank == 4 && why_shape_span (shape, 0, 3) == 1);
}

/* Each output pixel depends on the same pixel of the inputs alone. */
static gboolean
is_cellwise (const WhyPatcher *p, const WhyStep *step)
{
  const WhyOp *op = step->node->op;
  const WhyShape *out = shape_of (p, step->node->outputs[0]);

  if (op->region_forward != why_region_same || step->n_out != 1 || out->rank != 4)
    return FALSE;
  for (gint i = 0; i < step->n_in; i++)
    {
      WhyValueId id = step->node->inputs[i];
      if (id == WHY_VALUE_NONE)
        continue;
      if (!is_changing (p, id)
              ? !is_one_pixel (shape_of (p, id))
              : !p->last[id] || shape_of (p, id)->rank != 4
                    || memcmp (shape_of (p, id)->dims, out->dims, 3 * sizeof (gint64)))
        return FALSE;
    }
  return TRUE;
}

/* Numbers that a cellwise step gathers and makes, at most. */
static gint64
room_of (const WhyPatcher *p, const WhyStep *step)
{
  gint64 n = why_shape_numel (shape_of (p, step->node->outputs[0]));

  for (gint i = 0; i < step->n_in; i++)
    if (is_changing (p, step->node->inputs[i]))
      n += why_shape_numel (shape_of (p, step->node->inputs[i]));
  return n;
}

static void
survey_steps (WhyPatcher *p)
{
  const WhyNet *net = p->net;
  gint64 room = 0;

  p->last[net->graph->input] = why_model_get_preprocessing (net->model)->layout == WHY_LAYOUT_NHWC;
  for (gint s = 0; s < net->n_steps; s++)
    {
      const WhyStep *step = &net->steps[s];
      p->macs[s] = step->node->op->macs ? step->node->op->macs (step->node, &step->infer) : 0;
      if (step->node->op->forward_part)
        p->ways[s] = WINDOW;
      else if (is_cellwise (p, step))
        p->ways[s] = CELLWISE;
      else
        continue;
      p->last[step->node->outputs[0]] = TRUE;
      if (p->ways[s] == CELLWISE)
        room = MAX (room, room_of (p, step));
    }
  p->room = g_new (WhyReal, room);
}

static void
find_homes (WhyPatcher *p)
{
  guint n = p->net->program->values->len;
  g_autofree WhyValueId *hosts = g_new (WhyValueId, n);
  g_autofree guint64 *offsets = g_new (guint64, n);

  why_arena_find_hosts (p->net->program, hosts, offsets);
  for (guint i = 0; i < n; i++)
    p->tracks[i].home = hosts[i] != WHY_VALUE_NONE ? hosts[i] : (WhyValueId)i;
}

/* Whether two nets compute the same values, but for how many pictures. */
static gboolean
same_values (const WhyNet *a, const WhyNet *b)
{
  if (a->program->values->len != b->program->values->len || a->n_steps != b->n_steps)
    return FALSE;
  for (gint s = 0; s < a->n_steps; s++)
    {
      WhyValueId id = a->steps[s].node->outputs[0];
      const WhyShape *x = &why_graph_value (a->program, id)->shape;
      const WhyShape *y = &why_graph_value (b->program, id)->shape;
      if (id != b->steps[s].node->outputs[0] || x->rank != y->rank
          || why_shape_span (x, 1, x->rank) != why_shape_span (y, 1, y->rank))
        return FALSE;
    }
  return TRUE;
}

WhyPatcher *
why_patcher_new (WhyNet *net, WhyNet *single, const WhyReal *x)
{
  WhyPatcher *p = g_new0 (WhyPatcher, 1);
  guint n = net->program->values->len;

  p->net = net;
  p->single = single && same_values (single, net) ? single : NULL;
  p->x = x;
  p->batch = why_net_get_batch (net);
  p->tracks = g_new0 (Track, n);
  for (guint i = 0; i < n; i++)
    {
      p->tracks[i].held.origin = g_malloc0_n ((gsize)p->batch, sizeof *p->tracks[i].held.origin);
      p->tracks[i].now.origin = g_malloc0_n ((gsize)p->batch, sizeof *p->tracks[i].now.origin);
    }
  find_homes (p);
  p->last = g_new0 (gboolean, n);
  p->ways = g_new0 (Way, net->n_steps);
  p->chosen = g_new0 (Way, net->n_steps);
  p->macs = g_new0 (guint64, net->n_steps);
  survey_steps (p);
  return p;
}

void
why_patcher_free (WhyPatcher *p)
{
  if (!p)
    return;
  for (guint i = 0; i < p->net->program->values->len; i++)
    {
      g_free (p->tracks[i].held.origin);
      g_free (p->tracks[i].now.origin);
      g_free (p->tracks[i].base);
    }
  g_free (p->tracks);
  g_free (p->last);
  g_free (p->ways);
  g_free (p->chosen);
  g_free (p->macs);
  g_free (p->room);
  g_free (p);
}

gdouble
why_patcher_get_share (const WhyPatcher *p)
{
  return p->share;
}

/* --- Where pictures differ from x ----------------------------------------------------------- */

/* The rectangle of an H×W plane outside of which a and b are equal, joined to region. */
static void
compare_planes (const WhyReal *a, const WhyReal *b, gint64 height, gint64 width, WhyRegion *region)
{
  gint64 top = region->y, bottom = region->y + region->height;
  gint64 left = region->x, right = region->x + region->width;

  for (gint64 y = 0; y < height; y++, a += width, b += width)
    {
      if (memcmp (a, b, (gsize)width * sizeof *a) == 0)
        continue;
      if (bottom == top)
        {
          top = y;
          left = width;
          right = 0;
        }
      top = MIN (top, y);
      bottom = MAX (bottom, y + 1);
      for (gint64 x = 0; x < left; x++)
        if (a[x] != b[x])
          left = x;
      for (gint64 x = width; x > right; x--)
        if (a[x - 1] != b[x - 1])
          right = x;
    }
  *region = (WhyRegion){ top, left, bottom - top, right - left };
}

/* Sets a change from one rectangle a picture: all get the size of the largest. */
static void
set_change (const WhyPatcher *p, Change *change, const WhyRegion *regions, const gint64 extent[2])
{
  change->size[0] = change->size[1] = 1;
  for (gint n = 0; n < p->batch; n++)
    {
      change->size[0] = MAX (change->size[0], MIN (regions[n].height, extent[0]));
      change->size[1] = MAX (change->size[1], MIN (regions[n].width, extent[1]));
    }
  for (gint n = 0; n < p->batch; n++)
    {
      change->origin[n][0] = CLAMP (regions[n].y, 0, extent[0] - change->size[0]);
      change->origin[n][1] = CLAMP (regions[n].x, 0, extent[1] - change->size[1]);
    }
  change->extent
      = (gdouble)(change->size[0] * change->size[1]) > MOST_CELLS * (gdouble)(extent[0] * extent[1])
            ? WHOLE
            : PART;
}

typedef struct
{
  const WhyPatcher *patcher;
  const WhyReal *inputs;
  WhyRegion *regions; /* [batch] */
} Comparison;

static void
compare_pictures (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Comparison *job = data;
  const gint64 *dims = job->patcher->net->input_shape.dims;
  gint64 plane = dims[2] * dims[3];

  for (gint64 n = begin; n < end; n++)
    for (gint64 c = 0; c < dims[1]; c++)
      compare_planes (job->inputs + (n * dims[1] + c) * plane, job->patcher->x + c * plane, dims[2],
                      dims[3], &job->regions[n]);
}

static void
find_changes (WhyPatcher *p, const WhyReal *inputs)
{
  g_autofree WhyRegion *regions = g_new0 (WhyRegion, p->batch);
  Comparison job = { p, inputs, regions };

  why_pool_run (p->net->pool, p->batch, 1, compare_pictures, &job);
  set_change (p, &p->tracks[p->net->graph->input].now, regions, p->net->input_shape.dims + 2);
}

/* --- Planning ------------------------------------------------------------------------------- */

static WhyRegion
join (WhyRegion a, WhyRegion b)
{
  gint64 bottom = MAX (a.y + a.height, b.y + b.height), right = MAX (a.x + a.width, b.x + b.width);
  WhyRegion both = { .y = MIN (a.y, b.y), .x = MIN (a.x, b.x) };

  if (a.height <= 0 || a.width <= 0)
    return b;
  if (b.height <= 0 || b.width <= 0)
    return a;
  both.height = bottom - both.y;
  both.width = right - both.x;
  return both;
}

static WhyRegion
clip (WhyRegion r, const gint64 extent[2])
{
  gint64 bottom = MIN (r.y + r.height, extent[0]), right = MIN (r.x + r.width, extent[1]);

  r.y = MAX (r.y, 0);
  r.x = MAX (r.x, 0);
  r.height = MAX (bottom - r.y, 0);
  r.width = MAX (right - r.x, 0);
  return r;
}

/* What of a step's output changes in picture n: its first input is seen through a window, the
 * others (a residual) cell by cell. */
static WhyRegion
reached (const WhyPatcher *p, const WhyStep *step, gint n)
{
  WhyRegion all = { 0 };

  for (gint i = 0; i < step->n_in; i++)
    {
      WhyValueId id = step->node->inputs[i];
      const Change *in = id == WHY_VALUE_NONE ? NULL : &p->tracks[id].now;
      WhyRegion region;
      if (!in || in->extent != PART)
        continue;
      region = (WhyRegion){ in->origin[n][0], in->origin[n][1], in->size[0], in->size[1] };
      if (i == 0 && step->node->op->forward_part)
        region = step->node->op->region_forward (step->node, &step->infer, region);
      all = join (all, region);
    }
  return clip (all, shape_of (p, step->node->outputs[0])->dims + 1);
}

static Extent
most_changed_input (const WhyPatcher *p, const WhyStep *step)
{
  Extent most = SAME;

  for (gint i = 0; i < step->n_in; i++)
    if (step->node->inputs[i] != WHY_VALUE_NONE)
      most = MAX (most, p->tracks[step->node->inputs[i]].now.extent);
  return most;
}

static void
set_outputs (WhyPatcher *p, const WhyStep *step, Extent extent)
{
  for (gint i = 0; i < step->n_out; i++)
    if (step->node->outputs[i] != WHY_VALUE_NONE)
      p->tracks[step->node->outputs[i]].now.extent = extent;
}

/* Chooses a step's way; returns the share of its cells that it will compute. */
static gdouble
plan_step (WhyPatcher *p, gint s, WhyRegion *regions)
{
  const WhyStep *step = &p->net->steps[s];
  Extent most = most_changed_input (p, step);
  Change *out = &p->tracks[step->node->outputs[0]].now;
  const gint64 *extent = shape_of (p, step->node->outputs[0])->dims + 1;

  p->chosen[s] = most == SAME ? SKIP : DENSE;
  if (most == PART && p->ways[s] != SKIP)
    {
      for (gint n = 0; n < p->batch; n++)
        regions[n] = reached (p, step, n);
      set_change (p, out, regions, extent);
      if (out->extent == PART)
        {
          p->chosen[s] = p->ways[s];
          return (gdouble)(out->size[0] * out->size[1]) / (gdouble)(extent[0] * extent[1]);
        }
    }
  set_outputs (p, step, most == SAME ? SAME : WHOLE);
  return most == SAME ? 0.0 : 1.0;
}

static void
plan (WhyPatcher *p)
{
  g_autofree WhyRegion *regions = g_new (WhyRegion, p->batch);
  gdouble all = 0.0, work = 0.0;

  for (gint s = 0; s < p->net->n_steps; s++)
    {
      work += plan_step (p, s, regions) * (gdouble)p->macs[s];
      all += (gdouble)p->macs[s];
    }
  p->share = all > 0 ? work / all : 1.0;
}

gdouble
why_patcher_estimate (WhyNet *net, const WhyReal *x, const WhyReal *inputs)
{
  g_autoptr (WhyPatcher) p = why_patcher_new (net, NULL, x);

  find_changes (p, inputs);
  plan (p);
  return p->share;
}

gboolean
why_patcher_pays (WhyNet *net, const WhyReal *x, const WhyReal *inputs)
{
  return why_patcher_estimate (net, x, inputs) <= MOST_WORK;
}

/* --- Running -------------------------------------------------------------------------------- */

/** Rectangles of a channels-last value and tightly packed rows. */
typedef struct
{
  const WhyPatcher *patcher;
  WhyValueId id;
  const Change *change;
  WhyReal *packed;
  gboolean out; /* of the value, into the rows */
} Move;

static void
move_pictures (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Move *move = data;
  const Change *change = move->change;
  const gint64 *dims = shape_of (move->patcher, move->id)->dims;
  gint64 row = change->size[1] * dims[3];
  WhyReal *packed = move->packed + begin * change->size[0] * row;

  for (gint64 n = begin; n < end; n++)
    for (gint64 y = 0; y < change->size[0]; y++, packed += row)
      {
        WhyReal *at = move->patcher->net->tensors[move->id]->real
                      + ((n * dims[1] + change->origin[n][0] + y) * dims[2] + change->origin[n][1])
                            * dims[3];
        memcpy (move->out ? packed : at, move->out ? at : packed, (gsize)row * sizeof (WhyReal));
      }
}

static void
move_part (const WhyPatcher *p, WhyValueId id, const Change *change, WhyReal *packed, gboolean out)
{
  Move move = { p, id, change, packed, out };

  why_pool_run (p->net->pool, p->batch, 1, move_pictures, &move);
}

/* Undoes what is held of a value: its change is where, its rows are x's own. */
static void
restore_pictures (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Move *move = data;
  const Change *held = move->change;
  const gint64 *dims = shape_of (move->patcher, move->id)->dims;
  gint64 picture = why_shape_span (shape_of (move->patcher, move->id), 1, 4);
  gboolean whole = held->extent == WHOLE;
  gint64 rows = whole ? dims[1] : held->size[0], row = whole ? dims[2] : held->size[1];

  for (gint64 n = begin; n < end; n++)
    for (gint64 y = 0; y < rows; y++)
      {
        gint64 at = whole ? y * dims[2] * dims[3]
                          : ((held->origin[n][0] + y) * dims[2] + held->origin[n][1]) * dims[3];
        memcpy (move->patcher->net->tensors[move->id]->real + n * picture + at, move->packed + at,
                (gsize)(row * dims[3]) * sizeof (WhyReal));
      }
}

/* Makes a value what it is for x, and with it all that lies in the same memory. */
static void
restore (WhyPatcher *p, WhyValueId id)
{
  WhyValueId home = p->tracks[id].home;
  Track *track = &p->tracks[home];
  Move move = { p, home, &track->held, track->base, FALSE };

  if (track->held.extent != SAME)
    why_pool_run (p->net->pool, p->batch, 1, restore_pictures, &move);
  track->held.extent = SAME;
}

/* The rectangles of this forward are what the next one has to undo. */
static void
hold (const WhyPatcher *p, Track *track)
{
  track->held.extent = PART;
  memcpy (track->held.size, track->now.size, sizeof track->held.size);
  memcpy (track->held.origin, track->now.origin, (gsize)p->batch * sizeof *track->held.origin);
}

static WhyRun
run_of (const WhyPatcher *p, const WhyStep *step)
{
  return (WhyRun){ .node = step->node,
                   .plan = step->plan,
                   .in = step->in,
                   .out = step->out,
                   .pool = p->net->pool,
                   .scratch = p->net->scratch,
                   .rough = p->net->options.rough };
}

static void
run_cellwise (WhyPatcher *p, const WhyStep *step)
{
  const Change *change = &p->tracks[step->node->outputs[0]].now;
  g_autofree WhyTensor *small = g_new0 (WhyTensor, step->n_in + 1);
  g_autofree const WhyTensor **in = g_new0 (const WhyTensor *, step->n_in + 1);
  WhyTensor *out = &small[step->n_in];
  WhyReal *room = p->room;
  WhyRun run = run_of (p, step);

  for (gint i = 0; i <= step->n_in; i++)
    {
      WhyValueId id = i < step->n_in ? step->node->inputs[i] : step->node->outputs[0];
      if (i < step->n_in)
        in[i] = step->in[i];
      if (!is_changing (p, id))
        continue;
      small[i].dtype = p->net->tensors[id]->dtype;
      small[i].shape
          = WHY_SHAPE (p->batch, change->size[0], change->size[1], shape_of (p, id)->dims[3]);
      small[i].real = room;
      room += why_shape_numel (&small[i].shape);
      if (i < step->n_in)
        {
          move_part (p, id, change, small[i].real, TRUE);
          in[i] = &small[i];
        }
    }
  run.in = in;
  run.out = &out;
  step->node->op->forward (&run);
  move_part (p, step->node->outputs[0], change, out->real, FALSE);
}

static void
run_step (WhyPatcher *p, gint s)
{
  const WhyStep *step = &p->net->steps[s];
  WhyValueId id = step->node->outputs[0];
  WhyRun run = run_of (p, step);
  WhyPart part;

  if (p->chosen[s] == SKIP)
    return;
  if (p->chosen[s] != DENSE || p->tracks[id].home != id)
    restore (p, id);
  if (p->chosen[s] == DENSE)
    {
      step->node->op->forward (&run);
      for (gint i = 0; i < step->n_out; i++)
        if (step->node->outputs[i] != WHY_VALUE_NONE)
          p->tracks[step->node->outputs[i]].held.extent = WHOLE;
      return;
    }
  part = (WhyPart){ { p->tracks[id].now.size[0], p->tracks[id].now.size[1] },
                    (const gint64 (*)[2])p->tracks[id].now.origin };
  if (p->chosen[s] == WINDOW)
    step->node->op->forward_part (&run, &part);
  else
    run_cellwise (p, step);
  hold (p, &p->tracks[id]);
}

/* What depends on no picture, once: net has not run as a whole. */
static void
run_skipped (WhyPatcher *p)
{
  for (gint s = 0; s < p->net->n_steps; s++)
    if (p->chosen[s] == SKIP)
      {
        WhyRun run = run_of (p, &p->net->steps[s]);
        run.node->op->forward (&run);
      }
}

static const WhyReal *
run_dense (WhyPatcher *p, const WhyReal *inputs, GError **error)
{
  for (guint i = 0; i < p->net->program->values->len; i++)
    p->tracks[i].held.extent = WHOLE;
  return why_net_forward (p->net, inputs, error);
}

/* Runs x in every picture of the net itself; returns the net. */
static WhyNet *
run_batch_of_x (WhyPatcher *p, GError **error)
{
  gint64 numel = why_shape_span (&p->net->input_shape, 1, 4);
  g_autofree WhyReal *inputs = g_new (WhyReal, p->batch * numel);

  for (gint n = 0; n < p->batch; n++)
    memcpy (inputs + n * numel, p->x, (gsize)numel * sizeof (WhyReal));
  return run_dense (p, inputs, error) ? p->net : NULL;
}

/* Runs x itself and keeps one picture of every value that parts can be written into. */
static gboolean
make_base (WhyPatcher *p, GError **error)
{
  WhyNet *net = p->single;

  if (net ? !why_net_forward (net, p->x, error) : !(net = run_batch_of_x (p, error)))
    return FALSE;
  if (net != p->net)
    run_skipped (p);
  for (gint s = 0; s < p->net->n_steps; s++)
    {
      WhyValueId id = p->net->steps[s].node->outputs[0];

      if (p->ways[s] == SKIP || p->tracks[id].home != id)
        continue;
      p->tracks[id].base = g_memdup2 (
          net->tensors[id]->real,
          (gsize)why_shape_span (shape_of (p, id), 1, 4) * sizeof (WhyReal));
      p->tracks[id].held.extent = net == p->net ? SAME : WHOLE;
    }
  p->has_base = TRUE;
  return TRUE;
}

const WhyReal *
why_patcher_forward (WhyPatcher *p, const WhyReal *inputs, GError **error)
{
  find_changes (p, inputs);
  plan (p);
  if (p->share > MOST_WORK)
    {
      p->share = 1.0;
      return run_dense (p, inputs, error);
    }
  if (!p->has_base && !make_base (p, error))
    return NULL;
  why_net_set_input (p->net, inputs);
  for (gint s = 0; s < p->net->n_steps; s++)
    run_step (p, s);
  p->net->run++;
  p->net->current = TRUE;
  return p->net->tensors[p->net->logits]->real;
}
