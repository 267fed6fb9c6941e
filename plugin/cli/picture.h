/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Picture files → sRGB pixels, upright. Ordinary 8-bit files are read by gdk-pixbuf; what that
 * would degrade (more than 8 bits, floating point, CMYK) is read by GEGL's loaders, which are
 * initialised only then.
 */
#pragma once

#include "whylayer/view.h"

G_BEGIN_DECLS

/* Errors: WHY_ERROR_IMAGE with what is wrong and what would be right. (transfer full) */
WhyPixels *why_picture_read (const gchar *path, GError **error);

/* Bytes that reading it will take; 0 when that cannot be told. */
gint64 why_picture_measure (const gchar *path);

/** What a look at the bytes tells before anything is decoded. */
typedef struct
{
  const gchar *loader; /* GEGL operation that gdk-pixbuf is no match for; NULL: gdk-pixbuf */
  gint orientation;    /* Exif's 1…8 of what GEGL reads; gdk-pixbuf has its own */
} WhyPictureProbe;
gboolean why_picture_probe (const gchar *path, WhyPictureProbe *probe, GError **error);

/* The loader's own reading; only where GEGL was found. */
WhyPixels *why_picture_read_gegl (const gchar *path, const WhyPictureProbe *probe, GError **error);

/* FALSE with WHY_ERROR_IMAGE for a picture that would take too much memory. */
gboolean why_picture_check_size (gint64 width, gint64 height, GError **error);

G_END_DECLS
