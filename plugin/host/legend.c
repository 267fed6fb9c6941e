/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "legend.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "gimp.h"
#include "strips.h"

gboolean
why_legend_is_wanted (const WhyItem *item)
{
  return why_params_get_bool (item->drawing.style, "legend");
}

gint
why_legend_new (gint image, gint layer, const WhyItem *item)
{
  g_autofree gchar *tattoo = g_strdup_printf ("%d", why_gimp_item_get_tattoo (layer));
  g_autoptr (GBytes) bytes = g_bytes_new (tattoo, strlen (tattoo) + 1);
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle bounds;
  gint legend;

  why_strips_get_legend_bounds (&item->drawing, &bounds);
  legend = why_gimp_layer_new (image, _ ("Legend"), &bounds);
  if (legend == WHY_NONE)
    return WHY_NONE;
  buffer = why_gimp_drawable_get_buffer (legend);
  why_strips_draw_legend (&item->drawing, buffer);
  why_gimp_item_attach_parasite (legend, WHY_PARASITE_LEGEND, bytes);
  return legend;
}

static gboolean
is_legend_of (gint item, gint layer)
{
  g_autoptr (GBytes) bytes = why_gimp_item_get_parasite (item, WHY_PARASITE_LEGEND);
  g_autofree gchar *tattoo = NULL;
  gsize size;
  gconstpointer data;

  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  tattoo = g_strndup (data, size);
  return atoi (tattoo) == why_gimp_item_get_tattoo (layer);
}

static gint
find_legend (gint image, gint layer)
{
  g_autoptr (GArray) siblings = why_gimp_get_layers (image, why_gimp_item_get_parent (layer));

  for (guint i = 0; i < siblings->len; i++)
    if (is_legend_of (g_array_index (siblings, gint, i), layer))
      return g_array_index (siblings, gint, i);
  return WHY_NONE;
}

void
why_legend_update (gint image, gint layer, const WhyItem *item)
{
  gint old = find_legend (image, layer);
  gint position = why_gimp_item_get_position (old == WHY_NONE ? layer : old);
  gboolean visible = why_gimp_item_get_visible (old == WHY_NONE ? layer : old);
  gint legend;

  if (old != WHY_NONE)
    why_gimp_layer_remove (image, old);
  legend = why_legend_is_wanted (item) ? why_legend_new (image, layer, item) : WHY_NONE;
  if (legend == WHY_NONE)
    return;
  why_gimp_item_set_visible (legend, visible);
  why_gimp_layer_insert (image, legend, why_gimp_item_get_parent (layer), position);
  why_gimp_layer_activate (image, layer);
}
