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
attach (gint32 item, const gchar *name, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  GimpParasite *parasite
      = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, size, data);

  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

static void
attach_provenance (gint32 item, const WhyReport *report)
{
  g_autoptr (GBytes) json = why_strips_provenance (report);
  g_autoptr (GBytes) map = why_npy_write (report->explanation->map);

  attach (item, WHY_PARASITE_JSON, json);
  attach (item, WHY_PARASITE_MAP, map);
}

static GimpLayerMode
layer_mode (const WhyParams *style)
{
  g_autoptr (GTypeClass) modes = g_type_class_ref (GIMP_TYPE_LAYER_MODE);
  const GEnumValue *value
      = g_enum_get_value_by_nick ((GEnumClass *)modes, why_style_get_mode (style));

  return value ? value->value : GIMP_LAYER_MODE_NORMAL;
}

/* The drawn map as a layer that is not in the image yet; -1 on failure. */
static gint32
new_layer (gint32 image, const WhyReport *report)
{
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle bounds;
  gint32 layer;

  why_strips_get_bounds (report, &bounds);
  layer = gimp_layer_new (image, report->layer_name, bounds.width, bounds.height, GIMP_RGBA_IMAGE,
                          why_style_get_opacity (report->style), layer_mode (report->style));
  if (layer == -1)
    return -1;
  gimp_layer_set_offsets (layer, bounds.x, bounds.y);
  buffer = gimp_drawable_get_buffer (layer);
  why_strips_draw (report, buffer);
  attach_provenance (layer, report);
  return layer;
}

static gboolean
write_layer (gint32 image, const WhyReport *report, gint32 *layer, GError **error)
{
  *layer = new_layer (image, report);
  if (*layer != -1 && gimp_image_insert_layer (image, *layer, -1, 0))
    return TRUE;
  *layer = -1;
  return fail (error, _ ("GIMP could not add the layer; is the image still open?"));
}

/* The image with the map above it, as a new RGB image: what is asked for, or the only way when the
 * image's own mode has no colours. */
static gboolean
write_image (gint32 image, const WhyReport *report, gint32 *layer, GError **error)
{
  gint32 copy = gimp_image_duplicate (image);

  if (copy == -1)
    return fail (error, _ ("GIMP could not copy the image; is it still open?"));
  gimp_image_undo_disable (copy);
  if (gimp_image_base_type (copy) != GIMP_RGB)
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
  gint32 layer = host->drawable;
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle rect;
  gint32 mask;

  if (!gimp_item_is_valid (layer) || !gimp_item_is_layer (layer))
    return fail (error, _ ("Only a layer can get a mask: select a layer first."));
  if (gimp_layer_get_mask (layer) != -1)
    return fail (error, _ ("The active layer has a mask already: apply or delete it first."));

  gimp_drawable_offsets (layer, &rect.x, &rect.y);
  rect.width = gimp_drawable_width (layer);
  rect.height = gimp_drawable_height (layer);
  mask = gimp_layer_create_mask (layer, GIMP_ADD_MASK_BLACK);
  buffer = gimp_drawable_get_buffer (mask);
  why_strips_draw_evidence (report, &rect, buffer);
  attach_provenance (mask, report);
  if (!gimp_layer_add_mask (layer, mask))
    return fail (error, _ ("GIMP could not add the mask to the active layer."));
  return TRUE;
}

/* The evidence as a channel that is in the image; -1 on failure. */
static gint32
insert_channel (gint32 image, const WhyReport *report)
{
  GeglRectangle rect = { 0, 0, gimp_image_width (image), gimp_image_height (image) };
  const GimpRGB black = { 0.0, 0.0, 0.0, 1.0 };
  g_autoptr (GeglBuffer) buffer = NULL;
  gint32 channel
      = gimp_channel_new (image, report->layer_name, rect.width, rect.height, 50.0, &black);

  if (channel == -1)
    return -1;
  buffer = gimp_drawable_get_buffer (channel);
  why_strips_draw_evidence (report, &rect, buffer);
  attach_provenance (channel, report);
  return gimp_image_insert_channel (image, channel, -1, 0) ? channel : -1;
}

static gboolean
write_channel (WhyGimpHost *host, const WhyReport *report, GError **error)
{
  if (insert_channel (host->image, report) != -1)
    return TRUE;
  return fail (error, _ ("GIMP could not add the channel; is the image still open?"));
}

static gboolean
write_selection (WhyGimpHost *host, const WhyReport *report, GError **error)
{
  gint32 channel;

  gimp_image_undo_group_start (host->image);
  channel = insert_channel (host->image, report);
  if (channel != -1)
    {
      gimp_image_select_item (host->image, GIMP_CHANNEL_OP_REPLACE, channel);
      gimp_image_remove_channel (host->image, channel);
    }
  gimp_image_undo_group_end (host->image);
  return channel != -1 || fail (error, _ ("GIMP could not change the selection."));
}

gboolean
why_gimp_host_write (WhyGimpHost *host, const WhyReport *report, const gchar *output, gint32 *layer,
                     GError **error)
{
  *layer = -1;
  if (!gimp_image_is_valid (host->image))
    return fail (error, _ ("The image was closed meanwhile; there is nothing to write to."));
  if (g_str_equal (output, "mask"))
    return write_mask (host, report, error);
  if (g_str_equal (output, "channel"))
    return write_channel (host, report, error);
  if (g_str_equal (output, "selection"))
    return write_selection (host, report, error);
  if (g_str_equal (output, "image") || gimp_image_base_type (host->image) != GIMP_RGB)
    return write_image (host->image, report, layer, error);
  return write_layer (host->image, report, layer, error);
}
