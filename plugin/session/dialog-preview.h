/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pixels of a preview: the picture at any zoom, with the map drawn over it as the layer will
 * be. Knows no toolkit: it fills rows of sRGB.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/** WhyPicture: a picture at half, a quarter … of its size, for fast drawing. Immutable. */
typedef struct _WhyPicture WhyPicture;

/* Reads all of pixels once. Pictures over 16 megapixels start smaller: the preview then magnifies.
 * (transfer full) */
WhyPicture *why_picture_new (WhyPixels *pixels, WhyProgress *progress, GError **error);
WhyPicture *why_picture_ref (WhyPicture *picture);
void why_picture_unref (WhyPicture *picture);
gint why_picture_get_width (const WhyPicture *picture); /* of the image */
gint why_picture_get_height (const WhyPicture *picture);

/* The part x, y, width, height of the image scaled by zoom, in output pixels, as packed RGB; what
 * lies outside the image is left as it is. Reading is bilinear below, nearest above full size. */
void why_picture_draw (const WhyPicture *picture, gint x, gint y, gint width, gint height,
                       gdouble zoom, guint8 *rgb, gsize rowstride);
/* The same part with the report's map over it, blended as the layer will be. */
void why_picture_draw_map (const WhyPicture *picture, const WhyReport *report, gint x, gint y,
                           gint width, gint height, gdouble zoom, guint8 *rgb, gsize rowstride);

/* What the model sees: its input as packed RGB, input_width × input_height. (transfer full) */
guint8 *why_subject_to_rgb (const WhySubject *subject);

/** What lies under the pointer. */
typedef struct
{
  gboolean seen;     /* FALSE: outside what the network saw; the rest is not set */
  gint row, column;  /* of the map's cell */
  gdouble relevance; /* in the map's own units */
  gint rank, n;      /* 1: the strongest of n cells by magnitude */
} WhyReading;
/* x, y: image coordinates. */
void why_report_read (const WhyReport *report, gdouble x, gdouble y, WhyReading *reading);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyPicture, why_picture_unref)

G_END_DECLS
