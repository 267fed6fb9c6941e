/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/error.h"

G_BEGIN_DECLS

/* Opens, for reading, a file that an untrusted file names: external weights, label lists. The name
 * must be relative, without "..", and lead to a regular file inside folder even after symbolic
 * links are followed. Returns a file descriptor, or -1 with WHY_ERROR_MODEL_DATA. folder may be
 * NULL: then every name is refused. */
gint why_confined_open (const gchar *folder, const gchar *name, guint64 *size, GError **error);
/* Reads exactly length bytes at offset; the caller has checked them against the file's size. */
gboolean why_confined_read (gint fd, const gchar *name, guint64 offset, gpointer buffer,
                            gsize length, GError **error);
/* The whole file as a zero-terminated string, at most limit bytes. (transfer full) */
gchar *why_confined_get_contents (const gchar *folder, const gchar *name, gsize limit,
                                  GError **error);

G_END_DECLS
