/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/style.h"

G_BEGIN_DECLS

#define WHY_PALETTE_HALF 4096

/**
 * WhyPalette: what a style draws for a share of the scale: entry WHY_PALETTE_HALF + t·HALF for
 * t = value / scale.high in -1 … 1. Colour and alpha grow with the evidence; evidence of the
 * unwanted sign or below the threshold is transparent.
 */
typedef struct
{
  guint8 rgba[2 * WHY_PALETTE_HALF + 1][4];
} WhyPalette;

void why_palette_init (WhyPalette *palette, const WhyParams *style);

static inline const guint8 *
why_palette_get (const WhyPalette *palette, gfloat t)
{
  t = CLAMP (t, -1.0f, 1.0f);
  return palette->rgba[(gint)(t * WHY_PALETTE_HALF + (WHY_PALETTE_HALF + 0.5f))];
}

/* The style's colormap with "auto" resolved: diverging for both signs, else sequential. */
const WhyColormap *why_style_get_colormap (const WhyParams *style);
WhySign why_style_get_sign (const WhyParams *style);
/* The share of the scale that counts: t, -t or |t|; not positive when of the unwanted sign. */
gdouble why_sign_share (WhySign sign, gdouble t);

G_END_DECLS
