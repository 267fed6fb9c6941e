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

/** WhySnapshot: such a copy in the making, a strip at a time: all of a large layer takes longer
 * than a person should wait for the next click. */
typedef struct _WhySnapshot WhySnapshot;
WhySnapshot *why_snapshot_begin (GeglBuffer *buffer, const GeglRectangle *rect);
gboolean why_snapshot_go_on (WhySnapshot *snapshot); /* FALSE: that was the last strip */
WhyPixels *why_snapshot_end (WhySnapshot *snapshot); /* frees it; (transfer full) */
void why_snapshot_free (WhySnapshot *snapshot);      /* of one that is not wanted any more */

/* Non-linear sRGB with alpha, 8 bits: what why_drawing_draw_rows() and the preview write. */
const Babl *why_snapshot_format_rgba8 (void);

G_END_DECLS
