/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/colormaps.h"

#include <glib/gi18n-lib.h>

/* id, nick, diverging, entries */
#define COLORMAPS(X)                                                                               \
  X ("inferno", N_ ("Inferno"), FALSE, why_colormap_inferno)                                       \
  X ("magma", N_ ("Magma"), FALSE, why_colormap_magma)                                             \
  X ("plasma", N_ ("Plasma"), FALSE, why_colormap_plasma)                                          \
  X ("viridis", N_ ("Viridis"), FALSE, why_colormap_viridis)                                       \
  X ("dusk", N_ ("Dusk (blue to yellow)"), FALSE, why_colormap_dusk)                               \
  X ("gray", N_ ("Gray"), FALSE, why_colormap_gray)                                                \
  X ("blue-orange", N_ ("Blue – orange"), TRUE, why_colormap_blue_orange)                          \
  X ("blue-red", N_ ("Blue – red"), TRUE, why_colormap_blue_red)                                   \
  X ("purple-green", N_ ("Purple – green"), TRUE, why_colormap_purple_green)

#define AS_COLORMAP(id, nick, diverging, entries) { id, nick, diverging, entries },
#define AS_CHOICE(id, nick, diverging, entries) { id, nick },

static const WhyColormap colormaps[] = { COLORMAPS (AS_COLORMAP) };

const WhyChoice why_colormap_choices[]
    = { { "auto", N_ ("Automatic") }, COLORMAPS (AS_CHOICE){ NULL } };

const WhyColormap *
why_colormaps (gsize *n)
{
  *n = G_N_ELEMENTS (colormaps);
  return colormaps;
}

const WhyColormap *
why_colormap_lookup (const gchar *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (colormaps); i++)
    if (g_strcmp0 (colormaps[i].id, id) == 0)
      return &colormaps[i];
  return NULL;
}
