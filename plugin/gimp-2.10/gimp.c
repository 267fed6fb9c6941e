/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host/gimp.h in libgimp 2.0, where images and items are numbers themselves. */
#include "host/gimp.h"

#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>

#include "whylayer/error.h"

/* --- Images --------------------------------------------------------------------------------- */

gboolean
why_gimp_image_is_valid (gint image)
{
  return gimp_image_is_valid (image);
}

void
why_gimp_image_get_size (gint image, gint *width, gint *height)
{
  *width = gimp_image_width (image);
  *height = gimp_image_height (image);
}

gboolean
why_gimp_image_is_rgb (gint image)
{
  return gimp_image_base_type (image) == GIMP_RGB;
}

gboolean
why_gimp_image_is_gray (gint image)
{
  return gimp_image_base_type (image) == GIMP_GRAY;
}

gchar *
why_gimp_image_get_name (gint image)
{
  g_autofree gchar *uri = gimp_image_get_uri (image);
  g_autoptr (GFile) file = uri ? g_file_new_for_uri (uri) : NULL;

  /* gimp_image_get_name() is for people: translated, with remarks. */
  return file ? g_file_get_basename (file) : g_strdup ("");
}

gint
why_gimp_image_new_like (gint image)
{
  gint other = gimp_image_new_with_precision (gimp_image_width (image), gimp_image_height (image),
                                              why_gimp_image_is_gray (image) ? GIMP_GRAY : GIMP_RGB,
                                              gimp_image_get_precision (image));
  GimpColorProfile *profile = gimp_image_get_color_profile (image);

  gimp_image_undo_disable (other);
  if (profile)
    {
      gimp_image_set_color_profile (other, profile);
      g_object_unref (profile);
    }
  return other;
}

gint
why_gimp_image_duplicate (gint image)
{
  return gimp_image_duplicate (image);
}

gint
why_gimp_image_load (const gchar *path, GError **error)
{
  gint image = gimp_file_load (GIMP_RUN_NONINTERACTIVE, path, path);

  if (image == WHY_NONE)
    g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE, _ ("GIMP cannot read it: %s"),
                 gimp_get_pdb_error ());
  else
    gimp_image_undo_disable (image);
  return image;
}

gboolean
why_gimp_image_save_xcf (gint image, const gchar *path, GError **error)
{
  if (gimp_file_save (GIMP_RUN_NONINTERACTIVE, image, gimp_image_get_active_drawable (image), path,
                      path))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("GIMP cannot write it: %s"),
               gimp_get_pdb_error ());
  return FALSE;
}

void
why_gimp_image_delete (gint image)
{
  gimp_image_delete (image);
}

void
why_gimp_image_convert_rgb (gint image)
{
  gimp_image_convert_rgb (image);
}

void
why_gimp_image_undo_enable (gint image, gboolean enable)
{
  if (enable)
    gimp_image_undo_enable (image);
  else
    gimp_image_undo_disable (image);
}

void
why_gimp_image_undo_group_start (gint image)
{
  gimp_image_undo_group_start (image);
}

void
why_gimp_image_undo_group_end (gint image)
{
  gimp_image_undo_group_end (image);
}

void
why_gimp_image_show (gint image)
{
  gimp_display_new (image);
}

void
why_gimp_displays_flush (void)
{
  gimp_displays_flush ();
}

gboolean
why_gimp_image_get_selection (gint image, GeglRectangle *bounds)
{
  gboolean some = FALSE;
  gint x1, y1, x2, y2;

  if (!gimp_selection_bounds (image, &some, &x1, &y1, &x2, &y2) || !some)
    return FALSE;
  *bounds = (GeglRectangle){ x1, y1, x2 - x1, y2 - y1 };
  return TRUE;
}

gint
why_gimp_image_get_selection_mask (gint image)
{
  return gimp_image_get_selection (image);
}

void
why_gimp_image_select_nothing (gint image)
{
  gimp_selection_none (image);
}

gint
why_gimp_image_save_selection (gint image)
{
  return gimp_selection_save (image);
}

void
why_gimp_image_select (gint image, gint channel)
{
  gimp_image_select_item (image, GIMP_CHANNEL_OP_REPLACE, channel);
}

/* --- Items ---------------------------------------------------------------------------------- */

gboolean
why_gimp_item_is_valid (gint item)
{
  return gimp_item_is_valid (item);
}

gboolean
why_gimp_item_is_layer (gint item)
{
  return gimp_item_is_layer (item);
}

gboolean
why_gimp_item_is_group (gint item)
{
  return gimp_item_is_group (item);
}

gboolean
why_gimp_item_is_locked (gint item)
{
  return gimp_item_get_lock_content (item);
}

gint
why_gimp_item_get_image (gint item)
{
  return gimp_item_get_image (item);
}

GArray *
why_gimp_get_layers (gint image, gint group)
{
  gint n = 0;
  g_autofree gint32 *ids
      = group == WHY_NONE ? gimp_image_get_layers (image, &n) : gimp_item_get_children (group, &n);
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (gint));

  g_array_append_vals (layers, ids, n);
  return layers;
}

gint
why_gimp_item_get_parent (gint item)
{
  return gimp_item_get_parent (item);
}

gint
why_gimp_item_get_position (gint item)
{
  return gimp_image_get_item_position (gimp_item_get_image (item), item);
}

gint
why_gimp_item_get_tattoo (gint item)
{
  return (gint)gimp_item_get_tattoo (item);
}

gboolean
why_gimp_item_get_visible (gint item)
{
  return gimp_item_get_visible (item);
}

void
why_gimp_item_set_visible (gint item, gboolean visible)
{
  gimp_item_set_visible (item, visible);
}

gchar *
why_gimp_item_get_name (gint item)
{
  return gimp_item_get_name (item);
}

void
why_gimp_item_set_name (gint item, const gchar *name)
{
  gimp_item_set_name (item, name);
}

GBytes *
why_gimp_item_get_parasite (gint item, const gchar *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (item, name);
  GBytes *bytes;

  if (!parasite)
    return NULL;
  bytes = g_bytes_new (gimp_parasite_data (parasite), gimp_parasite_data_size (parasite));
  gimp_parasite_free (parasite);
  return bytes;
}

void
why_gimp_item_attach_parasite (gint item, const gchar *name, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  GimpParasite *parasite
      = gimp_parasite_new (name, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE, size, data);

  gimp_item_attach_parasite (item, parasite);
  gimp_parasite_free (parasite);
}

/* --- Drawables ------------------------------------------------------------------------------ */

GeglBuffer *
why_gimp_drawable_get_buffer (gint drawable)
{
  return gimp_drawable_get_buffer (drawable);
}

void
why_gimp_drawable_get_place (gint drawable, GeglRectangle *place)
{
  gimp_drawable_offsets (drawable, &place->x, &place->y);
  place->width = gimp_drawable_width (drawable);
  place->height = gimp_drawable_height (drawable);
}

void
why_gimp_drawable_set_pixels (gint drawable, GeglBuffer *buffer)
{
  GeglBuffer *shadow = gimp_drawable_get_shadow_buffer (drawable);

  gegl_buffer_copy (buffer, NULL, GEGL_ABYSS_NONE, shadow, NULL);
  /* GIMP takes the tiles when the buffer goes. */
  g_object_unref (shadow);
  gimp_drawable_merge_shadow (drawable, TRUE);
  gimp_drawable_update (drawable, 0, 0, gimp_drawable_width (drawable),
                        gimp_drawable_height (drawable));
}

/* --- Layers --------------------------------------------------------------------------------- */

gint
why_gimp_layer_new (gint image, const gchar *name, const GeglRectangle *place)
{
  gint layer = gimp_layer_new (image, name, place->width, place->height, GIMP_RGBA_IMAGE, 100.0,
                               GIMP_LAYER_MODE_NORMAL);

  if (layer != WHY_NONE)
    gimp_layer_set_offsets (layer, place->x, place->y);
  return layer;
}

gint
why_gimp_layer_group_new (gint image, const gchar *name)
{
  gint group = gimp_layer_group_new (image);

  if (group != WHY_NONE)
    gimp_item_set_name (group, name);
  return group;
}

gint
why_gimp_layer_new_from_visible (gint image, gint other)
{
  return gimp_layer_new_from_visible (image, other, "visible");
}

gboolean
why_gimp_layer_insert (gint image, gint layer, gint group, gint position)
{
  return gimp_image_insert_layer (image, layer, group, position);
}

void
why_gimp_layer_remove (gint image, gint layer)
{
  gimp_image_remove_layer (image, layer);
}

void
why_gimp_layer_activate (gint image, gint layer)
{
  gimp_image_set_active_layer (image, layer);
}

void
why_gimp_layer_set_place (gint layer, const GeglRectangle *place)
{
  gimp_layer_resize (layer, place->width, place->height, 0, 0);
  gimp_layer_set_offsets (layer, place->x, place->y);
}

void
why_gimp_layer_set_blending (gint layer, gdouble opacity, const gchar *mode)
{
  g_autoptr (GTypeClass) modes = g_type_class_ref (GIMP_TYPE_LAYER_MODE);
  const GEnumValue *value = g_enum_get_value_by_nick ((GEnumClass *)modes, mode);

  gimp_layer_set_opacity (layer, opacity);
  gimp_layer_set_mode (layer, value ? (GimpLayerMode)value->value : GIMP_LAYER_MODE_NORMAL);
}

gboolean
why_gimp_layer_get_lock_alpha (gint layer)
{
  return gimp_layer_get_lock_alpha (layer);
}

void
why_gimp_layer_set_lock_alpha (gint layer, gboolean lock)
{
  gimp_layer_set_lock_alpha (layer, lock);
}

gint
why_gimp_layer_get_mask (gint layer)
{
  return gimp_layer_get_mask (layer);
}

gint
why_gimp_layer_new_mask (gint layer)
{
  return gimp_layer_create_mask (layer, GIMP_ADD_MASK_BLACK);
}

gboolean
why_gimp_layer_add_mask (gint layer, gint mask)
{
  return gimp_layer_add_mask (layer, mask);
}

/* --- Channels ------------------------------------------------------------------------------- */

gint
why_gimp_channel_new (gint image, const gchar *name)
{
  const GimpRGB black = { 0.0, 0.0, 0.0, 1.0 };

  return gimp_channel_new (image, name, gimp_image_width (image), gimp_image_height (image), 50.0,
                           &black);
}

gboolean
why_gimp_channel_insert (gint image, gint channel)
{
  return gimp_image_insert_channel (image, channel, WHY_NONE, 0);
}

void
why_gimp_channel_remove (gint image, gint channel)
{
  gimp_image_remove_channel (image, channel);
}

/* --- Progress ------------------------------------------------------------------------------- */

void
why_gimp_show_progress (const gchar *text, gdouble fraction)
{
  if (text)
    gimp_progress_set_text (text);
  gimp_progress_update (fraction);
}

void
why_gimp_message (const gchar *text)
{
  gimp_message (text);
}
