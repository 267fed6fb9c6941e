/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pad: constant, reflect, edge or wrap (19); pads are an attribute up to opset 10 and an input from
 * 11, with axes from 18. Negative pads cut off.
 */
#include "ops/arguments.h"
#include "ops/elementwise.h"
#include "ops/move.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

typedef enum
{
  PAD_CONSTANT,
  PAD_REFLECT,
  PAD_EDGE,
  PAD_WRAP
} PadMode;

typedef struct
{
  PadMode mode;
  gint64 before[WHY_MAX_RANK], after[WHY_MAX_RANK];
  gint64 *source[WHY_MAX_RANK]; /* per axis: input index of every output index; not PAD_CONSTANT */
  WhyShape in, out;
} Pad;

static gboolean
read_mode (const WhyInfer *infer, PadMode *mode, GError **error)
{
  static const gchar *const names[] = { "constant", "reflect", "edge", "wrap" };
  const gchar *name = why_node_string (infer->node, "mode", "constant");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      {
        *mode = (PadMode)i;
        return TRUE;
      }
  return why_node_unsupported (infer->node, error,
                               _ ("mode '%s'; constant, reflect, edge or wrap are meant"), name);
}

static gboolean
resolve (const WhyInfer *infer, Pad *pad, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *in = &infer->in[0]->shape;
  const gchar *attribute = node->opset < 2 ? "paddings" : node->opset < 11 ? "pads" : NULL;
  WhyInts pads, axes;
  gint n;

  *pad = (Pad){ .in = *in, .out = *in };
  if (!read_mode (infer, &pad->mode, error) || !why_infer_ints (infer, attribute, 1, &pads, error)
      || !why_infer_axes (infer, NULL, 3, in->rank, &axes, error))
    return FALSE;
  n = axes.given ? axes.n : in->rank;
  if (node->n_inputs > 2 && infer->in[2] && why_shape_numel (&infer->in[2]->shape) != 1)
    return why_node_error (node, error, _ ("what it pads with is not one number"));
  if (pads.n != 2 * n)
    return why_node_error (node, error, _ ("%d pads for %d axes; twice as many are meant"), pads.n,
                           n);
  for (gint i = 0; i < n; i++)
    {
      gint axis = axes.given ? (gint)axes.v[i] : i;
      gint64 before = pads.v[i], after = pads.v[n + i];
      gint64 limit = pad->mode == PAD_REFLECT ? in->dims[axis] - 1 : in->dims[axis];

      if (ABS (before) > G_MAXINT32 || ABS (after) > G_MAXINT32
          || in->dims[axis] + before + after < 0
          || (pad->mode == PAD_REFLECT && MAX (before, after) > limit)
          || (pad->mode != PAD_CONSTANT && limit < 1 && MAX (before, after) > 0))
        return why_node_error (
            node, error,
            _ ("axis %d of extent %" PRId64 " cannot be padded by %" PRId64 " and %" PRId64), axis,
            in->dims[axis], before, after);
      pad->before[axis] = before;
      pad->after[axis] = after;
      pad->out.dims[axis] += before + after;
    }
  return TRUE;
}

static gboolean
pad_infer (const WhyInfer *infer, GError **error)
{
  Pad pad;

  if (!resolve (infer, &pad, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = pad.out;
  return TRUE;
}

/* Where output index i of an axis comes from. */
static gint64
source_index (PadMode mode, gint64 i, gint64 extent)
{
  if (i >= 0 && i < extent)
    return i;
  switch (mode)
    {
    case PAD_REFLECT:
      return i < 0 ? -i : 2 * (extent - 1) - i;
    case PAD_EDGE:
      return CLAMP (i, 0, extent - 1);
    case PAD_WRAP:
    default:
      return ((i % extent) + extent) % extent;
    }
}

static gpointer
pad_prepare (const WhyNode *node, const WhyInfer *infer)
{
  Pad *pad = g_new (Pad, 1);

  resolve (infer, pad, NULL);
  if (pad->mode == PAD_CONSTANT || why_shape_numel (&pad->out) == 0)
    return pad; /* copied as one block, or nothing to copy */
  for (gint axis = 0; axis < pad->in.rank; axis++)
    {
      pad->source[axis] = g_new (gint64, pad->out.dims[axis]);
      for (gint64 i = 0; i < pad->out.dims[axis]; i++)
        pad->source[axis][i] = source_index (pad->mode, i - pad->before[axis], pad->in.dims[axis]);
    }
  return pad;
}

static void
pad_unprepare (gpointer plan)
{
  Pad *pad = plan;

  for (gint axis = 0; axis < pad->in.rank; axis++)
    g_free (pad->source[axis]);
  g_free (pad);
}

/* The part that is copied as it is; for PAD_CONSTANT it is all there is to move. */
static gboolean
interior_move (const WhyRun *run, gint i, WhyMove *move)
{
  const Pad *pad = run->plan;
  WhyShape block = pad->in;
  gint64 from[WHY_MAX_RANK], to[WHY_MAX_RANK];

  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  for (gint axis = 0; axis < block.rank; axis++)
    block.dims[axis]
        = MAX (0, pad->in.dims[axis] + MIN (pad->before[axis], 0) + MIN (pad->after[axis], 0));
  why_shape_strides (&pad->in, from);
  why_shape_strides (&pad->out, to);
  why_loop_init (&move->loop, &block, 2);
  for (gint axis = 0; axis < block.rank; axis++)
    {
      move->loop.stride[WHY_MOVE_IN][axis] = from[axis];
      move->loop.stride[WHY_MOVE_OUT][axis] = to[axis];
      move->loop.offset[WHY_MOVE_IN] -= MIN (pad->before[axis], 0) * from[axis];
      move->loop.offset[WHY_MOVE_OUT] += MAX (pad->before[axis], 0) * to[axis];
    }
  return TRUE;
}

/* Input element of every output element in order, for the modes that repeat the picture. */
typedef void (*Visit) (gpointer data, gint64 out, gint64 in);

static void
visit_all (const Pad *pad, Visit visit, gpointer data)
{
  gint64 index[WHY_MAX_RANK] = { 0 }, stride[WHY_MAX_RANK];
  gint64 n = why_shape_numel (&pad->out);

  why_shape_strides (&pad->in, stride);
  for (gint64 out = 0; out < n; out++)
    {
      gint64 in = 0;

      for (gint axis = 0; axis < pad->in.rank; axis++)
        in += pad->source[axis][index[axis]] * stride[axis];
      visit (data, out, in);
      for (gint axis = pad->in.rank - 1; axis >= 0 && ++index[axis] == pad->out.dims[axis]; axis--)
        index[axis] = 0;
    }
}

static void
copy_element (gpointer data, gint64 out, gint64 in)
{
  const WhyRun *run = data;

  if (run->in[0]->dtype == WHY_DTYPE_INT64)
    run->out[0]->i64[out] = run->in[0]->i64[in];
  else
    run->out[0]->real[out] = run->in[0]->real[in];
}

static void
add_element (gpointer data, gint64 out, gint64 in)
{
  const WhyRun *run = data;

  run->grad_in[0][in] += run->grad_out[0][out];
}

static void
fill_constant (const WhyRun *run)
{
  const WhyTensor *value = run->node->n_inputs > 2 ? run->in[2] : NULL;
  WhyTensor *out = run->out[0];
  gdouble real = value ? why_tensor_get (value, 0) : why_node_float (run->node, "value", 0);
  gint64 whole = value ? why_tensor_get_int (value, 0) : 0;
  gint64 n = why_tensor_numel (out);

  for (gint64 i = 0; i < n; i++)
    if (out->dtype == WHY_DTYPE_INT64)
      out->i64[i] = whole;
    else
      out->real[i] = (WhyReal)real;
}

static void
pad_forward (const WhyRun *run)
{
  const Pad *pad = run->plan;

  if (pad->mode != PAD_CONSTANT)
    {
      visit_all (pad, copy_element, (gpointer)run);
      return;
    }
  fill_constant (run);
  why_move_forward (run, interior_move);
}

static void
pad_backward (const WhyRun *run)
{
  const Pad *pad = run->plan;

  if (!run->grad_out[0] || !run->grad_in[0])
    return;
  if (pad->mode != PAD_CONSTANT)
    visit_all (pad, add_element, (gpointer)run);
  else
    why_move_backward (run, interior_move);
}

/* Padding moves rows and columns; modes that repeat the picture may show a cell anywhere. */
static WhyRegion
move_region (const WhyInfer *infer, WhyRegion region, gint sign, const WhyShape *all)
{
  gint rank = infer->in[0]->shape.rank;
  Pad pad;

  if (!resolve (infer, &pad, NULL) || rank < 2 || pad.mode != PAD_CONSTANT)
    return (WhyRegion){ 0, 0, all->rank > 1 ? all->dims[all->rank - 2] : 1,
                        all->rank > 0 ? all->dims[all->rank - 1] : 1 };
  region.y += sign * pad.before[rank - 2];
  region.x += sign * pad.before[rank - 1];
  return region;
}

static WhyRegion
pad_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  return move_region (infer, changed, 1, &infer->out[0]->shape);
}

static WhyRegion
pad_region_backward (const WhyNode *node, const WhyInfer *infer, WhyRegion needed)
{
  return move_region (infer, needed, -1, &infer->in[0]->shape);
}

const WhyOp why_op_pad = { .name = "Pad",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = 4,
                           .infer = pad_infer,
                           .prepare = pad_prepare,
                           .unprepare = pad_unprepare,
                           .forward = pad_forward,
                           .backward = pad_backward,
                           .relevance_kind = WHY_RELEVANCE_MOVE,
                           .region_forward = pad_region_forward,
                           .region_backward = pad_region_backward };
