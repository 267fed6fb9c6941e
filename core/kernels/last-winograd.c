/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/last-winograd.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

#define MOST_TILES 48
#define POINTS_4 36
#define STRIP_BYTES ((gint64)320 << 10) /* transformed input and products of a strip together */

struct _WhyWinogradPlan
{
  gint m, n; /* tile sides: output m, input n = m + 2 */
  gint64 batch, in_channels, out_channels;
  gint64 in_extent[2], out_extent[2], before[2];
  gint64 pitch; /* numbers from pixel to pixel of the output */
  gint64 packed_stride;
  WhyReal *packed; /* [n²] packed [C][K] */
  gsize workspace; /* bytes a thread */
};

#define LANES 16 /* output channels that are transformed side by side */

/** The same number of several filters. In double: the transform's own rounding is
 * not worth having. */
typedef gdouble Lane[LANES];

/* G g of F(2,3), for one row or column of a filter. */
static void
transform_2 (const gdouble *restrict g0, const gdouble *restrict g1, const gdouble *restrict g2,
             Lane *restrict out, gint step)
{
  for (gint k = 0; k < LANES; k++)
    {
      gdouble even = (g0[k] + g2[k]) / 2, odd = g1[k] / 2;
      out[0][k] = g0[k];
      out[step][k] = even + odd;
      out[2 * step][k] = even - odd;
      out[3 * step][k] = g2[k];
    }
}

/* The same of F(4,3). */
static void
transform_4 (const gdouble *restrict g0, const gdouble *restrict g1, const gdouble *restrict g2,
             Lane *restrict out, gint step)
{
  for (gint k = 0; k < LANES; k++)
    {
      gdouble even = (g0[k] + g2[k]) * (-1.0 / 6), odd = g1[k] * (1.0 / 6);
      gdouble far = g0[k] * (1.0 / 24) + g2[k] * (1.0 / 6), near = g1[k] * (1.0 / 12);
      out[0][k] = g0[k] / 4;
      out[step][k] = even - odd;
      out[2 * step][k] = even + odd;
      out[3 * step][k] = far + near;
      out[4 * step][k] = far - near;
      out[5 * step][k] = g2[k];
    }
}

/* u = G g Gᵀ */
static void
transform_filters (gint n, Lane g[9], Lane *u)
{
  void (*transform) (const gdouble *, const gdouble *, const gdouble *, Lane *, gint)
      = n == 6 ? transform_4 : transform_2;
  Lane half[6 * 3]; /* [n][3] */

  for (gint x = 0; x < 3; x++)
    transform (g[x], g[3 + x], g[6 + x], half + x, 3);
  for (gint i = 0; i < n; i++)
    transform (half[3 * i], half[3 * i + 1], half[3 * i + 2], u + i * n, 1);
}

/* Filters from input channel c to the output channels from k on; zeros beyond the last. */
static void
read_filters (const WhyWinogradPlan *plan, const WhyFilters *filters, gboolean transposed, gint64 c,
              gint64 k, Lane g[9])
{
  gint64 live = MIN (LANES, plan->out_channels - k);

  memset (g, 0, 9 * sizeof *g);
  for (gint64 lane = 0; lane < live; lane++)
    {
      gint64 filter
          = transposed ? c * plan->out_channels + k + lane : (k + lane) * plan->in_channels + c;
      for (gint i = 0; i < 9; i++)
        g[i][lane] = (gdouble)why_filters_get (filters, transposed ? c : k + lane,
                                               filter * 9 + (transposed ? 8 - i : i));
    }
}

/* For each point a product's weights, as why_pack_weights() lays them out. */
static void
pack_filters (WhyWinogradPlan *plan, const WhyFilters *filters, gboolean transposed)
{
  gint64 panel = why_kernels ()->panel, lanes = MIN (panel, LANES);
  gint points = plan->n * plan->n;
  Lane g[9], u[POINTS_4];

  plan->packed_stride = why_packed_size (1, plan->in_channels, plan->out_channels);
  plan->packed = why_memory_new ((gsize)(plan->packed_stride * points) * sizeof (WhyReal));
  for (gint64 k = 0; k < plan->packed_stride / plan->in_channels; k += lanes)
    for (gint64 c = 0; c < plan->in_channels; c++)
      {
        WhyReal *to = plan->packed + k / panel * panel * plan->in_channels + c * panel + k % panel;
        read_filters (plan, filters, transposed, c, k, g);
        transform_filters (plan->n, g, u);
        for (gint i = 0; i < points; i++)
          for (gint64 lane = 0; lane < lanes; lane++)
            to[i * plan->packed_stride + lane] = (WhyReal)u[i][lane];
      }
}

/* Tiles a strip, a multiple of the product's tile height: their data stay in the second-level cache
 * where weights do not outweigh them, which every strip reads again. */
static gint64
strip_of (gint64 in_channels, gint64 out_channels, gint points)
{
  gint64 tile = why_kernels ()->tile_rows, each = points * (gint64)sizeof (WhyReal);
  gint64 bytes = MAX (STRIP_BYTES, each * in_channels * out_channels / 4);
  gint64 fits = bytes / (each * (in_channels + out_channels));

  return CLAMP (fits / tile * tile, tile, MOST_TILES / tile * tile);
}

static gsize
round_up (gsize bytes)
{
  return (bytes + 63) / 64 * 64;
}

/* Bytes of one thread's workspace for tiles of m×m outputs: a strip, or all tiles where they are
 * fewer. */
static gsize
workspace_of (const WhyLastConvShape *s, gint m)
{
  gint64 points = (m + 2) * (m + 2);
  gint64 tiles = s->batch * ((s->window.out[1] + m - 1) / m) * ((s->window.out[2] + m - 1) / m);
  gint64 strip = MIN (strip_of (s->in_channels, s->out_channels, (gint)points), tiles);

  return 2 * round_up (MOST_TILES * POINTS_4 * sizeof (gpointer))
         + round_up ((gsize)s->in_channels * sizeof (WhyReal))
         + round_up ((gsize)(strip * points * s->in_channels) * sizeof (WhyReal))
         + round_up ((gsize)(strip * points * s->out_channels) * sizeof (WhyReal));
}

WhyWinogradPlan *
why_winograd_plan_new (const WhyLastConvShape *s, const WhyFilters *filters, gboolean transposed,
                       gint m)
{
  WhyWinogradPlan *plan = g_new0 (WhyWinogradPlan, 1);

  plan->m = m;
  plan->n = m + 2;
  plan->batch = s->batch;
  plan->in_channels = s->in_channels;
  plan->out_channels = s->out_channels;
  plan->pitch = s->pitch ? s->pitch : s->out_channels;
  for (gint a = 0; a < 2; a++)
    {
      plan->in_extent[a] = s->window.in[a + 1];
      plan->out_extent[a] = s->window.out[a + 1];
      plan->before[a] = s->window.before[a + 1];
    }
  plan->workspace = workspace_of (s, m);
  pack_filters (plan, filters, transposed);
  return plan;
}

void
why_winograd_plan_free (WhyWinogradPlan *plan)
{
  if (!plan)
    return;
  free (plan->packed);
  g_free (plan);
}

gsize
why_winograd_scratch (const WhyLastConvShape *s)
{
  return MAX (workspace_of (s, 2), workspace_of (s, 4));
}

typedef struct
{
  const WhyWinogradPlan *plan;
  const WhyLatticeRun *run;
  gint64 count[2];                 /* output pixels of a picture */
  gint64 across, tiles, all_tiles; /* of a picture's row, of a picture, of the batch */
  gint64 strip, panels;            /* tiles and panels a task takes */
  gint64 strips, groups;
  gchar *scratch;
  gsize scratch_each;
} Job;

static void
plan_tasks (Job *job, gint threads)
{
  const WhyWinogradPlan *plan = job->plan;
  gint64 panel = why_kernels ()->panel, all_panels = (plan->out_channels + panel - 1) / panel;
  gint64 down = (job->count[0] + plan->m - 1) / plan->m;

  job->across = (job->count[1] + plan->m - 1) / plan->m;
  job->tiles = down * job->across;
  job->all_tiles = plan->batch * job->tiles;
  job->strip = strip_of (plan->in_channels, plan->out_channels, plan->n * plan->n);
  job->strips = MAX ((job->all_tiles + job->strip - 1) / job->strip, 1);
  if (job->strips > 1)
    job->strips = (job->strips + threads - 1) / threads * threads; /* as many for every thread */
  job->strip = MAX ((job->all_tiles + job->strips - 1) / job->strips, 1); /* even strips */
  job->strips = MAX ((job->all_tiles + job->strip - 1) / job->strip, 1);
  job->groups = 1;
  if (job->strips < threads) /* each group transforms the input anew: no more than there must be */
    job->groups = MIN ((threads + job->strips - 1) / job->strips, MAX (all_panels / 2, 1));
  job->panels = (all_panels + job->groups - 1) / job->groups;
  job->groups = (all_panels + job->panels - 1) / job->panels;
}

typedef struct
{
  WhyReal *transformed, *products, *zeros;
  const WhyReal **in; /* input pixels, then the product's rows */
  WhyReal **out;
} Workspace;

static Workspace
open_workspace (const Job *job, gint thread)
{
  const WhyWinogradPlan *plan = job->plan;
  gint64 points = plan->n * plan->n;
  gchar *at = job->scratch + (gsize)thread * job->scratch_each;
  Workspace w;

  w.in = (const WhyReal **)(gpointer)at;
  at += round_up (MOST_TILES * POINTS_4 * sizeof (gpointer));
  w.out = (WhyReal **)(gpointer)at;
  at += round_up (MOST_TILES * POINTS_4 * sizeof (gpointer));
  w.zeros = (WhyReal *)(gpointer)at;
  memset (w.zeros, 0, (gsize)plan->in_channels * sizeof (WhyReal));
  at += round_up ((gsize)plan->in_channels * sizeof (WhyReal));
  w.transformed = (WhyReal *)(gpointer)at;
  at += round_up ((gsize)(job->strip * points * plan->in_channels) * sizeof (WhyReal));
  w.products = (WhyReal *)(gpointer)at;
  return w;
}

/** A tile: its picture, its upper left output pixel, and the end of what is wanted there. */
typedef struct
{
  gint64 picture, y, x, y_end, x_end;
} Tile;

static Tile
place_tile (const Job *job, gint64 index)
{
  const WhyPart *part = job->run->part;
  gint64 picture = index / job->tiles, within = index % job->tiles;
  gint64 y = part ? part->origin[picture][0] : 0, x = part ? part->origin[picture][1] : 0;

  return (Tile){ picture, y + within / job->across * job->plan->m,
                 x + within % job->across * job->plan->m, y + job->count[0], x + job->count[1] };
}

static void
point_in (const Job *job, gint64 tile, gint64 tiles, Workspace *w)
{
  const WhyWinogradPlan *plan = job->plan;
  const WhyReal **in = w->in;

  for (gint64 t = 0; t < tiles; t++)
    {
      Tile at = place_tile (job, tile + t);
      for (gint i = 0; i < plan->n; i++)
        for (gint j = 0; j < plan->n; j++)
          {
            gint64 y = at.y + i - plan->before[0], x = at.x + j - plan->before[1];
            gboolean inside = y >= 0 && y < plan->in_extent[0] && x >= 0 && x < plan->in_extent[1];
            gint64 pixel = (at.picture * plan->in_extent[0] + y) * plan->in_extent[1] + x;
            *in++ = inside ? job->run->in + pixel * plan->in_channels : w->zeros;
          }
    }
}

static void
point_out (const Job *job, gint64 tile, gint64 tiles, gint64 column, Workspace *w)
{
  const WhyWinogradPlan *plan = job->plan;
  WhyReal **out = w->out;

  for (gint64 t = 0; t < tiles; t++)
    {
      Tile at = place_tile (job, tile + t);
      for (gint64 y = at.y; y < at.y + plan->m; y++)
        for (gint64 x = at.x; x < at.x + plan->m; x++)
          {
            gint64 pixel = (at.picture * plan->out_extent[0] + y) * plan->out_extent[1] + x;
            gboolean inside = y < at.y_end && x < at.x_end;
            *out++ = inside ? job->run->out + pixel * plan->pitch + column : NULL;
          }
    }
}

static void
multiply (const Job *job, gint64 tiles, gint64 first_panel, gint64 width, Workspace *w)
{
  const WhyWinogradPlan *plan = job->plan;
  gint64 panel = why_kernels ()->panel;

  for (gint i = 0; i < plan->n * plan->n; i++)
    {
      WhyProduct product = {
        .rows = tiles,
        .width = width,
        .taps = 1,
        .depth = plan->in_channels,
        .in = w->in,
        .ld = tiles,
        .weights = plan->packed + i * plan->packed_stride + first_panel * plan->in_channels * panel,
        .panel_end = (width + panel - 1) / panel,
        .out = w->out,
      };
      for (gint64 t = 0; t < tiles; t++)
        {
          w->in[t] = w->transformed + (i * tiles + t) * plan->in_channels;
          w->out[t] = w->products + (i * tiles + t) * width;
        }
      why_kernels ()->product (&product);
    }
}

static void
run_task (const Job *job, gint64 task, Workspace *w)
{
  const WhyWinogradPlan *plan = job->plan;
  const WhyLatticeRun *run = job->run;
  gint64 panel = why_kernels ()->panel, tile = task / job->groups * job->strip;
  gint64 tiles = MIN (job->strip, job->all_tiles - tile);
  gint64 first_panel = task % job->groups * job->panels, column = first_panel * panel;
  gint64 width = MIN (job->panels * panel, plan->out_channels - column);
  WhyWinograd input = { .m = plan->m,
                        .channels = plan->in_channels,
                        .tiles = tiles,
                        .transformed = w->transformed,
                        .in = w->in };
  WhyWinograd output = { .m = plan->m,
                         .channels = width,
                         .tiles = tiles,
                         .transformed = w->products,
                         .out = w->out,
                         .bias = run->bias ? run->bias + column : NULL,
                         .residual = run->residual,
                         .accumulate = run->accumulate,
                         .clamp = run->clamp,
                         .low = run->low,
                         .high = run->high };

  point_in (job, tile, tiles, w);
  why_kernels ()->winograd_input (&input);
  multiply (job, tiles, first_panel, width, w);
  point_out (job, tile, tiles, column, w);
  why_kernels ()->winograd_output (&output);
}

static void
run_tasks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  Workspace w = open_workspace (job, thread);

  for (gint64 task = begin; task < end; task++)
    run_task (job, task, &w);
}

void
why_winograd_plan_run (const WhyWinogradPlan *plan, const WhyLatticeRun *run, WhyPool *pool,
                       gpointer scratch)
{
  Job job = { .plan = plan, .run = run, .scratch = scratch, .scratch_each = plan->workspace };

  for (gint a = 0; a < 2; a++)
    job.count[a] = run->part ? run->part->size[a] : plan->out_extent[a];
  plan_tasks (&job, why_pool_get_threads (pool));
  if (job.all_tiles > 0)
    why_pool_run (pool, job.strips * job.groups, 1, run_tasks, &job);
}
