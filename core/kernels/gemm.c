/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/gemm.h"

#include <stdlib.h>

#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "kernels/memory.h"

static void
scale (gint64 rows, gint64 columns, WhyReal beta, WhyReal *c, gint64 ldc)
{
  for (gint64 i = 0; i < rows; i++)
    for (gint64 j = 0; j < columns; j++)
      c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

#define LANES 16

static WhyReal
dot (const WhyReal *restrict a, const WhyReal *restrict b, gint64 n)
{
  WhyReal sums[LANES] = { 0 }, sum = 0;
  gint64 i = 0;

  for (; i + LANES <= n; i += LANES)
    for (gint lane = 0; lane < LANES; lane++)
      sums[lane] += a[i + lane] * b[i + lane];
  for (; i < n; i++)
    sum += a[i] * b[i];
  for (gint lane = 0; lane < LANES; lane++)
    sum += sums[lane];
  return sum;
}

/* c += alpha · a · op (B): every number of B is read once, which takes longer than the sums. */
static void
multiply_vector (gboolean transpose_b, gint64 columns, gint64 inner, WhyReal alpha,
                 const WhyReal *a, const WhyReal *restrict b, gint64 ldb, WhyReal *restrict c)
{
  if (transpose_b)
    for (gint64 j = 0; j < columns; j++)
      c[j] += alpha * dot (a, b + j * ldb, inner);
  else
    for (gint64 i = 0; i < inner; i++)
      for (gint64 j = 0; j < columns; j++)
        c[j] += alpha * a[i] * b[i * ldb + j];
}

/* op (M)·alpha as [rows][columns] without gaps. (transfer full) */
static WhyReal *
gather (gboolean transpose, gint64 rows, gint64 columns, WhyReal alpha, const WhyReal *m, gint64 ld)
{
  WhyReal *dense = g_new (WhyReal, rows * columns);

  for (gint64 i = 0; i < rows; i++)
    for (gint64 j = 0; j < columns; j++)
      dense[i * columns + j] = alpha * m[transpose ? j * ld + i : i * ld + j];
  return dense;
}

/* op (B)·alpha in panels. (transfer full: free()) */
static WhyReal *
pack (const WhyGemm *g, gint64 columns, const WhyReal *b)
{
  gsize bytes = (gsize)why_packed_size (1, g->inner, columns) * sizeof (WhyReal);
  WhyReal *packed = why_memory_new (bytes);
  g_autofree WhyReal *gathered = NULL;

  if (g->transpose_b || g->alpha != 1 || g->ldb != columns)
    gathered = gather (g->transpose_b, g->inner, columns, g->alpha, b, g->ldb);
  why_pack_weights (gathered ? gathered : b, 1, g->inner, columns, packed);
  return packed;
}

/* c += by the tiled kernel: A is read where it lies unless it is stored transposed. BLAS packs it
 * anew for every product, which small ones, as in the heads of an attention block, do not earn. */
static void
add_tiled (const WhyGemm *g, gint64 rows, gint64 columns, const WhyReal *a, const WhyReal *b,
           WhyReal *c)
{
  gint64 panel = why_kernels ()->panel, lda = g->transpose_a ? g->inner : g->lda;
  g_autofree WhyReal *turned = g->transpose_a ? gather (TRUE, rows, g->inner, 1, a, g->lda) : NULL;
  WhyReal *packed = pack (g, columns, b);
  const WhyReal *in[WHY_STRIP];
  WhyReal *out[WHY_STRIP];
  WhyProduct product = { .width = columns,
                         .taps = 1,
                         .depth = g->inner,
                         .in = in,
                         .ld = WHY_STRIP,
                         .weights = packed,
                         .panel_end = (columns + panel - 1) / panel,
                         .out = out,
                         .accumulate = TRUE };

  a = turned ? turned : a;
  for (gint64 row = 0; row < rows; row += WHY_STRIP)
    {
      product.rows = MIN (WHY_STRIP, rows - row);
      for (gint64 m = 0; m < product.rows; m++)
        {
          in[m] = a + (row + m) * lda;
          out[m] = c + (row + m) * g->ldc;
        }
      why_kernels ()->product (&product);
    }
  free (packed);
}

void
why_gemm (gboolean transpose_a, gboolean transpose_b, gint64 rows, gint64 columns, gint64 inner,
          WhyReal alpha, const WhyReal *a, gint64 lda, const WhyReal *b, gint64 ldb, WhyReal beta,
          WhyReal *c, gint64 ldc)
{
  CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;
  WhyGemm tiled = { .transpose_a = transpose_a,
                    .transpose_b = transpose_b,
                    .inner = inner,
                    .lda = lda,
                    .ldb = ldb,
                    .ldc = ldc,
                    .alpha = alpha };

  if (rows == 0 || columns == 0)
    return;
  if (inner == 0)
    {
      scale (rows, columns, beta, c, ldc);
      return;
    }
  if (rows == 1 && !transpose_a)
    {
      scale (1, columns, beta, c, ldc);
      multiply_vector (transpose_b, columns, inner, alpha, a, b, ldb, c);
      return;
    }
  if (why_blas_gemm ())
    {
      why_blas_gemm () (CblasRowMajor, ta, tb, (blasint)rows, (blasint)columns, (blasint)inner,
                        alpha, a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
      return;
    }
  scale (rows, columns, beta, c, ldc);
  add_tiled (&tiled, rows, columns, a, b, c);
}

/* Packing pays for many rows; BLAS blocks what is too large for the caches. */
static gboolean
is_tiled (const WhyGemm *g, gint64 rows, gint64 columns)
{
  return rows >= 32 && columns >= 8 && g->inner >= 8 && g->inner * columns <= 1 << 16;
}

typedef struct
{
  const WhyGemm *gemm;
  const WhyReal *a, *b;
  WhyReal *c;
  gboolean by_rows; /* the axis that parts divide */
  gint64 extent, part, parts;
} Job;

static gint64
at (const gint64 *offsets, gint64 item)
{
  return offsets != NULL ? offsets[item] : 0;
}

static void
item_part (const Job *job, gint64 item, gint64 begin, gint64 end)
{
  const WhyGemm *g = job->gemm;
  const WhyReal *a = job->a + at (g->a_at, item), *b = job->b + at (g->b_at, item);
  WhyReal *c = job->c + at (g->c_at, item);

  gint64 rows = job->by_rows ? end - begin : g->rows;
  gint64 columns = job->by_rows ? g->columns : end - begin;

  if (job->by_rows)
    {
      a += g->transpose_a ? begin : begin * g->lda;
      c += begin * g->ldc;
    }
  else
    {
      b += g->transpose_b ? begin * g->ldb : begin;
      c += begin;
    }
  if (is_tiled (g, rows, columns))
    add_tiled (g, rows, columns, a, b, c);
  else
    why_gemm (g->transpose_a, g->transpose_b, rows, columns, g->inner, g->alpha, a, g->lda, b,
              g->ldb, 1, c, g->ldc);
}

/* Tasks are (item, part), or parts that go through all items where these share a C. */
static void
run_tasks (gpointer data, gint64 first, gint64 last, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyGemm *g = job->gemm;

  for (gint64 task = first; task < last; task++)
    {
      gint64 begin = task % job->parts * job->part, end = MIN (begin + job->part, job->extent);

      if (g->shared_c)
        for (gint64 item = 0; item < g->batch; item++)
          item_part (job, item, begin, end);
      else
        item_part (job, task / job->parts, begin, end);
    }
}

#define SMALLEST_PART 32        /* rows or columns: less does not fill a micro-kernel */
#define SMALLEST_TASK (1 << 16) /* multiply-adds: less is not worth waking a thread */

void
why_gemm_run (const WhyGemm *gemm, const WhyReal *a, const WhyReal *b, WhyReal *c, WhyPool *pool)
{
  Job job = { .gemm = gemm, .a = a, .b = b, .c = c };
  gint64 items = gemm->shared_c ? 1 : gemm->batch, cost;

  if (gemm->batch == 0 || gemm->rows == 0 || gemm->columns == 0)
    return;
  job.by_rows = gemm->rows >= gemm->columns;
  job.extent = MAX (gemm->rows, gemm->columns);
  job.parts = (why_pool_get_threads (pool) + items - 1) / items;
  job.parts = CLAMP (job.parts, 1, (job.extent + SMALLEST_PART - 1) / SMALLEST_PART);
  job.part = (job.extent + job.parts - 1) / job.parts;
  job.parts = (job.extent + job.part - 1) / job.part;
  cost = MAX (gemm->rows * gemm->columns * gemm->inner / job.parts, 1);
  why_pool_run (pool, items * job.parts, SMALLEST_TASK / cost + 1, run_tasks, &job);
}
