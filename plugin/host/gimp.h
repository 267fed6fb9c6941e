/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a GIMP, in the numbers by which both generations know images and items; -1 is
 * none. Each GIMP's folder has the implementation; everything above it is written once.
 */
#pragma once

#include <gegl.h>

G_BEGIN_DECLS

#define WHY_NONE (-1)

/* --- Images --------------------------------------------------------------------------------- */

gboolean why_gimp_image_is_valid (gint image);
void why_gimp_image_get_size (gint image, gint *width, gint *height);
gboolean why_gimp_image_is_rgb (gint image);
gboolean why_gimp_image_is_gray (gint image);
/* The base name of its file, "" where GIMP knows none. (transfer full) */
gchar *why_gimp_image_get_name (gint image);
/* Another image of that size with the same precision, profile and, where it has one, gray. */
gint why_gimp_image_new_like (gint image);
gint why_gimp_image_duplicate (gint image);
/* A file as GIMP reads it, upright; -1 with WHY_ERROR_IMAGE. */
gint why_gimp_image_load (const gchar *path, GError **error);
/* WHY_ERROR_OUTPUT. */
gboolean why_gimp_image_save_xcf (gint image, const gchar *path, GError **error);
void why_gimp_image_delete (gint image);
void why_gimp_image_convert_rgb (gint image);
void why_gimp_image_undo_enable (gint image, gboolean enable);
void why_gimp_image_undo_group_start (gint image);
void why_gimp_image_undo_group_end (gint image);
void why_gimp_image_show (gint image); /* in a window of its own */
void why_gimp_displays_flush (void);
/* FALSE when nothing is selected. */
gboolean why_gimp_image_get_selection (gint image, GeglRectangle *bounds);
/* The selection itself, a drawable to read. */
gint why_gimp_image_get_selection_mask (gint image);
void why_gimp_image_select_nothing (gint image);
/* The selection as a channel that is in the image. */
gint why_gimp_image_save_selection (gint image);
void why_gimp_image_select (gint image, gint channel);

/* --- Items: layers, groups, masks and channels ------------------------------------------------ */

gboolean why_gimp_item_is_valid (gint item);
gboolean why_gimp_item_is_layer (gint item);
gboolean why_gimp_item_is_group (gint item);
gboolean why_gimp_item_is_locked (gint item); /* its pixels must not change */
gint why_gimp_item_get_image (gint item);
/* The image's layers, or those of a group, the topmost first. (element-type gint) (transfer full)
 */
GArray *why_gimp_get_layers (gint image, gint group);
gint why_gimp_item_get_parent (gint item);
gint why_gimp_item_get_position (gint item);
/* A number that is stored with the item, unlike its own. */
gint why_gimp_item_get_tattoo (gint item);
gboolean why_gimp_item_get_visible (gint item);
void why_gimp_item_set_visible (gint item, gboolean visible);
gchar *why_gimp_item_get_name (gint item); /* (transfer full) */
void why_gimp_item_set_name (gint item, const gchar *name);
GBytes *why_gimp_item_get_parasite (gint item, const gchar *name); /* NULL: none (transfer full) */
/* Stored with the image, and undone with it. */
void why_gimp_item_attach_parasite (gint item, const gchar *name, GBytes *bytes);

/* --- Drawables ------------------------------------------------------------------------------ */

GeglBuffer *why_gimp_drawable_get_buffer (gint drawable); /* (transfer full) */
void why_gimp_drawable_get_place (gint drawable, GeglRectangle *place);
/* Replaces all pixels, undoable, but only within the selection. */
void why_gimp_drawable_set_pixels (gint drawable, GeglBuffer *buffer);

/* --- Layers --------------------------------------------------------------------------------- */

/* Of GIMP's own kind for the image, with alpha; not inserted yet. */
gint why_gimp_layer_new (gint image, const gchar *name, const GeglRectangle *place);
gint why_gimp_layer_group_new (gint image, const gchar *name);
/* The projection of image as a layer for another image. */
gint why_gimp_layer_new_from_visible (gint image, gint other);
gboolean why_gimp_layer_insert (gint image, gint layer, gint group, gint position);
void why_gimp_layer_remove (gint image, gint layer);
void why_gimp_layer_activate (gint image, gint layer);
void why_gimp_layer_set_place (gint layer, const GeglRectangle *place);
/* mode: GIMP's nick of it. */
void why_gimp_layer_set_blending (gint layer, gdouble opacity, const gchar *mode);
gboolean why_gimp_layer_get_lock_alpha (gint layer);
void why_gimp_layer_set_lock_alpha (gint layer, gboolean lock);
gint why_gimp_layer_get_mask (gint layer);
gint why_gimp_layer_new_mask (gint layer); /* black, not added yet */
gboolean why_gimp_layer_add_mask (gint layer, gint mask);

/* --- Channels ------------------------------------------------------------------------------- */

gint why_gimp_channel_new (gint image, const gchar *name); /* as large as the image */
gboolean why_gimp_channel_insert (gint image, gint channel);
void why_gimp_channel_remove (gint image, gint channel);

/* --- Progress ------------------------------------------------------------------------------- */

void why_gimp_show_progress (const gchar *text, gdouble fraction);
void why_gimp_message (const gchar *text);

G_END_DECLS
