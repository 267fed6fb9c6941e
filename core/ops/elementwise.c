/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/elementwise.h"

#include <glib/gi18n-lib.h>
#include <tgmath.h>

gint64
why_rescale_half (const WhyTensor *tensor)
{
  return why_tensor_numel (tensor) / 2;
}

static gint64
inner_extent (const WhyShape *shape, gint from_end)
{
  return shape->rank >= from_end ? shape->dims[shape->rank - from_end] : 1;
}

WhyRegion
why_region_same (const WhyNode *node, const WhyInfer *infer, WhyRegion region)
{
  const WhyShape *out = &infer->out[0]->shape;
  gint64 height = inner_extent (out, 2), width = inner_extent (out, 1);

  for (gint i = 0; i < node->n_inputs; i++)
    {
      const WhyValue *in = infer->in[i];
      if (in && !in->constant
          && (inner_extent (&in->shape, 2) != height || inner_extent (&in->shape, 1) != width))
        return (WhyRegion){ 0, 0, height, width };
    }
  return region;
}

void
why_tensor_wrap (WhyTensor *tensor)
{
  gint64 n = why_tensor_numel (tensor);
  gint bits;
  gboolean is_signed;

  switch (tensor->dtype)
    {
    case WHY_DTYPE_UINT8:
    case WHY_DTYPE_INT8:
      bits = 8;
      break;
    case WHY_DTYPE_UINT16:
    case WHY_DTYPE_INT16:
      bits = 16;
      break;
    case WHY_DTYPE_UINT32:
    case WHY_DTYPE_INT32:
      bits = 32;
      break;
    case WHY_DTYPE_UINT64:
      bits = 64;
      break;
    default:
      return;
    }
  is_signed = tensor->dtype == WHY_DTYPE_INT8 || tensor->dtype == WHY_DTYPE_INT16
              || tensor->dtype == WHY_DTYPE_INT32;

  gdouble period = ldexp (1.0, bits);
  gdouble low = is_signed ? -period / 2 : 0;
  for (gint64 i = 0; i < n; i++)
    {
      gdouble x = trunc ((gdouble)tensor->real[i]);
      tensor->real[i] = (WhyReal)(x - period * floor ((x - low) / period));
    }
}

gboolean
why_infer_floating (const WhyInfer *infer, gint i, GError **error)
{
  if (i >= infer->node->n_inputs || !infer->in[i] || why_dtype_is_float (infer->in[i]->dtype))
    return TRUE;
  return why_node_error (infer->node, error,
                         _ ("input %d is %s; only floating-point numbers are meant"), i + 1,
                         why_dtype_name (infer->in[i]->dtype));
}
