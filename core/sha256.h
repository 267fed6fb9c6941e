/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The SHA-256 of these bytes in lower-case hexadecimal. Nettle's and not GLib's, which does not use
 * the processor's own instructions and took longer for a model than everything else that loading
 * it takes. (transfer full) */
gchar *why_sha256 (gconstpointer data, gsize length);

G_END_DECLS
