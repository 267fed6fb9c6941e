/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/style.h"

G_BEGIN_DECLS

/* The choices of the style's "mode". */
extern const WhyChoice why_blend_choices[];

G_END_DECLS
