/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "host/host.h"
#include "part.h"

G_BEGIN_DECLS

/* Reset, presets and Copy as command. */
WhyPart *why_settings_row_new (WhyDialog *state, const WhyHost *host);

G_END_DECLS
