/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/binary.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Where input b was aligned before opset 7: at the attribute "axis"; PRelu's slopes at the
 * channels. -1: at the last axis, as since opset 7. */
static gint64
legacy_axis (const WhyNode *node, const WhyShape *b)
{
  if (node->opset >= 7)
    return -1;
  if (strcmp (node->op->name, "PRelu") == 0)
    return why_shape_numel (b) == 1 ? -1 : 1;
  return why_node_int (node, "axis", -1);
}

WhyShape
why_binary_shape_b (const WhyNode *node, const WhyShape *a, const WhyShape *b)
{
  WhyShape shape = *b;
  gint64 axis = legacy_axis (node, b);

  if (axis >= 0 && axis <= a->rank)
    while (shape.rank < WHY_MAX_RANK && shape.rank + axis < a->rank)
      shape.dims[shape.rank++] = 1;
  return shape;
}

static gboolean
infer_shape (const WhyInfer *infer, GError **error)
{
  const WhyShape *a = &infer->in[0]->shape;
  WhyShape b = why_binary_shape_b (infer->node, a, &infer->in[1]->shape);

  if (!why_broadcast_shapes (a, &b, &infer->out[0]->shape))
    {
      g_autofree gchar *text_a = why_shape_to_string (a);
      g_autofree gchar *text_b = why_shape_to_string (&b);
      return why_node_error (infer->node, error, _ ("shapes %s and %s do not broadcast"), text_a,
                             text_b);
    }
  return TRUE;
}

gboolean
why_binary_infer (const WhyInfer *infer, GError **error)
{
  WhyDType a = infer->in[0]->dtype, b = infer->in[1]->dtype;

  if (a != b)
    return why_node_error (infer->node, error, _ ("its inputs are %s and %s; one type is meant"),
                           why_dtype_name (a), why_dtype_name (b));
  infer->out[0]->dtype = a;
  return infer_shape (infer, error);
}

gboolean
why_binary_infer_bool (const WhyInfer *infer, GError **error)
{
  if (!why_binary_infer (infer, error))
    return FALSE;
  infer->out[0]->dtype = WHY_DTYPE_BOOL;
  return TRUE;
}

static void
make_loop (const WhyRun *run, WhyLoop *loop)
{
  const WhyShape *a = &run->in[0]->shape;
  WhyShape b = why_binary_shape_b (run->node, a, &run->in[1]->shape);

  why_loop_init (loop, &run->out[0]->shape, 4);
  why_loop_dense (loop, WHY_BINARY_Y);
  why_loop_broadcast (loop, WHY_BINARY_A, a);
  why_loop_broadcast (loop, WHY_BINARY_B, &b);
}

void
why_binary_run (const WhyRun *run, WhyLoopFunc row)
{
  WhyBinaryCall call = { .y = run->out[0]->data, .a = run->in[0]->data, .b = run->in[1]->data };
  WhyLoop loop;

  make_loop (run, &loop);
  why_loop_run (&loop, run->pool, WHY_BINARY_Y, row, &call);
  why_tensor_wrap (run->out[0]);
}

void
why_binary_forward (const WhyRun *run, WhyLoopFunc real, WhyLoopFunc integer)
{
  why_binary_run (run, run->in[0]->dtype == WHY_DTYPE_INT64 ? integer : real);
}

/* The written gradient moves as its input does. */
static void
set_gradient (WhyLoop *loop, gint operand)
{
  for (gint i = 0; i < loop->rank; i++)
    loop->stride[WHY_BINARY_GRAD][i] = loop->stride[WHY_BINARY_A + operand][i];
}

static void
gradient_operand (const WhyRun *run, WhyLoopFunc row, gint operand, const WhyLoop *loop)
{
  WhyBinaryCall call = { .a = run->in[0]->data,
                         .b = run->in[1]->data,
                         .dy = run->grad_out[0],
                         .grad = run->grad_in[operand] };

  why_loop_run (loop, run->pool, WHY_BINARY_GRAD, row, &call);
}

void
why_binary_backward (const WhyRun *run, const WhyLoopFunc row[2])
{
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  make_loop (run, &loop);
  for (gint i = 0; i < 2; i++)
    if (run->grad_in[i])
      {
        set_gradient (&loop, i);
        gradient_operand (run, row[i], i, &loop);
      }
}

static gboolean
has_batch (const WhyShape *shape)
{
  return shape->rank > 0 && shape->dims[0] % 2 == 0;
}

/* Where an operand's reference lies: half a batch further; 0 where it has none of its own. */
static gint64
reference (const WhyRun *run, gint operand)
{
  const WhyShape *in = &run->in[operand]->shape, *out = &run->out[0]->shape;
  gboolean batched = in->rank == out->rank && has_batch (in) && in->dims[0] == out->dims[0];

  return batched ? why_rescale_half (run->in[operand]) : 0;
}

typedef struct
{
  const WhyBinaryFormula *formula;
  gint operand;
  const WhyReal *in[2]; /* the operand that gets the gradient, the other */
  const WhyReal *dy;
  WhyReal *grad;
  gint64 half[2], half_y;
} Rescale;

static WhyReal
call_swapped (WhyReal (*f) (WhyReal, WhyReal), gint operand, WhyReal x, WhyReal other)
{
  return operand == 0 ? f (x, other) : f (other, x);
}

static WhyReal
multiplier (const Rescale *r, WhyReal x, WhyReal x0, WhyReal other, WhyReal other0)
{
  WhyReal (*f) (WhyReal, WhyReal) = r->formula->f;
  WhyReal (*d) (WhyReal, WhyReal) = r->formula->d[r->operand];
  WhyReal change;

  if (fabs (x - x0) < WHY_RESCALE_TINY)
    return (call_swapped (d, r->operand, x, other) + call_swapped (d, r->operand, x, other0)) / 2;
  change = call_swapped (f, r->operand, x, other) - call_swapped (f, r->operand, x0, other)
           + call_swapped (f, r->operand, x, other0) - call_swapped (f, r->operand, x0, other0);
  return change / (2 * (x - x0));
}

static void
rescale_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Rescale *r = data;
  const WhyReal *x = r->in[0] + offset[WHY_BINARY_A + r->operand];
  const WhyReal *other = r->in[1] + offset[WHY_BINARY_B - r->operand];
  const WhyReal *dy = r->dy + offset[WHY_BINARY_Y];
  WhyReal *grad = r->grad + offset[WHY_BINARY_GRAD];
  gint64 sx = stride[WHY_BINARY_A + r->operand], so = stride[WHY_BINARY_B - r->operand];
  gint64 sy = stride[WHY_BINARY_Y];

  for (gint64 i = 0; i < n; i++)
    {
      WhyReal m = multiplier (r, x[i * sx], x[i * sx + r->half[0]], other[i * so],
                              other[i * so + r->half[1]]);
      grad[i * sx] += dy[i * sy] * m;
      grad[i * sx + r->half[0]] += dy[i * sy + r->half_y] * m;
    }
}

static void
rescale_operand (const WhyRun *run, const WhyBinaryFormula *formula, gint operand, WhyLoop *loop)
{
  Rescale rescale = { .formula = formula,
                      .operand = operand,
                      .in = { run->in[operand]->real, run->in[1 - operand]->real },
                      .dy = run->grad_out[0],
                      .grad = run->grad_in[operand],
                      .half = { reference (run, operand), reference (run, 1 - operand) },
                      .half_y = why_rescale_half (run->out[0]) };

  loop->extent[0] /= 2; /* the reference half is reached from the other */
  why_loop_run (loop, run->pool, WHY_BINARY_GRAD, rescale_row, &rescale);
}

void
why_binary_rescale (const WhyRun *run, const WhyBinaryFormula *formula)
{
  if (!run->grad_out[0])
    return;
  for (gint i = 0; i < 2; i++)
    if (run->grad_in[i])
      {
        gboolean linear = formula->linear[i] && reference (run, 1 - i) == 0;
        WhyLoop loop;

        make_loop (run, &loop);
        set_gradient (&loop, i);
        if (linear || !has_batch (&run->out[0]->shape))
          gradient_operand (run, formula->row[i], i, &loop);
        else
          rescale_operand (run, formula, i, &loop);
      }
}
