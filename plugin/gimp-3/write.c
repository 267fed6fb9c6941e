/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a report to a layer, mask, selection, channel or new image. Whatever is written is filled
 * and complete before it is inserted, and the insertion is the only thing that is undone.
 */
#include <glib/gi18n-lib.h>

#include "gimp-host.h"
#include "host/strips.h"

static gboolean
fail (GError **error, const gchar *message)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_OUTPUT, message);
  return FALSE;
}

static void
attach (GimpItem *item, const gchar *name, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  GimpParasite *parasite
      = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, size, data);

  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

static void
attach_provenance (GimpItem *item, const WhyReport *report)
{
  g_autoptr (GBytes) json = why_strips_provenance (report);
  g_autoptr (GBytes) map = why_npy_write (report->explanation->map);

  attach (item, WHY_PARASITE_JSON, json);
  attach (item, WHY_PARASITE_MAP, map);
}

static GimpLayerMode
layer_mode (const WhyParams *style)
{
  g_autoptr (GEnumClass) modes = g_type_class_ref (GIMP_TYPE_LAYER_MODE);
  const GEnumValue *value = g_enum_get_value_by_nick (modes, why_style_get_mode (style));

  return value ? value->value : GIMP_LAYER_MODE_NORMAL;
}

/* The drawn map as a layer that is not in the image yet. */
static GimpLayer *
new_layer (GimpImage *image, const WhyReport *report)
{
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle bounds;
  GimpLayer *layer;

  why_strips_get_bounds (report, &bounds);
  layer = gimp_layer_new (image, report->layer_name, bounds.width, bounds.height, GIMP_RGBA_IMAGE,
                          why_style_get_opacity (report->style), layer_mode (report->style));
  if (!layer)
    return NULL;
  gimp_layer_set_offsets (layer, bounds.x, bounds.y);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (layer));
  why_strips_draw (report, buffer);
  attach_provenance (GIMP_ITEM (layer), report);
  return layer;
}

static gboolean
write_layer (GimpImage *image, const WhyReport *report, GimpLayer **layer, GError **error)
{
  *layer = new_layer (image, report);
  if (*layer && gimp_image_insert_layer (image, *layer, NULL, 0))
    return TRUE;
  *layer = NULL;
  return fail (error, _ ("GIMP could not add the layer; is the image still open?"));
}

/* The image with the map above it, as a new RGB image: what is asked for, or the only way when the
 * image's own mode has no colours. */
static gboolean
write_image (GimpImage *image, const WhyReport *report, GimpLayer **layer, GError **error)
{
  GimpImage *copy = gimp_image_duplicate (image);

  if (!copy)
    return fail (error, _ ("GIMP could not copy the image; is it still open?"));
  gimp_image_undo_disable (copy);
  if (gimp_image_get_base_type (copy) != GIMP_RGB)
    gimp_image_convert_rgb (copy);
  if (!write_layer (copy, report, layer, error))
    {
      gimp_image_delete (copy);
      return FALSE;
    }
  gimp_image_undo_enable (copy);
  return TRUE;
}

static gboolean
write_mask (WhyGimpHost *host, const WhyReport *report, GError **error)
{
  GimpLayer *layer = (GimpLayer *)host->drawable;
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle rect;
  GimpLayerMask *mask;

  if (!gimp_item_is_valid (GIMP_ITEM (host->drawable)) || !GIMP_IS_LAYER (host->drawable))
    return fail (error, _ ("Only a layer can get a mask: select a layer first."));
  if (gimp_layer_get_mask (layer))
    return fail (error, _ ("The active layer has a mask already: apply or delete it first."));

  gimp_drawable_get_offsets (host->drawable, &rect.x, &rect.y);
  rect.width = gimp_drawable_get_width (host->drawable);
  rect.height = gimp_drawable_get_height (host->drawable);
  mask = gimp_layer_create_mask (layer, GIMP_ADD_MASK_BLACK);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (mask));
  why_strips_draw_evidence (report, &rect, buffer);
  attach_provenance (GIMP_ITEM (mask), report);
  if (!gimp_layer_add_mask (layer, mask))
    return fail (error, _ ("GIMP could not add the mask to the active layer."));
  return TRUE;
}

/* The evidence as a channel that is in the image; NULL on failure. */
static GimpChannel *
insert_channel (GimpImage *image, const WhyReport *report)
{
  GeglRectangle rect = { 0, 0, gimp_image_get_width (image), gimp_image_get_height (image) };
  GeglColor *color = gegl_color_new ("black");
  g_autoptr (GeglBuffer) buffer = NULL;
  GimpChannel *channel
      = gimp_channel_new (image, report->layer_name, rect.width, rect.height, 50.0, color);

  g_object_unref (color);

  if (!channel)
    return NULL;
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (channel));
  why_strips_draw_evidence (report, &rect, buffer);
  attach_provenance (GIMP_ITEM (channel), report);
  return gimp_image_insert_channel (image, channel, NULL, 0) ? channel : NULL;
}

static gboolean
write_channel (WhyGimpHost *host, const WhyReport *report, GError **error)
{
  if (insert_channel (host->image, report))
    return TRUE;
  return fail (error, _ ("GIMP could not add the channel; is the image still open?"));
}

static gboolean
write_selection (WhyGimpHost *host, const WhyReport *report, GError **error)
{
  GimpChannel *channel;

  gimp_image_undo_group_start (host->image);
  channel = insert_channel (host->image, report);
  if (channel)
    {
      gimp_image_select_item (host->image, GIMP_CHANNEL_OP_REPLACE, GIMP_ITEM (channel));
      gimp_image_remove_channel (host->image, channel);
    }
  gimp_image_undo_group_end (host->image);
  return channel || fail (error, _ ("GIMP could not change the selection."));
}

gboolean
why_gimp_host_write (WhyGimpHost *host, const WhyReport *report, const gchar *output,
                     GimpLayer **layer, GError **error)
{
  *layer = NULL;
  if (!gimp_image_is_valid (host->image))
    return fail (error, _ ("The image was closed meanwhile; there is nothing to write to."));
  if (g_str_equal (output, "mask"))
    return write_mask (host, report, error);
  if (g_str_equal (output, "channel"))
    return write_channel (host, report, error);
  if (g_str_equal (output, "selection"))
    return write_selection (host, report, error);
  if (g_str_equal (output, "image") || gimp_image_get_base_type (host->image) != GIMP_RGB)
    return write_image (host->image, report, layer, error);
  return write_layer (host->image, report, layer, error);
}
