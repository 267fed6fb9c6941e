/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Packed 8-bit sRGB rows as a PNG file. WHY_ERROR_OUTPUT. (transfer full) */
GBytes *why_png_encode (const guint8 *rgb, gint width, gint height, GError **error);

G_END_DECLS
