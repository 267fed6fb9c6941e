/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host/gimp.h in libgimp 3. */
#include "host/gimp.h"

#include <glib/gi18n-lib.h>
#include <libgimp/gimp.h>

#include "whylayer/error.h"

#define IMAGE(id) (gimp_image_get_by_id (id))
#define ITEM(id) (gimp_item_get_by_id (id))
#define DRAWABLE(id) (gimp_drawable_get_by_id (id))
#define LAYER(id) (gimp_layer_get_by_id (id))
#define CHANNEL(id) (gimp_channel_get_by_id (id))

/* item: a GimpItem of any kind, or NULL. */
static gint
id_of (gpointer item)
{
  return item ? gimp_item_get_id (GIMP_ITEM (item)) : WHY_NONE;
}

/* --- Images --------------------------------------------------------------------------------- */

gboolean
why_gimp_image_is_valid (gint image)
{
  return gimp_image_id_is_valid (image);
}

void
why_gimp_image_get_size (gint image, gint *width, gint *height)
{
  *width = gimp_image_get_width (IMAGE (image));
  *height = gimp_image_get_height (IMAGE (image));
}

gboolean
why_gimp_image_is_rgb (gint image)
{
  return gimp_image_get_base_type (IMAGE (image)) == GIMP_RGB;
}

gboolean
why_gimp_image_is_gray (gint image)
{
  return gimp_image_get_base_type (IMAGE (image)) == GIMP_GRAY;
}

/* gimp_image_get_name() is for people: translated, with remarks. A picture that a script loaded has
 * no file at all. */
gchar *
why_gimp_image_get_name (gint image)
{
  GFile *file = gimp_image_get_xcf_file (IMAGE (image));

  if (!file)
    file = gimp_image_get_imported_file (IMAGE (image));
  if (!file)
    file = gimp_image_get_exported_file (IMAGE (image));
  return file ? g_file_get_basename (file) : g_strdup ("");
}

gint
why_gimp_image_new_like (gint id)
{
  GimpImage *image = IMAGE (id);
  GimpImage *other = gimp_image_new_with_precision (
      gimp_image_get_width (image), gimp_image_get_height (image),
      why_gimp_image_is_gray (id) ? GIMP_GRAY : GIMP_RGB, gimp_image_get_precision (image));
  GimpColorProfile *profile = gimp_image_get_color_profile (image);

  gimp_image_undo_disable (other);
  if (profile)
    {
      gimp_image_set_color_profile (other, profile);
      g_object_unref (profile);
    }
  return gimp_image_get_id (other);
}

gint
why_gimp_image_duplicate (gint image)
{
  GimpImage *copy = gimp_image_duplicate (IMAGE (image));

  return copy ? gimp_image_get_id (copy) : WHY_NONE;
}

gint
why_gimp_image_load (const gchar *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GimpImage *image = gimp_file_load (GIMP_RUN_NONINTERACTIVE, file);

  if (!image)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE, _ ("GIMP cannot read it: %s"),
                   gimp_pdb_get_last_error (gimp_get_pdb ()));
      return WHY_NONE;
    }
  gimp_image_undo_disable (image);
  gimp_image_policy_rotate (image, FALSE);
  return gimp_image_get_id (image);
}

gboolean
why_gimp_image_save_xcf (gint image, const gchar *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (gimp_file_save (GIMP_RUN_NONINTERACTIVE, IMAGE (image), file, NULL))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("GIMP cannot write it: %s"),
               gimp_pdb_get_last_error (gimp_get_pdb ()));
  return FALSE;
}

void
why_gimp_image_delete (gint image)
{
  gimp_image_delete (IMAGE (image));
}

void
why_gimp_image_convert_rgb (gint image)
{
  gimp_image_convert_rgb (IMAGE (image));
}

void
why_gimp_image_undo_enable (gint image, gboolean enable)
{
  if (enable)
    gimp_image_undo_enable (IMAGE (image));
  else
    gimp_image_undo_disable (IMAGE (image));
}

void
why_gimp_image_undo_group_start (gint image)
{
  gimp_image_undo_group_start (IMAGE (image));
}

void
why_gimp_image_undo_group_end (gint image)
{
  gimp_image_undo_group_end (IMAGE (image));
}

void
why_gimp_image_show (gint image)
{
  gimp_display_new (IMAGE (image));
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

  if (!gimp_selection_bounds (IMAGE (image), &some, &x1, &y1, &x2, &y2) || !some)
    return FALSE;
  *bounds = (GeglRectangle){ x1, y1, x2 - x1, y2 - y1 };
  return TRUE;
}

gint
why_gimp_image_get_selection_mask (gint image)
{
  return id_of (gimp_image_get_selection (IMAGE (image)));
}

void
why_gimp_image_select_nothing (gint image)
{
  gimp_selection_none (IMAGE (image));
}

gint
why_gimp_image_save_selection (gint image)
{
  return id_of (gimp_selection_save (IMAGE (image)));
}

void
why_gimp_image_select (gint image, gint channel)
{
  gimp_image_select_item (IMAGE (image), GIMP_CHANNEL_OP_REPLACE, ITEM (channel));
}

/* --- Items ---------------------------------------------------------------------------------- */

gboolean
why_gimp_item_is_valid (gint item)
{
  return gimp_item_id_is_valid (item);
}

gboolean
why_gimp_item_is_layer (gint item)
{
  return gimp_item_id_is_layer (item);
}

gboolean
why_gimp_item_is_group (gint item)
{
  return gimp_item_is_group (ITEM (item));
}

gboolean
why_gimp_item_is_locked (gint item)
{
  return gimp_item_get_lock_content (ITEM (item));
}

gint
why_gimp_item_get_image (gint item)
{
  return gimp_image_get_id (gimp_item_get_image (ITEM (item)));
}

GArray *
why_gimp_get_layers (gint image, gint group)
{
  g_autofree GimpItem **items = group == WHY_NONE
                                    ? (GimpItem **)gimp_image_get_layers (IMAGE (image))
                                    : gimp_item_get_children (ITEM (group));
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint i = 0; items[i]; i++)
    {
      gint id = id_of (items[i]);

      g_array_append_val (layers, id);
    }
  return layers;
}

gint
why_gimp_item_get_parent (gint item)
{
  return id_of (gimp_item_get_parent (ITEM (item)));
}

gint
why_gimp_item_get_position (gint item)
{
  return gimp_image_get_item_position (gimp_item_get_image (ITEM (item)), ITEM (item));
}

gint
why_gimp_item_get_tattoo (gint item)
{
  return (gint)gimp_item_get_tattoo (ITEM (item));
}

gboolean
why_gimp_item_get_visible (gint item)
{
  return gimp_item_get_visible (ITEM (item));
}

void
why_gimp_item_set_visible (gint item, gboolean visible)
{
  gimp_item_set_visible (ITEM (item), visible);
}

gchar *
why_gimp_item_get_name (gint item)
{
  return gimp_item_get_name (ITEM (item));
}

void
why_gimp_item_set_name (gint item, const gchar *name)
{
  gimp_item_set_name (ITEM (item), name);
}

GBytes *
why_gimp_item_get_parasite (gint item, const gchar *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (ITEM (item), name);
  gconstpointer data;
  guint32 size;
  GBytes *bytes;

  if (!parasite)
    return NULL;
  data = gimp_parasite_get_data (parasite, &size);
  bytes = g_bytes_new (data, size);
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

  gimp_item_attach_parasite (ITEM (item), parasite);
  gimp_parasite_free (parasite);
}

/* --- Drawables ------------------------------------------------------------------------------ */

GeglBuffer *
why_gimp_drawable_get_buffer (gint drawable)
{
  return gimp_drawable_get_buffer (DRAWABLE (drawable));
}

void
why_gimp_drawable_get_place (gint drawable, GeglRectangle *place)
{
  gimp_drawable_get_offsets (DRAWABLE (drawable), &place->x, &place->y);
  place->width = gimp_drawable_get_width (DRAWABLE (drawable));
  place->height = gimp_drawable_get_height (DRAWABLE (drawable));
}

void
why_gimp_drawable_set_pixels (gint id, GeglBuffer *buffer)
{
  GimpDrawable *drawable = DRAWABLE (id);
  GeglBuffer *shadow = gimp_drawable_get_shadow_buffer (drawable);

  gegl_buffer_copy (buffer, NULL, GEGL_ABYSS_NONE, shadow, NULL);
  /* GIMP takes the tiles when the buffer goes. */
  g_object_unref (shadow);
  gimp_drawable_merge_shadow (drawable, TRUE);
  gimp_drawable_update (drawable, 0, 0, gimp_drawable_get_width (drawable),
                        gimp_drawable_get_height (drawable));
}

/* --- Layers --------------------------------------------------------------------------------- */

gint
why_gimp_layer_new (gint image, const gchar *name, const GeglRectangle *place)
{
  GimpLayer *layer = gimp_layer_new (IMAGE (image), name, place->width, place->height,
                                     GIMP_RGBA_IMAGE, 100.0, GIMP_LAYER_MODE_NORMAL);

  if (layer)
    gimp_layer_set_offsets (layer, place->x, place->y);
  return id_of (layer);
}

gint
why_gimp_layer_group_new (gint image, const gchar *name)
{
  return id_of (gimp_group_layer_new (IMAGE (image), name));
}

gint
why_gimp_layer_new_from_visible (gint image, gint other)
{
  return id_of (gimp_layer_new_from_visible (IMAGE (image), IMAGE (other), "visible"));
}

gboolean
why_gimp_layer_insert (gint image, gint layer, gint group, gint position)
{
  return gimp_image_insert_layer (IMAGE (image), LAYER (layer),
                                  group == WHY_NONE ? NULL : LAYER (group), position);
}

void
why_gimp_layer_remove (gint image, gint layer)
{
  gimp_image_remove_layer (IMAGE (image), LAYER (layer));
}

void
why_gimp_layer_activate (gint image, gint layer)
{
  const GimpLayer *layers[] = { LAYER (layer), NULL };

  gimp_image_set_selected_layers (IMAGE (image), layers);
}

void
why_gimp_layer_set_place (gint layer, const GeglRectangle *place)
{
  gimp_layer_resize (LAYER (layer), place->width, place->height, 0, 0);
  gimp_layer_set_offsets (LAYER (layer), place->x, place->y);
}

void
why_gimp_layer_set_blending (gint layer, gdouble opacity, const gchar *mode)
{
  g_autoptr (GEnumClass) modes = g_type_class_ref (GIMP_TYPE_LAYER_MODE);
  const GEnumValue *value = g_enum_get_value_by_nick (modes, mode);

  gimp_layer_set_opacity (LAYER (layer), opacity);
  gimp_layer_set_mode (LAYER (layer), value ? (GimpLayerMode)value->value : GIMP_LAYER_MODE_NORMAL);
}

gboolean
why_gimp_layer_get_lock_alpha (gint layer)
{
  return gimp_layer_get_lock_alpha (LAYER (layer));
}

void
why_gimp_layer_set_lock_alpha (gint layer, gboolean lock)
{
  gimp_layer_set_lock_alpha (LAYER (layer), lock);
}

gint
why_gimp_layer_get_mask (gint layer)
{
  return id_of (gimp_layer_get_mask (LAYER (layer)));
}

gint
why_gimp_layer_new_mask (gint layer)
{
  return id_of (gimp_layer_create_mask (LAYER (layer), GIMP_ADD_MASK_BLACK));
}

gboolean
why_gimp_layer_add_mask (gint layer, gint mask)
{
  return gimp_layer_add_mask (LAYER (layer), gimp_layer_mask_get_by_id (mask));
}

/* --- Channels ------------------------------------------------------------------------------- */

gint
why_gimp_channel_new (gint id, const gchar *name)
{
  GimpImage *image = IMAGE (id);
  GeglColor *black = gegl_color_new ("black");
  gint channel = id_of (gimp_channel_new (image, name, gimp_image_get_width (image),
                                          gimp_image_get_height (image), 50.0, black));

  g_object_unref (black);
  return channel;
}

gboolean
why_gimp_channel_insert (gint image, gint channel)
{
  return gimp_image_insert_channel (IMAGE (image), CHANNEL (channel), NULL, 0);
}

void
why_gimp_channel_remove (gint image, gint channel)
{
  gimp_image_remove_channel (IMAGE (image), CHANNEL (channel));
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
