/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Affine quantisation: real value = (q - zero point) · scale, with q a whole number of a type.
 * Gradients pass straight through the rounding (1308.3432), but not through the saturation.
 */
#pragma once

#include "ops/op.h"

#include <tgmath.h>

G_BEGIN_DECLS

/** The numbers a quantised type can hold. */
typedef struct
{
  WhyReal low, high;
} WhyRange;

/* FALSE unless the type is an integer of at most 16 bits, or int32 where wide. */
gboolean why_quantised_range (WhyDType dtype, gboolean wide, WhyRange *range);
/* Input `index` is absent, or of such a type. */
gboolean why_check_quantised (const WhyInfer *infer, gint index, const gchar *what, gboolean wide,
                              GError **error);

/* Rounded half to even and saturated. */
static inline WhyReal
why_quantise (WhyReal x, WhyReal zero, const WhyRange *range)
{
  WhyReal q = rint (x) + zero; /* in the default rounding mode, which nothing here changes */
  return q < range->low ? range->low : q > range->high ? range->high : q;
}

/* Whether a gradient passes. */
static inline gboolean
why_in_range (WhyReal x, WhyReal zero, const WhyRange *range)
{
  WhyReal q = rint (x) + zero;
  return q >= range->low && q <= range->high;
}

/** Which of the scales (and zero points) element i has: one for all, one for each index along an
 * axis, or one for each block of them. */
typedef struct
{
  gint64 inner, extent; /* of the axis; extent 0: one for all */
  gint64 block, blocks; /* block 0: not blocked */
} WhyScaleAxis;

static inline gint64
why_scale_index (const WhyScaleAxis *axis, gint64 i)
{
  if (axis->extent == 0)
    return 0;
  if (axis->block == 0)
    return i / axis->inner % axis->extent;
  return (i / (axis->inner * axis->extent) * axis->blocks
          + i / axis->inner % axis->extent / axis->block)
             * axis->inner
         + i % axis->inner;
}

/* Reads the shape of scale (input 1) and zero point (input 2, optional) of QuantizeLinear and
 * DequantizeLinear. */
gboolean why_scale_axis_read (const WhyInfer *infer, WhyScaleAxis *axis, GError **error);

/* Elements minus their zero point: vector `zero` (of n_zero, NULL: 0) repeats every `inner`. */
void why_subtract_zero (const WhyReal *x, gint64 n, const WhyReal *zero, gint64 n_zero,
                        gint64 inner, WhyReal *out);

G_END_DECLS
