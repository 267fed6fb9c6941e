/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ScatterND: a copy of input 0 in which the slices that input 1 names are replaced by, or combined
 * with, those of input 2. Slices named twice: the last wins.
 */
#include "ops/arguments.h"
#include "ops/loop.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef enum
{
  SCATTER_NONE,
  SCATTER_ADD,
  SCATTER_MUL,
  SCATTER_MAX,
  SCATTER_MIN
} Reduction;

static const gchar *const reductions[] = { "none", "add", "mul", "max", "min", NULL };

static gint
find_reduction (const WhyNode *node)
{
  const gchar *name = why_node_string (node, "reduction", "none");

  for (gint i = 0; reductions[i]; i++)
    if (strcmp (name, reductions[i]) == 0)
      return i;
  return -1;
}

static gboolean
scatter_nd_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *data = &infer->in[0]->shape, *index = &infer->in[1]->shape;
  const WhyShape *update = &infer->in[2]->shape;
  gint64 depth = index->rank > 0 ? index->dims[index->rank - 1] : 0;
  WhyShape wanted = { 0 };

  if (find_reduction (infer->node) < 0)
    return why_node_unsupported (infer->node, error, _ ("its reduction is not known"));
  if (depth < 1 || depth > data->rank || index->rank - 1 + data->rank - depth > WHY_MAX_RANK)
    return why_node_error (infer->node, error, _ ("its indices do not fit the tensor"));
  for (gint i = 0; i < index->rank - 1; i++)
    wanted.dims[wanted.rank++] = index->dims[i];
  for (gint i = (gint)depth; i < data->rank; i++)
    wanted.dims[wanted.rank++] = data->dims[i];
  if (!why_shape_equal (&wanted, update) || infer->in[0]->dtype != infer->in[2]->dtype)
    return why_node_error (infer->node, error, _ ("its updates do not fit its indices"));
  return why_infer_same (infer, error);
}

/* Where slice k begins in the data, or -1 when its index lies outside. */
static gint64
slice_offset (const WhyRun *run, gint64 k, gint depth, const gint64 *stride)
{
  gint64 offset = 0;

  for (gint j = 0; j < depth; j++)
    {
      gint64 extent = run->in[0]->shape.dims[j];
      gint64 index = why_tensor_get_int (run->in[1], k * depth + j);

      index += index < 0 ? extent : 0;
      if (index < 0 || index >= extent)
        return -1;
      offset += index * stride[j];
    }
  return offset;
}

static gdouble
combine (Reduction reduction, gdouble old, gdouble update)
{
  switch (reduction)
    {
    case SCATTER_ADD:
      return old + update;
    case SCATTER_MUL:
      return old * update;
    case SCATTER_MAX:
      return MAX (old, update);
    case SCATTER_MIN:
      return MIN (old, update);
    case SCATTER_NONE:
    default:
      return update;
    }
}

typedef void (*SliceFunc) (const WhyRun *run, gint64 data, gint64 update, gint64 n);

static void
each_slice (const WhyRun *run, gboolean from_last, SliceFunc func)
{
  const WhyShape *data = &run->in[0]->shape, *index = &run->in[1]->shape;
  gint depth = (gint)index->dims[index->rank - 1];
  gint64 span = why_shape_span (data, depth, data->rank);
  gint64 slices = why_shape_span (index, 0, index->rank - 1);
  gint64 stride[WHY_MAX_RANK];

  why_shape_strides (data, stride);
  for (gint64 i = 0; i < slices; i++)
    {
      gint64 k = from_last ? slices - 1 - i : i;
      gint64 offset = slice_offset (run, k, depth, stride);
      if (offset >= 0)
        func (run, offset, k * span, span);
    }
}

static void
write_slice (const WhyRun *run, gint64 data, gint64 update, gint64 n)
{
  Reduction reduction = (Reduction)find_reduction (run->node);
  WhyTensor *out = run->out[0];

  for (gint64 i = 0; i < n; i++)
    if (out->dtype != WHY_DTYPE_INT64)
      out->real[data + i] = (WhyReal)combine (reduction, (gdouble)out->real[data + i],
                                              (gdouble)run->in[2]->real[update + i]);
    else if (reduction == SCATTER_NONE)
      out->i64[data + i] = run->in[2]->i64[update + i];
    else
      out->i64[data + i] = (gint64)combine (reduction, (gdouble)out->i64[data + i],
                                            (gdouble)run->in[2]->i64[update + i]);
}

static void
scatter_nd_forward (const WhyRun *run)
{
  memcpy (run->out[0]->data, run->in[0]->data,
          (gsize)why_tensor_numel (run->in[0]) * why_dtype_storage (run->in[0]->dtype));
  each_slice (run, FALSE, write_slice);
}

/* Gradient of one written element with respect to what was there (0) and what was written (1). */
static gdouble
derivative (Reduction reduction, gint operand, gdouble old, gdouble update)
{
  switch (reduction)
    {
    case SCATTER_ADD:
      return 1;
    case SCATTER_MUL:
      return operand == 0 ? update : old;
    case SCATTER_MAX:
      return (old >= update) == (operand == 0);
    case SCATTER_MIN:
      return (old <= update) == (operand == 0);
    case SCATTER_NONE:
    default:
      return operand;
    }
}

/* left (in scratch) holds the gradient that has not been taken by a later write. */
static void
gradient_slice (const WhyRun *run, gint64 data, gint64 update, gint64 n)
{
  Reduction reduction = (Reduction)find_reduction (run->node);
  WhyReal *left = (WhyReal *)run->scratch + data;

  for (gint64 i = 0; i < n; i++)
    {
      gdouble old = (gdouble)run->in[0]->real[data + i];
      gdouble new = (gdouble)run->in[2]->real[update + i];

      if (run->grad_in[2])
        run->grad_in[2][update + i] += left[i] * (WhyReal)derivative (reduction, 1, old, new);
      left[i] *= (WhyReal)derivative (reduction, 0, old, new);
    }
}

/* Exact for slices named once; of those named twice with mul, max or min, an approximation. */
static void
scatter_nd_backward (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->in[0]);
  const WhyReal *left = run->scratch;

  if (!run->grad_out[0])
    return;
  memcpy (run->scratch, run->grad_out[0], (gsize)n * sizeof (WhyReal));
  each_slice (run, TRUE, gradient_slice);
  if (run->grad_in[0])
    for (gint64 i = 0; i < n; i++)
      run->grad_in[0][i] += left[i];
}

static gsize
scatter_nd_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  return (gsize)why_shape_numel (&infer->in[0]->shape) * sizeof (WhyReal);
}

const WhyOp why_op_scatter_nd = { .name = "ScatterND",
                                  .since = 11,
                                  .min_inputs = 3,
                                  .max_inputs = 3,
                                  .infer = scatter_nd_infer,
                                  .scratch = scatter_nd_scratch,
                                  .forward = scatter_nd_forward,
                                  .backward = scatter_nd_backward,
                                  .relevance_kind = WHY_RELEVANCE_MOVE };
