/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings that outlive a run: named presets and the last ones used, in one JSON file of the user
 * for every host. A broken or foreign file is left alone and read as empty.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

typedef struct _WhyPresets WhyPresets;

/* path: NULL for the user's own file, whylayer/presets.json in the configuration directory. */
WhyPresets *why_presets_load (const gchar *path);
void why_presets_free (WhyPresets *presets);

/* Names in alphabetical order. (transfer full) ends with NULL */
gchar **why_presets_list (WhyPresets *presets);
/* Overwrites request's fields with those of the preset; those it does not name become empty. FALSE
 * when there is none of that name. */
gboolean why_presets_get (WhyPresets *presets, const gchar *name, WhyRequest *request);
/* Adds or replaces one, or removes it (request NULL), and writes the file. WHY_ERROR_OUTPUT. */
gboolean why_presets_set (WhyPresets *presets, const gchar *name, const WhyRequest *request,
                          GError **error);

/* The same for the last settings of a host. */
gboolean why_presets_get_last (WhyPresets *presets, const gchar *host, WhyRequest *request);
gboolean why_presets_set_last (WhyPresets *presets, const gchar *host, const WhyRequest *request,
                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyPresets, why_presets_free)

G_END_DECLS
