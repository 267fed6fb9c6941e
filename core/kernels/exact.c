/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/exact.h"
#include "kernels/gemm.h"

#define PIECE 256 /* · 255² < 2^24 */
#define TILE 256  /* rows of a product, cells of a convolution */

/* C (ldc) = A (rows × inner, dense) · B (inner × columns, ldb); part: room for rows × columns. */
static void
exact_product (gint64 rows, gint64 columns, gint64 inner, const WhyReal *a, const WhyReal *b,
               gint64 ldb, gint32 *c, gint64 ldc, WhyReal *part)
{
  for (gint64 i = 0; i < rows; i++)
    for (gint64 j = 0; j < columns; j++)
      c[i * ldc + j] = 0;
  for (gint64 k = 0; k < inner; k += PIECE)
    {
      why_gemm (FALSE, FALSE, rows, columns, MIN (PIECE, inner - k), 1, a + k, inner, b + k * ldb,
                ldb, 0, part, columns);
      for (gint64 i = 0; i < rows; i++)
        for (gint64 j = 0; j < columns; j++)
          c[i * ldc + j] += (gint32)part[i * columns + j];
    }
}

typedef struct
{
  const WhyExact *exact;
  const WhyReal *a, *b;
  gint32 *c;
  WhyReal *scratch;
  gint64 per_thread, tiles;
} ProductJob;

static gint64
product_elements (const WhyExact *exact)
{
  return (MIN (TILE, exact->rows) * exact->columns + 15) / 16 * 16;
}

gsize
why_exact_scratch (const WhyExact *exact, gint threads)
{
  return (gsize)(product_elements (exact) * threads) * sizeof (WhyReal);
}

/* Tasks are (item, tile of rows). */
static void
product_tasks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const ProductJob *job = data;
  const WhyExact *e = job->exact;

  for (gint64 task = begin; task < end; task++)
    {
      gint64 item = task / job->tiles, row = task % job->tiles * TILE;

      exact_product (MIN (TILE, e->rows - row), e->columns, e->inner,
                     job->a + e->a_at[item] + row * e->inner, job->b + e->b_at[item], e->columns,
                     job->c + e->c_at[item] + row * e->columns, e->columns,
                     job->scratch + thread * job->per_thread);
    }
}

void
why_exact_run (const WhyExact *exact, const WhyReal *a, const WhyReal *b, gint32 *c, WhyPool *pool,
               gpointer scratch)
{
  ProductJob job
      = { exact, a, b, c, scratch, product_elements (exact), (exact->rows + TILE - 1) / TILE };

  why_pool_run (pool, exact->batch * job.tiles, 1, product_tasks, &job);
}

/* ---- convolution ------------------------------------------------------------------------ */

typedef struct
{
  const WhyConv *conv;
  const WhyReal *x, *w;
  gint32 *y;
  WhyReal *scratch;
  gint64 in_cells, out_cells, inner, tile, tiles, per_thread;
} ConvJob;

static void
conv_job_init (ConvJob *job, const WhyConv *conv)
{
  job->conv = conv;
  job->in_cells = why_volume (conv->window.in);
  job->out_cells = why_volume (conv->window.out);
  job->inner = conv->in_channels * why_volume (conv->window.kernel);
  job->tile = MIN (TILE, job->out_cells);
  job->tiles = (job->out_cells + job->tile - 1) / job->tile;
  job->per_thread = ((job->inner + conv->out_channels) * job->tile + 15) / 16 * 16;
}

gsize
why_exact_conv_scratch (const WhyConv *conv, gint threads)
{
  ConvJob job;

  conv_job_init (&job, conv);
  return (gsize)(job.per_thread * threads) * sizeof (WhyReal);
}

/* Tasks are (picture, group, tile of output cells). */
static void
conv_tasks (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const ConvJob *job = data;
  const WhyConv *conv = job->conv;
  WhyReal *columns = job->scratch + thread * job->per_thread;
  WhyReal *part = columns + job->inner * job->tile;

  for (gint64 task = begin; task < end; task++)
    {
      gint64 first = task % job->tiles * job->tile, last = MIN (first + job->tile, job->out_cells);
      gint64 plane_group = task / job->tiles, group = plane_group % conv->groups;
      const WhyReal *x = job->x + plane_group * conv->in_channels * job->in_cells;

      why_im2col (&conv->window, x, conv->in_channels, first, last, columns);
      exact_product (conv->out_channels, last - first, job->inner,
                     job->w + group * conv->out_channels * job->inner, columns, last - first,
                     job->y + plane_group * conv->out_channels * job->out_cells + first,
                     job->out_cells, part);
    }
}

void
why_exact_conv (const WhyConv *conv, const WhyReal *x, const WhyReal *w, gint32 *y, WhyPool *pool,
                gpointer scratch)
{
  ConvJob job = { .x = x, .w = w, .y = y, .scratch = scratch };

  conv_job_init (&job, conv);
  why_pool_run (pool, conv->batch * conv->groups * job.tiles, 1, conv_tasks, &job);
}
