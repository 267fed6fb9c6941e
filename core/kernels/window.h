/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The geometry that convolutions and pools share, and the two copies between a picture and the
 * columns of a matrix product.
 */
#pragma once

#include <glib.h>
#include "whylayer/real.h"

G_BEGIN_DECLS

#define WHY_SPATIAL 3

/**
 * WhyWindow: a window that slides over up to three spatial axes, outermost first. A value with
 * fewer axes has extents 1 in front, so that the last axis is always the contiguous one.
 */
typedef struct
{
  gint64 in[WHY_SPATIAL], out[WHY_SPATIAL];
  gint64 kernel[WHY_SPATIAL], stride[WHY_SPATIAL], dilation[WHY_SPATIAL];
  gint64 before[WHY_SPATIAL], after[WHY_SPATIAL]; /* padding */
} WhyWindow;

/**
 * WhyPart: the output cells to compute where not all are wanted: in every picture of the batch a
 * rectangle of the same size, each at its own place, inside of the output.
 */
typedef struct
{
  gint64 size[2];            /* rows, columns */
  const gint64 (*origin)[2]; /* [batch]: first row, first column */
} WhyPart;

/* Products of the three extents. */
static inline gint64
why_volume (const gint64 extents[WHY_SPATIAL])
{
  return extents[0] * extents[1] * extents[2];
}

/* Input coordinate of a tap of an output cell; outside 0 … in - 1 it lies in the padding. */
static inline gint64
why_window_at (const WhyWindow *window, gint axis, gint64 out, gint64 tap)
{
  return out * window->stride[axis] - window->before[axis] + tap * window->dilation[axis];
}

/* The output cells begin … end - 1 of an axis for which this tap lies inside the input. */
void why_window_valid (const WhyWindow *window, gint axis, gint64 tap, gint64 *begin, gint64 *end);

/* A 1 × … × 1 window that neither strides nor pads: input and output cells are the same. */
gboolean why_window_is_pointwise (const WhyWindow *window);

/* columns: [channels · taps] × [end - begin], where begin … end count output cells in row-major
 * order; padding gives zeros. picture: [channels] × in. */
void why_im2col (const WhyWindow *window, const WhyReal *picture, gint64 channels, gint64 begin,
                 gint64 end, WhyReal *columns);
/* The transpose: columns are added to the cells of picture they came from. */
void why_col2im (const WhyWindow *window, const WhyReal *columns, gint64 channels, gint64 begin,
                 gint64 end, WhyReal *picture);

G_END_DECLS
