/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CumSum along an axis; exclusive leaves the element itself out, reverse starts at the end. */
#include "ops/arguments.h"

#include <glib/gi18n-lib.h>

static gboolean
cum_sum_infer (const WhyInfer *infer, GError **error)
{
  WhyInts axis;

  if (!why_infer_axes (infer, NULL, 1, infer->in[0]->shape.rank, &axis, error))
    return FALSE;
  if (axis.n != 1)
    return why_node_error (infer->node, error, _ ("one axis is meant"));
  return why_infer_same (infer, error);
}

typedef struct
{
  gint64 extent, inner;
  gboolean reverse, exclusive;
} Direction;

static Direction
read_direction (const WhyRun *run)
{
  const WhyShape *in = &run->in[0]->shape;
  gint axis = why_axis (why_tensor_get_int (run->in[1], 0), in->rank);

  return (Direction){ in->dims[axis], why_shape_span (in, axis + 1, in->rank),
                      why_node_int (run->node, "reverse", 0) != 0,
                      why_node_int (run->node, "exclusive", 0) != 0 };
}

/* to[i] += sum of from up to i; the transpose is the same in the other direction. */
static void
add_sums (const Direction *d, gint64 n, const WhyReal *from, WhyReal *to)
{
  for (gint64 line = 0; line < n / MAX (d->extent, 1); line++)
    {
      gint64 base = line / d->inner * d->extent * d->inner + line % d->inner;
      gdouble sum = 0;

      for (gint64 k = 0; k < d->extent; k++)
        {
          gint64 i = base + (d->reverse ? d->extent - 1 - k : k) * d->inner;
          gdouble x = (gdouble)from[i];
          to[i] += (WhyReal)(d->exclusive ? sum : sum + x);
          sum += x;
        }
    }
}

static void
add_sums_int (const Direction *d, gint64 n, const gint64 *from, gint64 *to)
{
  for (gint64 line = 0; line < n / MAX (d->extent, 1); line++)
    {
      gint64 base = line / d->inner * d->extent * d->inner + line % d->inner;
      guint64 sum = 0;

      for (gint64 k = 0; k < d->extent; k++)
        {
          gint64 i = base + (d->reverse ? d->extent - 1 - k : k) * d->inner;
          guint64 x = (guint64)from[i];
          to[i] = (gint64)(d->exclusive ? sum : sum + x);
          sum += x;
        }
    }
}

static void
cum_sum_forward (const WhyRun *run)
{
  Direction direction = read_direction (run);
  gint64 n = why_tensor_numel (run->in[0]);

  if (run->in[0]->dtype == WHY_DTYPE_INT64)
    {
      add_sums_int (&direction, n, run->in[0]->i64, run->out[0]->i64);
      return;
    }
  for (gint64 i = 0; i < n; i++)
    run->out[0]->real[i] = 0;
  add_sums (&direction, n, run->in[0]->real, run->out[0]->real);
}

static void
cum_sum_backward (const WhyRun *run)
{
  Direction direction = read_direction (run);

  direction.reverse = !direction.reverse;
  if (run->grad_out[0] && run->grad_in[0])
    add_sums (&direction, why_tensor_numel (run->in[0]), run->grad_out[0], run->grad_in[0]);
}

const WhyOp why_op_cum_sum = { .name = "CumSum",
                               .since = 11,
                               .min_inputs = 2,
                               .max_inputs = 2,
                               .infer = cum_sum_infer,
                               .forward = cum_sum_forward,
                               .backward = cum_sum_backward,
                               .relevance_kind = WHY_RELEVANCE_LINEAR };
