/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/model.h"

G_BEGIN_DECLS

/* WHY_ERROR_ARGUMENT lists the presets. */
const WhyPreset *why_preset_lookup (const gchar *id, GError **error);
/* The usual preset for a network with these channels (gray or not) and layout. */
const gchar *why_preset_guess (const WhyPreprocessing *preprocessing, WhyDType dtype,
                               const gchar *producer);
/* Fills everything but size and layout; a gray network stays gray. */
void why_preset_apply (const WhyPreset *preset, WhyPreprocessing *preprocessing);

G_END_DECLS
