/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slice: starts, ends, axes (attributes up to opset 9, inputs from 10) and steps, as in NumPy. */
#include "ops/arguments.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  gint64 start[WHY_MAX_RANK], step[WHY_MAX_RANK];
} Slice;

/* First index and number of indices of start:end:step on an axis. */
static gint64
slice_axis (gint64 extent, gint64 *start, gint64 end, gint64 step)
{
  if (*start < 0)
    *start += extent;
  if (end < 0)
    end = end < -extent ? -1 : end + extent;
  if (step > 0)
    {
      *start = CLAMP (*start, 0, extent);
      end = CLAMP (end, 0, extent);
      return end > *start ? (end - *start - 1) / step + 1 : 0;
    }
  *start = CLAMP (*start, 0, extent - 1);
  end = CLAMP (end, -1, extent - 1);
  return *start > end ? (*start - end - 1) / -step + 1 : 0;
}

static gboolean
resolve (const WhyInfer *infer, Slice *slice, WhyShape *out, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *in = &infer->in[0]->shape;
  WhyInts starts, ends, axes, steps;

  if (!why_infer_ints (infer, "starts", 1, &starts, error)
      || !why_infer_ints (infer, "ends", 2, &ends, error)
      || !why_infer_axes (infer, "axes", 3, in->rank, &axes, error)
      || !why_infer_ints (infer, NULL, 4, &steps, error))
    return FALSE;
  if (starts.n != ends.n || (axes.given && axes.n != starts.n) || starts.n > in->rank
      || (steps.given && steps.n != starts.n))
    return why_node_error (node, error, _ ("starts, ends, axes and steps differ in length"));
  *out = *in;
  for (gint i = 0; i < in->rank; i++)
    {
      slice->start[i] = 0;
      slice->step[i] = 1;
    }
  for (gint i = 0; i < starts.n; i++)
    {
      gint axis = axes.given ? (gint)axes.v[i] : i;
      gint64 step = steps.given ? steps.v[i] : 1;

      if (step == 0)
        return why_node_error (node, error, _ ("a step of 0; any other number is meant"));
      step = CLAMP (step, -MAX (in->dims[axis], 1), MAX (in->dims[axis], 1)); /* more is the same */
      slice->start[axis] = starts.v[i];
      slice->step[axis] = step;
      out->dims[axis] = slice_axis (in->dims[axis], &slice->start[axis], ends.v[i], step);
    }
  return TRUE;
}

static gboolean
slice_infer (const WhyInfer *infer, GError **error)
{
  Slice slice;

  infer->out[0]->dtype = infer->in[0]->dtype;
  return resolve (infer, &slice, &infer->out[0]->shape, error);
}

static gpointer
slice_prepare (const WhyNode *node, const WhyInfer *infer)
{
  Slice *slice = g_new (Slice, 1);
  WhyShape out;

  resolve (infer, slice, &out, NULL);
  return slice;
}

static gboolean
slice_move (const WhyRun *run, gint i, WhyMove *move)
{
  const Slice *slice = run->plan;
  gint64 stride[WHY_MAX_RANK];

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  why_shape_strides (&run->in[0]->shape, stride);
  why_loop_init (&move->loop, &run->out[0]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  for (gint axis = 0; axis < run->in[0]->shape.rank; axis++)
    {
      move->loop.stride[WHY_MOVE_IN][axis] = slice->step[axis] * stride[axis];
      move->loop.offset[WHY_MOVE_IN] += slice->start[axis] * stride[axis];
    }
  return TRUE;
}

WHY_DEFINE_MOVE (slice, slice_move)

static gint64
floor_div (gint64 a, gint64 b)
{
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Output indices begin … end - 1 that come from input indices of that range, and the other way. */
static void
map_range (const Slice *slice, gint axis, gboolean forward, gint64 *begin, gint64 *length)
{
  gint64 start = slice->start[axis], step = slice->step[axis];
  gint64 a, b;

  if (forward)
    {
      a = floor_div (*begin - start + (step > 0 ? step - 1 : 0), step);
      b = floor_div (*begin + *length - 1 - start + (step < 0 ? step + 1 : 0), step);
    }
  else
    {
      a = start + *begin * step;
      b = start + (*begin + *length - 1) * step;
    }
  *begin = MIN (a, b);
  *length = MAX (a, b) - *begin + 1;
}

static WhyRegion
slice_region (const WhyInfer *infer, WhyRegion region, gboolean forward)
{
  gint rank = infer->in[0]->shape.rank;
  Slice slice;
  WhyShape out;

  if (!resolve (infer, &slice, &out, NULL))
    return region;
  if (rank > 1)
    map_range (&slice, rank - 2, forward, &region.y, &region.height);
  if (rank > 0)
    map_range (&slice, rank - 1, forward, &region.x, &region.width);
  return region;
}

static WhyRegion
slice_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  return slice_region (infer, changed, TRUE);
}

static WhyRegion
slice_region_backward (const WhyNode *node, const WhyInfer *infer, WhyRegion needed)
{
  return slice_region (infer, needed, FALSE);
}

const WhyOp why_op_slice = { .name = "Slice",
                             .since = 1,
                             .min_inputs = 1,
                             .max_inputs = 5,
                             .infer = slice_infer,
                             .prepare = slice_prepare,
                             .unprepare = g_free,
                             .forward = slice_forward,
                             .backward = slice_backward,
                             .relevance_kind = WHY_RELEVANCE_MOVE,
                             .region_forward = slice_region_forward,
                             .region_backward = slice_region_backward };
