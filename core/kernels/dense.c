/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/dense.h"

#include <stdlib.h>

#include "kernels/kernels.h"
#include "kernels/memory.h"

#define FEWEST_ROWS 32 /* fewer wait for the matrix to be read, however it is stored */

struct _WhyDense
{
  gint64 inner, columns;
  gboolean split; /* packed for split products */
  WhyReal *packed;
};

gboolean
why_dense_pays (gint64 rows)
{
  return rows >= FEWEST_ROWS;
}

/* As packing reads it: [inner][columns]. */
static WhyReal *
order (const WhyMatrix *m)
{
  WhyReal *ordered = g_new (WhyReal, m->inner * m->columns);

  for (gint64 i = 0; i < m->inner; i++)
    for (gint64 j = 0; j < m->columns; j++)
      ordered[i * m->columns + j]
          = m->scale * m->numbers[m->transposed ? j * m->inner + i : i * m->columns + j];
  return ordered;
}

static gint64
panels_of (const WhyDense *dense)
{
  gint64 panel = why_kernels ()->panel;

  return (dense->columns + panel - 1) / panel;
}

WhyDense *
why_dense_new (const WhyMatrix *matrix)
{
  WhyDense *dense = g_new (WhyDense, 1);
  gint64 size = why_packed_size (1, matrix->inner, matrix->columns), stride;
  gboolean as_stored = !matrix->transposed && matrix->scale == 1;
  g_autofree WhyReal *ordered = as_stored ? NULL : order (matrix);

  dense->inner = matrix->inner;
  dense->columns = matrix->columns;
  dense->packed = why_memory_new ((gsize)size * sizeof *dense->packed);
  why_pack_weights (as_stored ? matrix->numbers : ordered, 1, matrix->inner, matrix->columns,
                    dense->packed);
  dense->split = matrix->rough
                 && why_split_weights (&dense->packed, matrix->inner, panels_of (dense), &stride);
  return dense;
}

void
why_dense_free (WhyDense *dense)
{
  if (!dense)
    return;
  free (dense->packed);
  g_free (dense);
}

typedef struct
{
  const WhyDense *dense;
  const WhyReal *x, *bias;
  WhyReal *y;
  gint64 rows;
  gboolean accumulate;
  gint64 strip, panels, all_panels; /* rows and panels a task takes */
  gint64 groups;                    /* of panels */
} Job;

static void
run_task (const Job *job, gint64 task)
{
  const WhyDense *dense = job->dense;
  gint64 row = task / job->groups * job->strip, panel = task % job->groups * job->panels;
  const WhyReal *in[WHY_STRIP];
  WhyReal *out[WHY_STRIP];
  WhyProduct product = { .rows = MIN (job->strip, job->rows - row),
                         .width = dense->columns,
                         .taps = 1,
                         .depth = dense->inner,
                         .in = in,
                         .ld = WHY_STRIP,
                         .weights = dense->packed,
                         .panel_begin = panel,
                         .panel_end = MIN (panel + job->panels, job->all_panels),
                         .out = out,
                         .bias = job->bias,
                         .accumulate = job->accumulate,
                         .split = dense->split };

  for (gint64 m = 0; m < product.rows; m++)
    {
      in[m] = job->x + (row + m) * dense->inner;
      out[m] = job->y + (row + m) * dense->columns;
    }
  why_product_run (&product);
}

static void
run_tasks (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  for (gint64 task = begin; task < end; task++)
    run_task (data, task);
}

void
why_dense_run (const WhyDense *dense, gint64 rows, const WhyReal *x, const WhyReal *bias,
               gboolean accumulate, WhyReal *y, WhyPool *pool)
{
  gint64 tile = why_product_rows (dense->split), threads = why_pool_get_threads (pool);
  gint64 most = WHY_STRIP / tile * tile, strips = (rows + most - 1) / most;
  Job job
      = { .dense = dense, .x = x, .bias = bias, .y = y, .rows = rows, .accumulate = accumulate };

  if (rows == 0)
    return;
  job.strip = ((rows + strips - 1) / strips + tile - 1) / tile * tile; /* even strips */
  strips = (rows + job.strip - 1) / job.strip;
  job.all_panels = panels_of (dense);
  job.groups = (4 * threads + strips - 1) / strips;
  job.groups = (job.groups + threads - 1) / threads * threads; /* as many tasks for every thread */
  job.groups = CLAMP (job.groups, 1, job.all_panels);
  job.panels = (job.all_panels + job.groups - 1) / job.groups;
  job.groups = (job.all_panels + job.panels - 1) / job.panels;
  why_pool_run (pool, strips * job.groups, 1, run_tasks, &job);
}
