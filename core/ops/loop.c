/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/loop.h"

void
why_shape_strides (const WhyShape *shape, gint64 *stride)
{
  gint64 step = 1;

  for (gint i = shape->rank - 1; i >= 0; i--)
    {
      stride[i] = step;
      step *= shape->dims[i];
    }
}

void
why_loop_init (WhyLoop *loop, const WhyShape *shape, gint n)
{
  *loop = (WhyLoop){ .n = n, .rank = shape->rank };
  for (gint i = 0; i < shape->rank; i++)
    loop->extent[i] = shape->dims[i];
}

void
why_loop_dense (WhyLoop *loop, gint k)
{
  gint64 step = 1;

  for (gint i = loop->rank - 1; i >= 0; i--)
    {
      loop->stride[k][i] = step;
      step *= loop->extent[i];
    }
}

void
why_loop_broadcast (WhyLoop *loop, gint k, const WhyShape *shape)
{
  gint64 stride[WHY_MAX_RANK];
  gint shift = loop->rank - shape->rank;

  why_shape_strides (shape, stride);
  for (gint i = 0; i < loop->rank; i++)
    loop->stride[k][i] = i < shift || shape->dims[i - shift] == 1 ? 0 : stride[i - shift];
}

static void
copy_axis (WhyLoop *to, gint i, const WhyLoop *from, gint j)
{
  to->extent[i] = from->extent[j];
  for (gint k = 0; k < from->n; k++)
    to->stride[k][i] = from->stride[k][j];
}

/* Whether axis i and the loop's axis j inside it are one axis for every operand. */
static gboolean
continues (const WhyLoop *outer, gint i, const WhyLoop *inner, gint j)
{
  for (gint k = 0; k < inner->n; k++)
    if (outer->stride[k][i] != inner->stride[k][j] * inner->extent[j])
      return FALSE;
  return TRUE;
}

/* Drops axes of extent 1 and merges neighbours, so that rows are as long as they can be. */
static void
collapse (const WhyLoop *loop, WhyLoop *out)
{
  *out = *loop;
  out->rank = 0;
  for (gint i = 0; i < loop->rank; i++)
    {
      if (loop->extent[i] == 1)
        continue;
      if (out->rank > 0 && continues (out, out->rank - 1, loop, i))
        {
          gint64 extent = out->extent[out->rank - 1];
          copy_axis (out, out->rank - 1, loop, i);
          out->extent[out->rank - 1] *= extent;
        }
      else
        copy_axis (out, out->rank++, loop, i);
    }
  if (out->rank == 0)
    {
      out->rank = 1;
      out->extent[0] = 1;
      for (gint k = 0; k < out->n; k++)
        out->stride[k][0] = 0;
    }
}

typedef struct
{
  WhyLoop loop;
  gint split;
  WhyLoopFunc func;
  gpointer data;
} Job;

/* The outer axes as an odometer; split runs from begin to end only. */
static void
run_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Job *job = data;
  const WhyLoop *loop = &job->loop;
  gint last = loop->rank - 1;
  gint64 extent[WHY_LOOP_RANK], index[WHY_LOOP_RANK] = { 0 };
  gint64 offset[WHY_LOOP_OPERANDS], stride[WHY_LOOP_OPERANDS];
  gint axis;

  for (gint i = 0; i < loop->rank; i++)
    extent[i] = i == job->split ? end - begin : loop->extent[i];
  for (gint k = 0; k < loop->n; k++)
    {
      offset[k] = loop->offset[k] + begin * loop->stride[k][job->split];
      stride[k] = loop->stride[k][last];
    }
  do
    {
      job->func (job->data, offset, stride, extent[last]);
      for (axis = last - 1; axis >= 0; axis--)
        {
          gboolean carry = ++index[axis] == extent[axis];
          gint64 steps = carry ? 1 - extent[axis] : 1;

          for (gint k = 0; k < loop->n; k++)
            offset[k] += steps * loop->stride[k][axis];
          if (!carry)
            break;
          index[axis] = 0;
        }
    }
  while (axis >= 0);
}

void
why_loop_run (const WhyLoop *loop, WhyPool *pool, gint written, WhyLoopFunc func, gpointer data)
{
  Job job = { .split = -1, .func = func, .data = data };
  gint64 total = 1;

  for (gint i = 0; i < loop->rank; i++)
    total *= loop->extent[i];
  if (total == 0)
    return;
  collapse (loop, &job.loop);
  for (gint i = 0; i < job.loop.rank && job.split < 0; i++)
    if (job.loop.stride[written][i] != 0)
      job.split = i;
  if (job.split < 0)
    {
      job.split = 0;
      run_range (&job, 0, job.loop.extent[0], 0);
    }
  else
    {
      gint64 extent = job.loop.extent[job.split];
      why_pool_run (pool, extent, MAX (1, WHY_LOOP_GRAIN / MAX (1, total / extent)), run_range,
                    &job);
    }
}
