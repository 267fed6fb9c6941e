/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map drawn into GEGL buffers strip by strip, so that a map of a large picture is never in
 * memory as a whole.
 */
#pragma once

#include <gegl.h>

#include "session/session.h"

G_BEGIN_DECLS

/* Where the layer lies in the image. */
void why_strips_get_bounds (const WhyDrawing *drawing, GeglRectangle *bounds);
/* Draws the map into buffer, whose origin is that of the bounds. */
void why_strips_draw (const WhyDrawing *drawing, GeglBuffer *buffer);
/* Where the legend of a map lies: within its bounds, at the foot. */
void why_strips_get_legend_bounds (const WhyDrawing *drawing, GeglRectangle *bounds);
void why_strips_draw_legend (const WhyDrawing *drawing, GeglBuffer *buffer);
/* Draws evidence, 0 none … full, for the image's rectangle rect into a mask or channel buffer whose
 * origin is that of rect. */
void why_strips_draw_evidence (const WhyDrawing *drawing, const GeglRectangle *rect,
                               GeglBuffer *buffer);

G_END_DECLS
