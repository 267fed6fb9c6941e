/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between GEGL buffers, which both GIMPs speak, and the core's pixels. Every conversion names the
 * sRGB space, so that the same file gives the same numbers whatever profile a host gave it.
 */
#pragma once

#include <gegl.h>

#include "whylayer/view.h"

G_BEGIN_DECLS

/* A copy of the part of buffer that lies at rect (buffer coordinates; outside the buffer it is
 * transparent). It is GEGL's own memory, swapped to disk as GIMP's is, may be read from any
 * thread, and does not change when the person goes on painting. 8-bit where buffer is, else float.
 * (transfer full) */
WhyPixels *why_snapshot_new (GeglBuffer *buffer, const GeglRectangle *rect);

/* Non-linear sRGB with alpha, 8 bits: what why_drawing_draw_rows() and the preview write. */
const Babl *why_snapshot_format_rgba8 (void);

G_END_DECLS
