/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/style.h"

G_BEGIN_DECLS

/* The choices of the style's "colormap": "auto", then every colormap. */
extern const WhyChoice why_colormap_choices[];

/* colormap-tables.c, written by colormap-tables.py */
extern const guint8 why_colormap_inferno[256][3];
extern const guint8 why_colormap_magma[256][3];
extern const guint8 why_colormap_plasma[256][3];
extern const guint8 why_colormap_viridis[256][3];
extern const guint8 why_colormap_dusk[256][3];
extern const guint8 why_colormap_gray[256][3];
extern const guint8 why_colormap_blue_orange[256][3];
extern const guint8 why_colormap_blue_red[256][3];
extern const guint8 why_colormap_purple_green[256][3];

G_END_DECLS
