/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attributes that convolutions and pools share, read into a WhyWindow. */
#pragma once

#include "kernels/window.h"
#include "limits.h"
#include "ops/op.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_PAD_NOTSET,
  WHY_PAD_VALID,
  WHY_PAD_SAME_UPPER,
  WHY_PAD_SAME_LOWER
} WhyAutoPad;

/* Reads strides, dilations, pads, auto_pad and ceil_mode for n spatial axes (the last ones of
 * shape) and a kernel of these extents, and computes the output extents. */
gboolean why_window_read (const WhyNode *node, const WhyShape *shape, const gint64 *kernel, gint n,
                          WhyWindow *window, GError **error);
/* An attribute of n integers from low up into values (the last n of WHY_SPATIAL, rest untouched);
 * absent: untouched. */
gboolean why_window_ints (const WhyNode *node, const gchar *name, gint n, gint64 low,
                          gint64 *values, GError **error);
/* The attributes auto_pad and, where that is not set, pads of n axes; absent: untouched. */
gboolean why_window_pads (const WhyNode *node, gint n, WhyWindow *window, WhyAutoPad *pad,
                          GError **error);
/* All extents 1, no padding, no stride. */
void why_window_init (WhyWindow *window);
/* [shape[0], channels] and the window's last n output extents. */
WhyShape why_window_shape (const WhyShape *shape, gint64 channels, const gint64 *extents, gint n);

/* The region callbacks of an operator with this window. */
WhyRegion why_window_changed (const WhyWindow *window, gint n, gint64 channels, WhyRegion changed);
WhyRegion why_window_needed (const WhyWindow *window, gint n, gint64 channels, WhyRegion needed);

G_END_DECLS
