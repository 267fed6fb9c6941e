/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/quantise.h"
#include "ops/arguments.h"
#include "ops/check.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

gboolean
why_quantised_range (WhyDType dtype, gboolean wide, WhyRange *range)
{
  switch (dtype)
    {
    case WHY_DTYPE_UINT8:
      *range = (WhyRange){ 0, 255 };
      return TRUE;
    case WHY_DTYPE_INT8:
      *range = (WhyRange){ -128, 127 };
      return TRUE;
    case WHY_DTYPE_UINT16:
      *range = (WhyRange){ 0, 65535 };
      return TRUE;
    case WHY_DTYPE_INT16:
      *range = (WhyRange){ -32768, 32767 };
      return TRUE;
    case WHY_DTYPE_INT32:
      *range = (WhyRange){ (WhyReal)G_MININT32, (WhyReal)G_MAXINT32 };
      return wide;
    default:
      return FALSE;
    }
}

gboolean
why_check_quantised (const WhyInfer *infer, gint index, const gchar *what, gboolean wide,
                     GError **error)
{
  WhyRange range;

  if (!why_has_input (infer, index) || why_quantised_range (infer->in[index]->dtype, wide, &range))
    return TRUE;
  return why_node_unsupported (infer->node, error, _ ("input %s is %s, not a quantised integer"),
                               what, why_dtype_name (infer->in[index]->dtype));
}

static gboolean
read_block (const WhyInfer *infer, gint at, gint64 block, WhyScaleAxis *axis, GError **error)
{
  const WhyShape *x = &infer->in[0]->shape, *scale = &infer->in[1]->shape;
  WhyShape expected = *x;

  axis->block = block;
  axis->blocks = (x->dims[at] + block - 1) / block;
  expected.dims[at] = axis->blocks;
  if (why_shape_equal (scale, &expected))
    return TRUE;
  return why_node_error (infer->node, error, _ ("the scales do not fit blocks of %" PRId64), block);
}

gboolean
why_scale_axis_read (const WhyInfer *infer, WhyScaleAxis *axis, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x = &infer->in[0]->shape, *scale;
  gint64 block;
  gint at;

  *axis = (WhyScaleAxis){ 0 };
  if (!why_check_input (infer, 1, "scale", 0, WHY_MAX_RANK, error)
      || !why_check_int (node, "block_size", 0, G_MAXINT32, error))
    return FALSE;
  scale = &infer->in[1]->shape;
  if (why_has_input (infer, 2) && why_shape_numel (&infer->in[2]->shape) != why_shape_numel (scale))
    return why_node_error (node, error, _ ("scale and zero point differ in shape"));
  block = why_node_int (node, "block_size", 0);
  if (why_shape_numel (scale) == 1 && block == 0)
    return TRUE;
  if (!why_infer_axis (infer, 1, x->rank, &at, error))
    return FALSE;
  axis->inner = why_shape_span (x, at + 1, x->rank);
  axis->extent = x->dims[at];
  if (block > 0)
    return read_block (infer, at, block, axis, error);
  if (scale->rank != 1 || scale->dims[0] != axis->extent)
    return why_node_error (node, error,
                           _ ("scale is neither one number nor one for each index of axis %d"), at);
  return TRUE;
}

void
why_subtract_zero (const WhyReal *x, gint64 n, const WhyReal *zero, gint64 n_zero, gint64 inner,
                   WhyReal *out)
{
  for (gint64 i = 0; i < n; i++)
    out[i] = x[i] - (zero != NULL ? zero[n_zero == 1 ? 0 : i / inner % n_zero] : 0);
}
