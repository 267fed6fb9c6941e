/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "whylayer/error.h"

G_BEGIN_DECLS

/* Whether the text is lexically strict JSON that nests at most WHY_MAX_JSON_DEPTH deep, so that
 * json-glib's recursive parser is safe. */
gboolean why_json_is_shallow (const gchar *text, gsize length);
/* Parses an untrusted JSON object: at most limit bytes of UTF-8 and shallow. Fails with code and a
 * message that starts with what, the text's name: "its sidecar: …". (transfer full) */
JsonObject *why_json_parse (const gchar *text, gsize length, gsize limit, WhyError code,
                            const gchar *what, GError **error);

G_END_DECLS
