/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution as a matrix product over tiles of output cells (Chellapilla 2006), so that a tile's
 * columns stay in the second-level cache; depthwise convolution as direct loops.
 */
#include "kernels/conv.h"
#include "kernels/gemm.h"

#define TILE_BYTES (256 << 10)

typedef struct
{
  const WhyConv *conv;
  const WhyReal *x, *w, *bias, *y;
  WhyReal *result;
  WhyReal *scratch;
  gint64 in_cells, out_cells, taps;
  gint64 tile, tiles;      /* output cells of a tile, tiles of a picture */
  gint64 block, blocks;    /* input channels of a block, blocks of a group */
  gint64 scratch_elements; /* of one thread */
} Job;

static gint64
tile_cells (const WhyConv *conv)
{
  gint64 rows = conv->in_channels * why_volume (conv->window.kernel);
  gint64 cells = TILE_BYTES / (gint64)sizeof (WhyReal) / MAX (rows, 1);

  return CLAMP (cells, 64, MAX (why_volume (conv->window.out), 64));
}

static gint64
thread_elements (const WhyConv *conv)
{
  gint64 n = conv->in_channels * why_volume (conv->window.kernel) * tile_cells (conv);

  return (n + 15) / 16 * 16; /* threads do not share cache lines */
}

gsize
why_conv_scratch (const WhyConv *conv, gint threads)
{
  return (gsize)thread_elements (conv) * sizeof (WhyReal) * (gsize)MAX (threads, 1);
}

static void
job_init (Job *job, const WhyConv *conv, gpointer scratch)
{
  *job = (Job){ .conv = conv, .scratch = scratch };
  job->in_cells = why_volume (conv->window.in);
  job->out_cells = why_volume (conv->window.out);
  job->taps = why_volume (conv->window.kernel);
  job->tile = tile_cells (conv);
  job->tiles = (job->out_cells + job->tile - 1) / job->tile;
  job->scratch_elements = thread_elements (conv);
}

static gboolean
is_depthwise (const WhyConv *conv)
{
  return conv->in_channels == 1 && conv->groups > 1;
}

/* ---- depthwise -------------------------------------------------------------------------- */

static void
row_forward (const WhyReal *x, WhyReal weight, gint64 n, gint64 stride, WhyReal *y)
{
  if (stride == 1)
    for (gint64 i = 0; i < n; i++)
      y[i] += weight * x[i];
  else
    for (gint64 i = 0; i < n; i++)
      y[i] += weight * x[i * stride];
}

static void
row_transposed (const WhyReal *y, WhyReal weight, gint64 n, gint64 stride, WhyReal *x)
{
  if (stride == 1)
    for (gint64 i = 0; i < n; i++)
      x[i] += weight * y[i];
  else
    for (gint64 i = 0; i < n; i++)
      x[i * stride] += weight * y[i];
}

/* Goes through every (tap, output row) of one plane. Forward adds weighted input rows to output
 * rows, transposed the other way round. */
static void
plane (const WhyWindow *window, const WhyReal *in, const WhyReal *out, const WhyReal *w,
       gboolean transposed, WhyReal *result)
{
  gint64 taps = why_volume (window->kernel), rows = window->out[0] * window->out[1];

  for (gint64 row = 0; row < rows; row++)
    for (gint64 tap = 0; tap < taps; tap++)
      {
        gint64 kx = tap % window->kernel[2], ky = tap / window->kernel[2] % window->kernel[1];
        gint64 z = why_window_at (window, 0, row / window->out[1],
                                  tap / window->kernel[2] / window->kernel[1]);
        gint64 y = why_window_at (window, 1, row % window->out[1], ky);
        gint64 begin, end, from, to;

        if (z < 0 || z >= window->in[0] || y < 0 || y >= window->in[1])
          continue;
        why_window_valid (window, 2, kx, &begin, &end);
        if (begin == end)
          continue;
        from = (z * window->in[1] + y) * window->in[2] + why_window_at (window, 2, begin, kx);
        to = row * window->out[2] + begin;
        if (transposed)
          row_transposed (out + to, w[tap], end - begin, window->stride[2], result + from);
        else
          row_forward (in + from, w[tap], end - begin, window->stride[2], result + to);
      }
}

static void
depthwise_forward (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  gint64 channels = job->conv->groups * job->conv->out_channels;

  for (gint64 i = begin; i < end; i++)
    {
      gint64 channel = i % channels, picture = i / channels;
      gint64 in = picture * job->conv->groups + channel / job->conv->out_channels;
      WhyReal *y = job->result + i * job->out_cells;
      WhyReal bias = job->bias != NULL ? job->bias[channel] : 0;

      for (gint64 k = 0; k < job->out_cells; k++)
        y[k] = bias;
      plane (&job->conv->window, job->x + in * job->in_cells, NULL, job->w + channel * job->taps,
             FALSE, y);
    }
}

static void
depthwise_transposed (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  gint64 multiplier = job->conv->out_channels;

  for (gint64 i = begin; i < end; i++)
    for (gint64 m = 0; m < multiplier; m++)
      {
        gint64 channel = i % job->conv->groups * multiplier + m;
        plane (&job->conv->window, NULL, job->y + (i * multiplier + m) * job->out_cells,
               job->w + channel * job->taps, TRUE, job->result + i * job->in_cells);
      }
}

/* ---- forward ---------------------------------------------------------------------------- */

static void
start_with_bias (const Job *job, gint64 channel, gint64 begin, gint64 end, WhyReal *y)
{
  for (gint64 m = 0; m < job->conv->out_channels; m++)
    {
      WhyReal bias = job->bias != NULL ? job->bias[channel + m] : 0;
      for (gint64 k = begin; k < end; k++)
        y[m * job->out_cells + k] = bias;
    }
}

/* Tasks are (picture, group, tile of output cells). */
static void
forward_tiles (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyConv *conv = job->conv;
  gboolean pointwise = why_window_is_pointwise (&conv->window);
  gint64 inner = conv->in_channels * job->taps;
  WhyReal *columns = job->scratch + thread * job->scratch_elements;

  for (gint64 i = begin; i < end; i++)
    {
      gint64 first = i % job->tiles * job->tile, last = MIN (first + job->tile, job->out_cells);
      gint64 plane_group = i / job->tiles, group = plane_group % conv->groups;
      const WhyReal *x = job->x + plane_group * conv->in_channels * job->in_cells;
      const WhyReal *w = job->w + group * conv->out_channels * inner;
      WhyReal *y = job->result + plane_group * conv->out_channels * job->out_cells;

      start_with_bias (job, group * conv->out_channels, first, last, y);
      if (!pointwise)
        why_im2col (&conv->window, x, conv->in_channels, first, last, columns);
      why_gemm (FALSE, FALSE, conv->out_channels, last - first, inner, 1, w, inner,
                pointwise ? x + first : columns, pointwise ? job->in_cells : last - first, 1,
                y + first, job->out_cells);
    }
}

void
why_conv_forward (const WhyConv *conv, const WhyReal *x, const WhyReal *w, const WhyReal *bias,
                  WhyReal *y, WhyPool *pool, gpointer scratch)
{
  Job job;

  job_init (&job, conv, scratch);
  job.x = x;
  job.w = w;
  job.bias = bias;
  job.result = y;
  if (is_depthwise (conv))
    why_pool_run (pool, conv->batch * conv->groups * conv->out_channels, 1, depthwise_forward,
                  &job);
  else
    why_pool_run (pool, conv->batch * conv->groups * job.tiles, 1, forward_tiles, &job);
}

/* ---- transposed ------------------------------------------------------------------------- */

/* Tasks are (picture, group, block of input channels): two tasks never add to the same cell. */
static void
transposed_blocks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyConv *conv = job->conv;
  gboolean pointwise = why_window_is_pointwise (&conv->window);
  gint64 inner = conv->in_channels * job->taps;
  WhyReal *columns = job->scratch + thread * job->scratch_elements;

  for (gint64 i = begin; i < end; i++)
    {
      gint64 c0 = i % job->blocks * job->block, c1 = MIN (c0 + job->block, conv->in_channels);
      gint64 plane_group = i / job->blocks, group = plane_group % conv->groups;
      const WhyReal *y = job->y + plane_group * conv->out_channels * job->out_cells;
      const WhyReal *w = job->w + group * conv->out_channels * inner + c0 * job->taps;
      WhyReal *x = job->result + (plane_group * conv->in_channels + c0) * job->in_cells;

      for (gint64 first = 0; first < job->out_cells; first += job->tile)
        {
          gint64 cells = MIN (job->tile, job->out_cells - first);
          why_gemm (TRUE, FALSE, (c1 - c0) * job->taps, cells, conv->out_channels, 1, w, inner,
                    y + first, job->out_cells, pointwise ? 1 : 0, pointwise ? x + first : columns,
                    pointwise ? job->in_cells : cells);
          if (!pointwise)
            why_col2im (&conv->window, columns, c1 - c0, first, first + cells, x);
        }
    }
}

void
why_conv_transposed (const WhyConv *conv, const WhyReal *y, const WhyReal *w, WhyReal *x,
                     WhyPool *pool, gpointer scratch)
{
  Job job;
  gint64 planes = conv->batch * conv->groups;
  gint threads = pool != NULL ? why_pool_get_threads (pool) : 1;

  job_init (&job, conv, scratch);
  job.y = y;
  job.w = w;
  job.result = x;
  if (is_depthwise (conv))
    {
      why_pool_run (pool, planes, 1, depthwise_transposed, &job);
      return;
    }
  job.blocks = CLAMP ((threads + planes - 1) / MAX (planes, 1), 1, MAX (conv->in_channels, 1));
  job.block = (conv->in_channels + job.blocks - 1) / job.blocks;
  job.blocks = (conv->in_channels + job.block - 1) / job.block;
  why_pool_run (pool, planes * job.blocks, 1, transposed_blocks, &job);
}

/* ---- weights and bias ------------------------------------------------------------------- */

/* Tasks are groups; the pictures of a batch are summed in order. */
static void
weights_groups (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyConv *conv = job->conv;
  gint64 inner = conv->in_channels * job->taps;
  WhyReal *columns = job->scratch + thread * job->scratch_elements;

  for (gint64 group = begin; group < end; group++)
    for (gint64 n = 0; n < conv->batch; n++)
      for (gint64 first = 0; first < job->out_cells; first += job->tile)
        {
          gint64 cells = MIN (job->tile, job->out_cells - first);
          gint64 plane_group = n * conv->groups + group;
          const WhyReal *x = job->x + plane_group * conv->in_channels * job->in_cells;
          const WhyReal *y = job->y + plane_group * conv->out_channels * job->out_cells;

          why_im2col (&conv->window, x, conv->in_channels, first, first + cells, columns);
          why_gemm (FALSE, TRUE, conv->out_channels, inner, cells, 1, y + first, job->out_cells,
                    columns, cells, 1, job->result + group * conv->out_channels * inner, inner);
        }
}

void
why_conv_weights (const WhyConv *conv, const WhyReal *x, const WhyReal *gy, WhyReal *gw,
                  WhyPool *pool, gpointer scratch)
{
  Job job;

  job_init (&job, conv, scratch);
  job.x = x;
  job.y = gy;
  job.result = gw;
  why_pool_run (pool, conv->groups, 1, weights_groups, &job);
}

void
why_conv_bias (const WhyConv *conv, const WhyReal *gy, WhyReal *gbias)
{
  gint64 channels = conv->groups * conv->out_channels, cells = why_volume (conv->window.out);

  for (gint64 i = 0; i < conv->batch * channels; i++)
    {
      gdouble sum = 0;
      for (gint64 k = 0; k < cells; k++)
        sum += gy[i * cells + k];
      gbias[i % channels] += (WhyReal)sum;
    }
}
