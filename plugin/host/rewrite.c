/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Whylayer drew before, drawn anew in its place: another map, or the same in another style. */
#include <glib/gi18n-lib.h>

#include "gimp.h"
#include "host.h"
#include "item.h"
#include "legend.h"
#include "strips.h"

static gboolean
fail (GError **error, const gchar *message)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_OUTPUT, message);
  return FALSE;
}

/* Where the item will lie: a layer where its map lies, a mask or channel where it is. */
static gboolean
find_place (gint id, const WhyItem *item, GeglRectangle *place, GError **error)
{
  GeglRectangle bounds;

  why_gimp_drawable_get_place (id, place);
  if (!why_gimp_item_is_layer (id))
    return TRUE;
  why_strips_get_bounds (&item->drawing, &bounds);
  if (item->map)
    *place = bounds;
  /* A layer that was only moved stays where it was moved to. */
  return (place->width == bounds.width && place->height == bounds.height)
         || fail (error, _ ("The layer was scaled or cropped since it was drawn: explain the "
                            "picture again."));
}

/* The item's pixels as they will be. (transfer full) */
static GeglBuffer *
draw_pixels (gint id, const WhyItem *item, const GeglRectangle *place)
{
  g_autoptr (GeglBuffer) before = why_gimp_drawable_get_buffer (id);
  GeglBuffer *buffer = gegl_buffer_new (GEGL_RECTANGLE (0, 0, place->width, place->height),
                                        gegl_buffer_get_format (before));

  if (why_gimp_item_is_layer (id))
    why_strips_draw (&item->drawing, buffer);
  else
    why_strips_draw_evidence (&item->drawing, place, buffer);
  return buffer;
}

static void
update_layer (gint layer, const WhyItem *item, const GeglRectangle *place)
{
  if (item->name)
    why_gimp_item_set_name (layer, item->name);
  if (item->map)
    why_gimp_layer_set_place (layer, place);
  why_item_blend (item, layer);
}

/* A selection or a lock on transparency must not keep parts of the old map. */
static void
set_pixels (gint image, gint id, GeglBuffer *pixels)
{
  gboolean is_layer = why_gimp_item_is_layer (id);
  gboolean locked = is_layer && why_gimp_layer_get_lock_alpha (id);
  GeglRectangle selected;
  gint selection = why_gimp_image_get_selection (image, &selected)
                       ? why_gimp_image_save_selection (image)
                       : WHY_NONE;

  if (selection != WHY_NONE)
    why_gimp_image_select_nothing (image);
  if (locked)
    why_gimp_layer_set_lock_alpha (id, FALSE);
  why_gimp_drawable_set_pixels (id, pixels);
  if (locked)
    why_gimp_layer_set_lock_alpha (id, TRUE);
  if (selection != WHY_NONE)
    {
      why_gimp_image_select (image, selection);
      why_gimp_channel_remove (image, selection);
    }
}

static gboolean
rewrite (WhyHost *host, const WhyItem *item, GError **error)
{
  gint id = host->drawable;
  g_autoptr (GeglBuffer) pixels = NULL;
  GeglRectangle place;

  if (!why_gimp_item_is_valid (id))
    return fail (error, _ ("The layer was deleted meanwhile; there is nothing to write to."));
  if (why_gimp_item_is_locked (id))
    return fail (error, _ ("The layer's pixels are locked: unlock them first."));
  if (!find_place (id, item, &place, error))
    return FALSE;
  pixels = draw_pixels (id, item, &place);

  why_gimp_image_undo_group_start (host->image);
  if (why_gimp_item_is_layer (id))
    update_layer (id, item, &place);
  set_pixels (host->image, id, pixels);
  why_item_attach (item, id);
  if (why_gimp_item_is_layer (id))
    why_legend_update (host->image, id, item);
  why_gimp_image_undo_group_end (host->image);
  return TRUE;
}

gboolean
why_host_update (WhyHost *host, const WhyReport *report, GError **error)
{
  g_auto (WhyItem) item = { .name = NULL };

  why_item_init_report (&item, report);
  return rewrite (host, &item, error);
}

gboolean
why_host_restyle (WhyHost *host, const gchar *changes, GError **error)
{
  g_autoptr (WhyStored) stored = why_host_need_stored (host, error);
  g_auto (WhyItem) item = { .name = NULL };

  if (!stored || !why_stored_set_style (stored, changes, error))
    return FALSE;
  why_item_init_stored (&item, stored);
  return rewrite (host, &item, error);
}
