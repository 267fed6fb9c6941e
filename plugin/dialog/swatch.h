/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* A strip of a colormap's colours; NULL for an id that is no colormap. (transfer full) */
GdkPixbuf *why_swatch_new (const gchar *id);

G_END_DECLS
