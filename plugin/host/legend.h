/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend of a map: a layer of its own, which knows its map's layer by the tattoo. */
#pragma once

#include "item.h"

G_BEGIN_DECLS

/* A layer with the legend of the map on layer, not inserted yet; -1 on failure. */
gint why_legend_new (gint image, gint layer, const WhyItem *item);
/* Redraws, adds or removes the legend of a layer that is in the image, as the item's style says. */
void why_legend_update (gint image, gint layer, const WhyItem *item);
gboolean why_legend_is_wanted (const WhyItem *item);

G_END_DECLS
