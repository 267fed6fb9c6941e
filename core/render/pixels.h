/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/view.h"

G_BEGIN_DECLS

/* Bytes of one stored pixel and of one stored row. */
gsize why_pixel_format_bytes (WhyPixelFormat format);
/* Rows as stored: points into memory-backed pixels, otherwise at buffer, which holds n_rows rows
 * and is read into; NULL on error. (transfer none) */
gconstpointer why_pixels_get_rows (WhyPixels *pixels, gint y, gint n_rows, gpointer buffer,
                                   GError **error);
/* Whether why_pixels_get_rows needs its buffer. */
gboolean why_pixels_is_streamed (const WhyPixels *pixels);
/* n stored pixels → interleaved float RGB over background; see why_pixels_read_rgb(). */
void why_pixels_convert (WhyPixelFormat format, gconstpointer stored, gsize n,
                         const gdouble background[3], gfloat *rgb);

G_END_DECLS
