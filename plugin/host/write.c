/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a report to a layer, mask, selection, channel or new image. Whatever is written is filled
 * and complete before it is inserted, and the insertion is the only thing that is undone.
 */
#include <glib/gi18n-lib.h>

#include "gimp.h"
#include "host.h"
#include "item.h"
#include "strips.h"

static gboolean
fail (GError **error, const gchar *message)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_OUTPUT, message);
  return FALSE;
}

static void
attach (gint id, const WhyItem *item)
{
  why_gimp_item_attach_parasite (id, WHY_PARASITE_JSON, item->record);
  if (item->map)
    why_gimp_item_attach_parasite (id, WHY_PARASITE_MAP, item->map);
}

static void
set_blending (gint layer, const WhyParams *style)
{
  why_gimp_layer_set_blending (layer, why_style_get_opacity (style), why_style_get_mode (style));
}

/* --- New items ------------------------------------------------------------------------------ */

/* The drawn map as a layer that is not in the image yet; -1 on failure. */
static gint
new_layer (gint image, const WhyItem *item)
{
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle bounds;
  gint layer;

  why_strips_get_bounds (&item->drawing, &bounds);
  layer = why_gimp_layer_new (image, item->name, &bounds);
  if (layer == WHY_NONE)
    return WHY_NONE;
  set_blending (layer, item->drawing.style);
  buffer = why_gimp_drawable_get_buffer (layer);
  why_strips_draw (&item->drawing, buffer);
  attach (layer, item);
  return layer;
}

static gboolean
write_layer (gint image, const WhyItem *item, gint *layer, GError **error)
{
  *layer = new_layer (image, item);
  if (*layer != WHY_NONE && why_gimp_layer_insert (image, *layer, WHY_NONE, 0))
    return TRUE;
  *layer = WHY_NONE;
  return fail (error, _ ("GIMP could not add the layer; is the image still open?"));
}

/* The image with the map above it, as a new RGB image: what is asked for, or the only way when the
 * image's own mode has no colours. */
static gboolean
write_image (gint image, const WhyItem *item, gint *layer, GError **error)
{
  gint copy = why_gimp_image_duplicate (image);

  if (copy == WHY_NONE)
    return fail (error, _ ("GIMP could not copy the image; is it still open?"));
  why_gimp_image_undo_enable (copy, FALSE);
  if (!why_gimp_image_is_rgb (copy))
    why_gimp_image_convert_rgb (copy);
  if (!write_layer (copy, item, layer, error))
    {
      why_gimp_image_delete (copy);
      return FALSE;
    }
  why_gimp_image_undo_enable (copy, TRUE);
  return TRUE;
}

static gboolean
write_mask (gint layer, const WhyItem *item, GError **error)
{
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle place;
  gint mask;

  if (!why_gimp_item_is_valid (layer) || !why_gimp_item_is_layer (layer))
    return fail (error, _ ("Only a layer can get a mask: select a layer first."));
  if (why_gimp_layer_get_mask (layer) != WHY_NONE)
    return fail (error, _ ("The active layer has a mask already: apply or delete it first."));

  why_gimp_drawable_get_place (layer, &place);
  mask = why_gimp_layer_new_mask (layer);
  buffer = why_gimp_drawable_get_buffer (mask);
  why_strips_draw_evidence (&item->drawing, &place, buffer);
  attach (mask, item);
  return why_gimp_layer_add_mask (layer, mask)
         || fail (error, _ ("GIMP could not add the mask to the active layer."));
}

/* The evidence as a channel that is in the image; -1 on failure. */
static gint
insert_channel (const WhyHost *host, const WhyItem *item)
{
  const GeglRectangle place = { 0, 0, host->width, host->height };
  g_autoptr (GeglBuffer) buffer = NULL;
  gint channel = why_gimp_channel_new (host->image, item->name);

  if (channel == WHY_NONE)
    return WHY_NONE;
  buffer = why_gimp_drawable_get_buffer (channel);
  why_strips_draw_evidence (&item->drawing, &place, buffer);
  attach (channel, item);
  return why_gimp_channel_insert (host->image, channel) ? channel : WHY_NONE;
}

static gboolean
write_channel (const WhyHost *host, const WhyItem *item, GError **error)
{
  return insert_channel (host, item) != WHY_NONE
         || fail (error, _ ("GIMP could not add the channel; is the image still open?"));
}

static gboolean
write_selection (const WhyHost *host, const WhyItem *item, GError **error)
{
  gint channel;

  why_gimp_image_undo_group_start (host->image);
  channel = insert_channel (host, item);
  if (channel != WHY_NONE)
    {
      why_gimp_image_select (host->image, channel);
      why_gimp_channel_remove (host->image, channel);
    }
  why_gimp_image_undo_group_end (host->image);
  return channel != WHY_NONE || fail (error, _ ("GIMP could not change the selection."));
}

gboolean
why_host_write (WhyHost *host, const WhyReport *report, gint *layer, GError **error)
{
  const gchar *output = why_request_get (report->request, "output");
  g_auto (WhyItem) item = { .name = NULL };

  *layer = WHY_NONE;
  if (!why_gimp_image_is_valid (host->image))
    return fail (error, _ ("The image was closed meanwhile; there is nothing to write to."));
  why_item_init_report (&item, report);
  if (g_str_equal (output, "mask"))
    return write_mask (host->drawable, &item, error);
  if (g_str_equal (output, "channel"))
    return write_channel (host, &item, error);
  if (g_str_equal (output, "selection"))
    return write_selection (host, &item, error);
  if (g_str_equal (output, "image") || !why_gimp_image_is_rgb (host->image))
    return write_image (host->image, &item, layer, error);
  return write_layer (host->image, &item, layer, error);
}

/* --- Items that are there ------------------------------------------------------------------- */

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
  set_blending (layer, item->drawing.style);
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
  attach (id, item);
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
  g_autoptr (GError) cause = NULL;
  g_autoptr (WhyStored) stored = why_host_get_stored (host, &cause);
  g_auto (WhyItem) item = { .name = NULL };

  if (!stored)
    {
      if (cause)
        g_propagate_error (error, g_steal_pointer (&cause));
      else
        g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                     _ ("the active layer is none of Whylayer's: select one that Explain "
                        "Classification wrote"));
      return FALSE;
    }
  if (!why_stored_set_style (stored, changes, error))
    return FALSE;
  why_item_init_stored (&item, stored);
  return rewrite (host, &item, error);
}

void
why_host_show (WhyHost *host, gint layer)
{
  gint image = layer == WHY_NONE ? host->image : why_gimp_item_get_image (layer);

  if (image != host->image)
    why_gimp_image_show (image);
  why_gimp_displays_flush ();
}
