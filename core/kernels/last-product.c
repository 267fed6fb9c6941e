/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/last-product.h"

#include <stdlib.h>
#include <string.h>

static void
copy_channels (WhyLattice *lattice, const WhyLastConvShape *s, gboolean backward)
{
  lattice->batch = s->batch;
  lattice->in_channels = backward ? s->out_channels : s->in_channels;
  lattice->depth = lattice->in_channels / s->groups;
  lattice->width = (backward ? s->in_channels : s->out_channels) / s->groups;
  lattice->pitch = !backward && s->pitch ? s->pitch : lattice->width * s->groups;
  for (gint a = 0; a < 2; a++)
    {
      lattice->in_extent[a] = backward ? s->window.out[a + 1] : s->window.in[a + 1];
      lattice->out_extent[a] = backward ? s->window.in[a + 1] : s->window.out[a + 1];
    }
}

static void
add_tap (WhyLattice *lattice, gint tap, gint64 y, gint64 x)
{
  lattice->taps[lattice->n_taps] = tap;
  lattice->offset[lattice->n_taps][0] = y;
  lattice->offset[lattice->n_taps][1] = x;
  lattice->n_taps++;
}

/* The taps whose pixel no output further up or to the left reads. */
static void
find_fresh (WhyLattice *lattice)
{
  gint64 last[2] = { G_MININT64, G_MININT64 };

  for (gint t = 0; t < lattice->n_taps; t++)
    for (gint a = 0; a < 2; a++)
      last[a] = MAX (last[a], lattice->offset[t][a]);
  lattice->fresh = g_new (gint, lattice->n_taps);
  for (gint t = 0; t < lattice->n_taps; t++)
    if (lattice->offset[t][0] > last[0] - lattice->advance[0]
        && lattice->offset[t][1] > last[1] - lattice->advance[1])
      lattice->fresh[lattice->n_fresh++] = t;
}

void
why_lattice_init_forward (WhyLattice *lattice, const WhyLastConvShape *s)
{
  const WhyWindow *w = &s->window;
  gint taps = (gint)(w->kernel[1] * w->kernel[2]);

  copy_channels (lattice, s, FALSE);
  lattice->taps = g_new (gint, taps);
  lattice->offset = g_malloc_n ((gsize)taps, sizeof *lattice->offset);
  for (gint a = 0; a < 2; a++)
    {
      lattice->step[a] = 1;
      lattice->count[a] = w->out[a + 1];
      lattice->advance[a] = w->stride[a + 1];
    }
  for (gint t = 0; t < taps; t++)
    add_tap (lattice, t, t / w->kernel[2] * w->dilation[1] - w->before[1],
             t % w->kernel[2] * w->dilation[2] - w->before[2]);
  find_fresh (lattice);
}

void
why_lattice_init_backward (WhyLattice *lattice, const WhyLastConvShape *s, gint64 y, gint64 x)
{
  const WhyWindow *w = &s->window;
  gint taps = (gint)(w->kernel[1] * w->kernel[2]);
  gint64 first[2] = { y, x };

  copy_channels (lattice, s, TRUE);
  lattice->taps = g_new (gint, taps);
  lattice->offset = g_malloc_n ((gsize)taps, sizeof *lattice->offset);
  for (gint a = 0; a < 2; a++)
    {
      lattice->first[a] = first[a];
      lattice->step[a] = w->stride[a + 1];
      lattice->count[a]
          = MAX ((w->in[a + 1] - first[a] + w->stride[a + 1] - 1) / w->stride[a + 1], 0);
      lattice->advance[a] = 1;
    }
  for (gint t = 0; t < taps; t++)
    {
      /* Output o sees input o·stride - before + tap·dilation: solve for o. */
      gint64 oy = y + w->before[1] - t / w->kernel[2] * w->dilation[1];
      gint64 ox = x + w->before[2] - t % w->kernel[2] * w->dilation[2];
      if (oy % w->stride[1] == 0 && ox % w->stride[2] == 0)
        add_tap (lattice, t, oy / w->stride[1], ox / w->stride[2]);
    }
  find_fresh (lattice);
}

void
why_lattice_clear (WhyLattice *lattice)
{
  g_free (lattice->taps);
  g_free (lattice->fresh);
  g_free (lattice->offset);
  free (lattice->packed);
}

typedef struct
{
  const WhyLattice *lattice;
  const WhyLatticeRun *run;
  gint64 count[2], rows;               /* pixels a picture, rows of the whole batch */
  gint64 strip, panels;                /* rows and panels a task takes */
  gint64 groups, strips, panel_groups; /* a task is one of each */
  gchar *scratch;
  gsize scratch_each;
} Job;

static void
job_init (Job *job, const WhyLattice *lattice, const WhyLatticeRun *run, gpointer scratch,
          gsize scratch_each)
{
  *job = (Job){ .lattice = lattice,
                .run = run,
                .groups = 1,
                .panel_groups = 1,
                .scratch = scratch,
                .scratch_each = scratch_each };
  for (gint a = 0; a < 2; a++)
    job->count[a] = run->part ? run->part->size[a] : lattice->count[a];
  job->rows = lattice->batch * job->count[0] * job->count[1];
  job->strip = WHY_STRIP;
  job->strips = (job->rows + WHY_STRIP - 1) / WHY_STRIP;
}

/* Enough tasks to share out, but strips and panel groups no smaller than they have to be. */
static void
plan_product (Job *job, gint64 groups, gint threads)
{
  gint64 panel = why_kernels ()->panel, tile = why_product_rows (job->lattice->split);
  gint64 all_panels = (job->lattice->width + panel - 1) / panel;

  job->groups = groups;
  if (threads > 1 && job->strips < 2 * threads)
    job->panel_groups = MIN ((2 * threads + job->strips - 1) / job->strips, all_panels);
  job->panels = (all_panels + job->panel_groups - 1) / job->panel_groups;
  job->panel_groups = (all_panels + job->panels - 1) / job->panels;
  job->strip = ((job->rows + job->strips - 1) / job->strips + tile - 1) / tile * tile;
  job->strip = MIN (job->strip, WHY_STRIP / tile * tile);
  job->strips = (job->rows + job->strip - 1) / job->strip;
}

/* A thread's part of the scratch memory. */
typedef struct
{
  const WhyReal **in;
  WhyReal **out;
  WhyReal *zeros, *patches;
} Workspace;

static gsize
round_up (gsize bytes)
{
  return (bytes + 63) / 64 * 64;
}

gsize
why_lattice_scratch (const WhyLastConvShape *s)
{
  gsize taps = (gsize)(s->window.kernel[1] * s->window.kernel[2]);
  gsize channels = (gsize)MAX (s->in_channels, s->out_channels);

  return round_up (MAX (taps, 1) * WHY_STRIP * sizeof (gpointer))
         + round_up (WHY_STRIP * sizeof (gpointer)) + round_up (channels * sizeof (WhyReal))
         + round_up (WHY_STRIP * taps * (gsize)(s->in_channels / s->groups) * sizeof (WhyReal));
}

/* Numbers in a line of the window. */
static gint64
line_of (const WhyLattice *lattice)
{
  gint64 n = 1;

  while (n < lattice->n_taps && lattice->offset[n][0] == lattice->offset[0][0])
    n++;
  return n;
}

static Workspace
open_workspace (const Job *job, gint thread)
{
  const WhyLattice *lattice = job->lattice;
  gchar *at = job->scratch + (gsize)thread * job->scratch_each;
  Workspace w;

  w.in = (const WhyReal **)(gpointer)at;
  at += round_up ((gsize)MAX (lattice->n_taps, 1) * WHY_STRIP * sizeof (gpointer));
  w.out = (WhyReal **)(gpointer)at;
  at += round_up (WHY_STRIP * sizeof (gpointer));
  w.zeros = (WhyReal *)(gpointer)at;
  memset (w.zeros, 0, (gsize)lattice->in_channels * sizeof (WhyReal));
  at += round_up ((gsize)lattice->in_channels * sizeof (WhyReal));
  w.patches = (WhyReal *)(gpointer)at;
  return w;
}

/* Where a row lies: picture, and lattice coordinates. */
typedef struct
{
  gint64 n, i, j;
  gint64 origin[2];
} Place;

static inline void
enter_picture (const Job *job, Place *place)
{
  for (gint a = 0; a < 2; a++)
    place->origin[a] = job->run->part && place->n < job->lattice->batch
                           ? job->run->part->origin[place->n][a]
                           : 0;
}

static Place
place_of (const Job *job, gint64 row)
{
  gint64 cells = job->count[0] * job->count[1];
  Place place = { .n = row / cells };

  enter_picture (job, &place);
  place.i = place.origin[0] + row % cells / job->count[1];
  place.j = place.origin[1] + row % job->count[1];
  return place;
}

static inline void
next_place (const Job *job, Place *place)
{
  if (++place->j < place->origin[1] + job->count[1])
    return;
  place->j = place->origin[1];
  if (++place->i < place->origin[0] + job->count[0])
    return;
  place->n++;
  enter_picture (job, place);
  place->i = place->origin[0];
  place->j = place->origin[1];
}

/* The last of the rows that follow a place in the same line of the lattice, and where the next line
 * begins. */
static inline gint64
run_of (const Job *job, const Place *place, gint64 rows)
{
  return MIN (rows, place->origin[1] + job->count[1] - place->j);
}

static inline void
skip_run (const Job *job, Place *place, gint64 run)
{
  place->j += run - 1;
  next_place (job, place);
}

static inline gboolean
find_pixel (const WhyLattice *lattice, const Place *place, gint tap, gint64 *pixel)
{
  gint64 y = place->i * lattice->advance[0] + lattice->offset[tap][0];
  gint64 x = place->j * lattice->advance[1] + lattice->offset[tap][1];

  *pixel = (place->n * lattice->in_extent[0] + y) * lattice->in_extent[1] + x;
  return y >= 0 && y < lattice->in_extent[0] && x >= 0 && x < lattice->in_extent[1];
}

static void
point_out (const Job *job, gint64 row, gint64 rows, gint64 group, Workspace *w)
{
  const WhyLattice *lattice = job->lattice;
  gint64 step = lattice->step[1] * lattice->pitch;
  Place place = place_of (job, row);

  for (gint64 m = 0, run; m < rows; m += run, skip_run (job, &place, run))
    {
      gint64 y = lattice->first[0] + place.i * lattice->step[0];
      gint64 x = lattice->first[1] + place.j * lattice->step[1];
      gint64 pixel = (place.n * lattice->out_extent[0] + y) * lattice->out_extent[1] + x;
      WhyReal *to = job->run->out + pixel * lattice->pitch + group * lattice->width;

      run = run_of (job, &place, rows - m);
      for (gint64 k = 0; k < run; k++)
        w->out[m + k] = to + k * step;
    }
}

/* One tap of a run: what lies beyond the picture on the left, inside, and on the right. */
static inline void
point_run (const Job *job, const Place *place, gint tap, gint64 group, gint64 run,
           const WhyReal *zeros, const WhyReal **in)
{
  const WhyLattice *lattice = job->lattice;
  gint64 advance = lattice->advance[1], step = advance * lattice->in_channels;
  gint64 y = place->i * lattice->advance[0] + lattice->offset[tap][0];
  gint64 x = place->j * advance + lattice->offset[tap][1];
  gint64 begin = x < 0 ? MIN ((-x + advance - 1) / advance, run) : 0;
  gint64 end = CLAMP ((lattice->in_extent[1] - x + advance - 1) / advance, begin, run);
  const WhyReal *from = job->run->in
                        + ((place->n * lattice->in_extent[0] + y) * lattice->in_extent[1] + x)
                              * lattice->in_channels
                        + group * lattice->depth;

  if (y < 0 || y >= lattice->in_extent[0])
    begin = end = run;
  for (gint64 k = 0; k < begin; k++)
    in[k] = zeros;
  for (gint64 k = begin; k < end; k++)
    in[k] = from + k * step;
  for (gint64 k = end; k < run; k++)
    in[k] = zeros;
}

static void
point_in (const Job *job, gint64 row, gint64 rows, gint64 group, Workspace *w)
{
  Place place = place_of (job, row);

  for (gint64 m = 0, run; m < rows; m += run, skip_run (job, &place, run))
    {
      run = run_of (job, &place, rows - m);
      for (gint tap = 0; tap < job->lattice->n_taps; tap++)
        point_run (job, &place, tap, group, run, w->zeros, w->in + tap * WHY_STRIP + m);
    }
}

/* One output pixel's patch of a planar picture, [channels][taps]. */
static void
gather_planar (const Job *job, const Place *place, gint64 group, WhyReal *to)
{
  const WhyLattice *lattice = job->lattice;
  gint64 height = lattice->in_extent[0], width = lattice->in_extent[1];
  gint64 first_channel = place->n * lattice->in_channels + group * lattice->depth;

  for (gint64 c = 0; c < lattice->depth; c++)
    {
      const WhyReal *plane = job->run->in + (first_channel + c) * height * width;
      for (gint tap = 0; tap < lattice->n_taps; tap++)
        {
          gint64 y = place->i * lattice->advance[0] + lattice->offset[tap][0];
          gint64 x = place->j * lattice->advance[1] + lattice->offset[tap][1];
          gboolean inside = y >= 0 && y < height && x >= 0 && x < width;
          *to++ = inside ? plane[y * width + x] : 0;
        }
    }
}

/* n pixels of planes that lie `plane` numbers apart → [n][channels]. Three planes, as pictures have
 * them, in one go: compilers make vectors of it. */
static void
interleave (const WhyReal *restrict planes, gint64 plane, gint64 channels, gint64 n,
            WhyReal *restrict to)
{
  if (channels == 3)
    for (gint64 i = 0; i < n; i++)
      {
        to[3 * i] = planes[i];
        to[3 * i + 1] = planes[plane + i];
        to[3 * i + 2] = planes[2 * plane + i];
      }
  else
    for (gint64 c = 0; c < channels; c++)
      for (gint64 i = 0; i < n; i++)
        to[i * channels + c] = planes[c * plane + i];
}

/* What a line of the window sees of a run of output pixels: [pixels][channels], zeros beyond the
 * picture. */
static void
copy_line (const Job *job, const Place *place, gint tap, gint64 pixels, WhyReal *to)
{
  const WhyLattice *lattice = job->lattice;
  gint64 height = lattice->in_extent[0], width = lattice->in_extent[1];
  gint64 channels = lattice->in_channels;
  gint64 y = place->i * lattice->advance[0] + lattice->offset[tap][0];
  gint64 x = place->j * lattice->advance[1] + lattice->offset[tap][1];
  gint64 begin = CLAMP (-x, 0, pixels), end = CLAMP (width - x, begin, pixels);

  if (y < 0 || y >= height)
    begin = end = 0;
  memset (to, 0, (gsize)(begin * channels) * sizeof *to);
  interleave (job->run->in + (place->n * channels * height + y) * width + x + begin, height * width,
              channels, end - begin, to + begin * channels);
  memset (to + end * channels, 0, (gsize)((pixels - end) * channels) * sizeof *to);
}

/* Neighbours share most of their patches: where a line of the window is a tap, a strip's lines are
 * copied once. */
static void
point_lines (const Job *job, gint64 row, gint64 rows, Workspace *w)
{
  const WhyLattice *lattice = job->lattice;
  gint64 line = line_of (lattice), channels = lattice->in_channels;
  gint64 advance = lattice->advance[1];
  Place place = place_of (job, row);

  for (gint64 m = 0, run; m < rows; m += run, skip_run (job, &place, run))
    {
      WhyReal *to = w->patches + m * lattice->n_taps * channels;
      gint64 pixels;
      run = run_of (job, &place, rows - m);
      pixels = (run - 1) * advance + line;
      for (gint tap = 0; tap < lattice->n_taps; tap += (gint)line, to += pixels * channels)
        {
          copy_line (job, &place, tap, pixels, to);
          for (gint64 k = 0; k < run; k++)
            w->in[tap / line * WHY_STRIP + m + k] = to + k * advance * channels;
        }
    }
}

/* One output pixel's patch, [taps][channels]. */
static void
gather_last (const Job *job, const Place *place, gint64 group, WhyReal *to)
{
  const WhyLattice *lattice = job->lattice;

  for (gint tap = 0; tap < lattice->n_taps; tap++)
    {
      gint64 pixel;
      gboolean inside = find_pixel (lattice, place, tap, &pixel);
      const WhyReal *from = job->run->in + pixel * lattice->in_channels + group * lattice->depth;
      for (gint64 c = 0; c < lattice->depth; c++)
        *to++ = inside ? from[c] : 0;
    }
}

/* A row of numbers for every output pixel. */
static void
gather_patches (const Job *job, gint64 row, gint64 rows, gint64 group, Workspace *w)
{
  const WhyLattice *lattice = job->lattice;
  Place place = place_of (job, row);

  for (gint64 m = 0; m < rows; m++, next_place (job, &place))
    {
      WhyReal *to = w->patches + m * lattice->n_taps * lattice->depth;
      w->in[m] = to;
      if (!lattice->planar_input)
        gather_last (job, &place, group, to);
      else
        gather_planar (job, &place, group, to);
    }
}

static void
run_task (const Job *job, gint64 task, Workspace *w)
{
  const WhyLattice *lattice = job->lattice;
  const WhyLatticeRun *run = job->run;
  const WhyKernels *kernels = why_kernels ();
  gint64 panel_group = task % job->panel_groups, rest = task / job->panel_groups;
  gint64 group = rest % job->groups, row = rest / job->groups * job->strip;
  gint64 all_panels = (lattice->width + kernels->panel - 1) / kernels->panel;
  WhyProduct product = {
    .rows = MIN (job->strip, job->rows - row),
    .width = lattice->width,
    .taps = lattice->joins_taps ? 1 : lattice->n_taps,
    .depth = lattice->joins_taps ? lattice->n_taps * lattice->depth : lattice->depth,
    .in = w->in,
    .ld = WHY_STRIP,
    .weights = lattice->packed + group * lattice->packed_stride,
    .panel_begin = panel_group * job->panels,
    .panel_end = MIN ((panel_group + 1) * job->panels, all_panels),
    .out = w->out,
    .bias = run->bias ? run->bias + group * lattice->width : NULL,
    .residual = run->residual,
    .accumulate = run->accumulate,
    .clamp = run->clamp,
    .split = lattice->split,
    .low = run->low,
    .high = run->high,
  };

  point_out (job, row, product.rows, group, w);
  if (lattice->by_lines)
    {
      product.depth = line_of (lattice) * lattice->depth;
      product.taps = (gint)(lattice->n_taps * lattice->depth / product.depth);
      point_lines (job, row, product.rows, w);
    }
  else if (lattice->joins_taps)
    gather_patches (job, row, product.rows, group, w);
  else
    point_in (job, row, product.rows, group, w);
  why_product_run (&product);
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
why_lattice_run_product (const WhyLattice *lattice, const WhyLatticeRun *run, gint64 groups,
                         WhyPool *pool, gpointer scratch, gsize scratch_each)
{
  Job job;

  job_init (&job, lattice, run, scratch, scratch_each);
  if (lattice->n_taps == 0 || job.rows == 0)
    return; /* no output reads these pixels: their gradient stays zero */
  plan_product (&job, groups, why_pool_get_threads (pool));
  why_pool_run (pool, job.strips * groups * job.panel_groups, 1, run_tasks, &job);
}

static void
run_depthwise_tasks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyLattice *lattice = job->lattice;
  const WhyLatticeRun *run = job->run;
  Workspace w = open_workspace (job, thread);

  for (gint64 task = begin; task < end; task++)
    {
      gint64 row = task * job->strip;
      WhyDepthwise d = { .rows = MIN (job->strip, job->rows - row),
                         .channels = lattice->in_channels,
                         .taps = lattice->n_taps,
                         .in = w.in,
                         .ld = WHY_STRIP,
                         .fresh = lattice->fresh,
                         .n_fresh = lattice->n_fresh,
                         .weights = lattice->packed,
                         .out = w.out,
                         .bias = run->bias,
                         .accumulate = run->accumulate,
                         .clamp = run->clamp,
                         .low = run->low,
                         .high = run->high };
      point_out (job, row, d.rows, 0, &w);
      point_in (job, row, d.rows, 0, &w);
      why_kernels ()->depthwise (&d);
    }
}

void
why_lattice_run_depthwise (const WhyLattice *lattice, const WhyLatticeRun *run, WhyPool *pool,
                           gpointer scratch, gsize scratch_each)
{
  gint64 tasks = 2 * why_pool_get_threads (pool);
  Job job;

  job_init (&job, lattice, run, scratch, scratch_each);
  job.strip = CLAMP ((job.rows / tasks + 3) / 4 * 4, 4, WHY_STRIP);
  why_pool_run (pool, (job.rows + job.strip - 1) / job.strip, 1, run_depthwise_tasks, &job);
}
