/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/palette.h"

#include <math.h>
#include <string.h>

WhySign
why_style_get_sign (const WhyParams *style)
{
  return (WhySign)why_params_get_choice_index (style, "sign");
}

gdouble
why_sign_share (WhySign sign, gdouble t)
{
  return sign == WHY_SIGN_BOTH ? fabs (t) : sign == WHY_SIGN_NEGATIVE ? -t : t;
}

const WhyColormap *
why_style_get_colormap (const WhyParams *style)
{
  const WhyColormap *colormap = why_colormap_lookup (why_params_get_choice (style, "colormap"));

  if (colormap != NULL)
    return colormap;
  return why_colormap_lookup (why_style_get_sign (style) == WHY_SIGN_BOTH ? "blue-orange"
                                                                          : "inferno");
}

/* Entry at position 0 … 255, between two rows where it falls between. */
static void
interpolate (const WhyColormap *colormap, gdouble position, guint8 rgb[3])
{
  gint row = CLAMP ((gint)position, 0, 254);
  gdouble share = position - row;

  for (gint c = 0; c < 3; c++)
    rgb[c]
        = (guint8)lround (colormap->rgb[row][c] * (1 - share) + colormap->rgb[row + 1][c] * share);
}

void
why_palette_init (WhyPalette *palette, const WhyParams *style)
{
  const WhyColormap *colormap = why_style_get_colormap (style);
  WhySign sign = why_style_get_sign (style);
  gdouble threshold = why_params_get_double (style, "threshold");
  gdouble gamma = why_params_get_double (style, "gamma");

  memset (palette, 0, sizeof *palette);
  for (gint i = -WHY_PALETTE_HALF; i <= WHY_PALETTE_HALF; i++)
    {
      gdouble t = (gdouble)i / WHY_PALETTE_HALF, share = why_sign_share (sign, t), strength;
      guint8 *rgba = palette->rgba[WHY_PALETTE_HALF + i];

      if (share <= 0 || share < threshold)
        continue;
      strength = pow (share, gamma);
      if (colormap->diverging)
        interpolate (colormap, 127.5 * (1 + copysign (strength, t)), rgba);
      else
        interpolate (colormap, 255 * strength, rgba);
      rgba[3] = (guint8)lround (255 * strength);
    }
}
