/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* Whether the name ends in a format that can be written: .png, .jpg, .jpeg. */
gboolean why_picture_can_write (const gchar *path);
/* Packed 8-bit sRGB rows → a whole file. WHY_ERROR_OUTPUT. */
gboolean why_picture_write (const gchar *path, const guint8 *rgb, gint width, gint height,
                            GError **error);
/* A JPEG of at most side pixels along the longer side. */
gboolean why_picture_write_thumbnail (const gchar *path, const guint8 *rgb, gint width, gint height,
                                      gint side, GError **error);
/* The picture with the report's map blended over it. */
gboolean why_picture_write_report (const gchar *path, const WhyReport *report, WhyPixels *pixels,
                                   GError **error);

G_END_DECLS
