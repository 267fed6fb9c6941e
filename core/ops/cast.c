/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cast (to the type of the attribute "to") and CastLike (to that of input 1). */
#include "ops/elementwise.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Rounds to `bits` significant bits, with the smallest exponent and the largest number of a small
 * floating type. */
static gdouble
round_float (gdouble x, gint bits, gint min_exponent, gdouble max)
{
  gint exponent;
  gdouble unit, y;

  if (!isfinite (x) || x == 0)
    return x;
  frexp (x, &exponent);
  unit = ldexp (1.0, MAX (exponent, min_exponent) - bits);
  y = rint (x / unit) * unit;
  return fabs (y) > max ? copysign (HUGE_VAL, x) : y;
}

static gdouble
wrap_integer (gdouble x, gint bits, gboolean is_signed)
{
  gdouble period = ldexp (1.0, bits), low = is_signed ? -period / 2 : 0;

  if (!isfinite (x))
    return low;
  x = trunc (x);
  return x - period * floor ((x - low) / period);
}

/* A number as it is after conversion to a type: float16 and bfloat16 are rounded to the nearest
 * even, integers truncated towards zero and wrapped, bool is 0 or 1. */
static gdouble
cast_value (gdouble x, WhyDType to)
{
  switch (to)
    {
    case WHY_DTYPE_FLOAT16:
      return round_float (x, 11, -13, 65504);
    case WHY_DTYPE_BFLOAT16:
      return round_float (x, 8, -125, 3.3895313892515355e38);
    case WHY_DTYPE_BOOL:
      return x != 0;
    case WHY_DTYPE_UINT8:
    case WHY_DTYPE_INT8:
      return wrap_integer (x, 8, to == WHY_DTYPE_INT8);
    case WHY_DTYPE_UINT16:
    case WHY_DTYPE_INT16:
      return wrap_integer (x, 16, to == WHY_DTYPE_INT16);
    case WHY_DTYPE_UINT32:
    case WHY_DTYPE_INT32:
      return wrap_integer (x, 32, to == WHY_DTYPE_INT32);
    case WHY_DTYPE_UINT64:
      return wrap_integer (x, 64, FALSE);
    default:
      return x;
    }
}

static gint64
to_int64 (gdouble x)
{
  if (!(x > -9223372036854775808.0))
    return G_MININT64;
  return x >= 9223372036854775808.0 ? G_MAXINT64 : (gint64)x;
}

static void
cast_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyRun *run = data;
  const WhyTensor *in = run->in[0];
  WhyTensor *out = run->out[0];
  gboolean from_int = in->dtype == WHY_DTYPE_INT64, to_int = out->dtype == WHY_DTYPE_INT64;

  for (gint64 i = begin; i < end; i++)
    if (from_int && to_int)
      out->i64[i] = in->i64[i];
    else if (to_int)
      out->i64[i] = to_int64 ((gdouble)in->real[i]);
    else
      out->real[i]
          = (WhyReal)cast_value (from_int ? (gdouble)in->i64[i] : (gdouble)in->real[i], out->dtype);
}

static void
cast_forward (const WhyRun *run)
{
  why_pool_run (run->pool, why_tensor_numel (run->out[0]), WHY_LOOP_GRAIN, cast_range,
                (gpointer)run);
}

/* Straight through between numbers, so that quantised networks have gradients; a bool has none. */
static void
cast_backward (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->out[0]);
  gboolean is_bool = run->in[0]->dtype == WHY_DTYPE_BOOL || run->out[0]->dtype == WHY_DTYPE_BOOL;

  if (run->grad_out[0] && run->grad_in[0] && !is_bool)
    for (gint64 i = 0; i < n; i++)
      run->grad_in[0][i] += run->grad_out[0][i];
}

static gboolean
is_number (gint64 dtype)
{
  return (dtype >= WHY_DTYPE_FLOAT && dtype <= WHY_DTYPE_INT64)
         || (dtype >= WHY_DTYPE_BOOL && dtype <= WHY_DTYPE_UINT64) || dtype == WHY_DTYPE_BFLOAT16;
}

/* Weights kept in half precision become float once for all nets: their numbers are the same. */
static void
share_constant (const WhyInfer *infer)
{
  WhyTensor *in = infer->in[0]->constant;
  WhyValue *out = infer->out[0];

  if (in && in->dtype != WHY_DTYPE_INT64
      && (out->dtype == WHY_DTYPE_FLOAT || out->dtype == WHY_DTYPE_DOUBLE))
    out->constant = why_tensor_new_wrapped (out->dtype, &out->shape, in->data, why_tensor_ref (in),
                                            (GDestroyNotify)why_tensor_unref);
}

static gboolean
cast_infer (const WhyInfer *infer, GError **error)
{
  gint64 to = why_node_int (infer->node, "to", 0);

  if (!is_number (to))
    return why_node_unsupported (infer->node, error, _ ("its type %d is not a number"), (gint)to);
  infer->out[0]->shape = infer->in[0]->shape;
  infer->out[0]->dtype = (WhyDType)to;
  share_constant (infer);
  return TRUE;
}

static gboolean
cast_like_infer (const WhyInfer *infer, GError **error)
{
  infer->out[0]->shape = infer->in[0]->shape;
  infer->out[0]->dtype = infer->in[1]->dtype;
  return TRUE;
}

const WhyOp why_op_cast = { .name = "Cast",
                            .since = 6,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .infer = cast_infer,
                            .forward = cast_forward,
                            .backward = cast_backward,
                            .relevance_kind = WHY_RELEVANCE_PASS,
                            .region_forward = why_region_same,
                            .region_backward = why_region_same };

const WhyOp why_op_cast_like = { .name = "CastLike",
                                 .since = 15,
                                 .min_inputs = 2,
                                 .max_inputs = 2,
                                 .infer = cast_like_infer,
                                 .forward = cast_forward,
                                 .backward = cast_backward,
                                 .relevance_kind = WHY_RELEVANCE_PASS,
                                 .region_forward = why_region_same,
                                 .region_backward = why_region_same };
