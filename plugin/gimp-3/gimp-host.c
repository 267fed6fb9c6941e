/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gimp-host.h"

#include <glib/gi18n-lib.h>

static GList *
list_children (GimpItem **items)
{
  GList *list = NULL;

  for (gint i = 0; items[i]; i++)
    list = g_list_prepend (list, items[i]);
  g_free (items);
  return list;
}

static gboolean
is_ours (GimpItem *item)
{
  GimpParasite *parasite = gimp_item_get_parasite (item, WHY_PARASITE_JSON);

  if (!parasite)
    return FALSE;
  gimp_parasite_free (parasite);
  return TRUE;
}

/* Whylayer's own layers that show, groups included. (transfer container) */
static GList *
find_own_layers (GimpImage *image)
{
  GList *found = NULL;
  GList *todo = list_children ((GimpItem **)gimp_image_get_layers (image));

  while (todo)
    {
      GimpItem *item = todo->data;

      todo = g_list_delete_link (todo, todo);
      if (!gimp_item_get_visible (item))
        continue;
      if (is_ours (item))
        found = g_list_prepend (found, item);
      else if (gimp_item_is_group (item))
        todo = g_list_concat (list_children (gimp_item_get_children (item)), todo);
    }
  return found;
}

/* An image that is only a place for the projection: same precision and profile, so that nothing
 * is converted on the way. */
static GimpImage *
new_scratch (GimpImage *image)
{
  GimpImageBaseType type = gimp_image_get_base_type (image) == GIMP_GRAY ? GIMP_GRAY : GIMP_RGB;
  GimpImage *scratch
      = gimp_image_new_with_precision (gimp_image_get_width (image), gimp_image_get_height (image),
                                       type, gimp_image_get_precision (image));
  GimpColorProfile *profile = gimp_image_get_color_profile (image);

  gimp_image_undo_disable (scratch);
  if (profile)
    {
      gimp_image_set_color_profile (scratch, profile);
      g_object_unref (profile);
    }
  return scratch;
}

/* A private copy of the projection of image. */
static GeglBuffer *
copy_projection (GimpImage *image)
{
  GimpImage *scratch = new_scratch (image);
  GimpLayer *layer = gimp_layer_new_from_visible (image, scratch, "visible");
  GeglBuffer *copy = NULL;

  if (layer)
    {
      g_autoptr (GeglBuffer) buffer = NULL;

      gimp_image_insert_layer (scratch, layer, NULL, 0);
      buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (layer));
      copy = gegl_buffer_dup (buffer);
    }
  gimp_image_delete (scratch);
  return copy;
}

static GeglBuffer *
get_visible (WhyHost *base, GError **error)
{
  WhyGimpHost *host = (WhyGimpHost *)base;
  GList *own = find_own_layers (host->image);
  GeglBuffer *buffer;

  if (own)
    {
      GimpImage *copy = gimp_image_duplicate (host->image);
      g_autoptr (GList) hidden = find_own_layers (copy);

      g_list_free (own);
      for (GList *l = hidden; l; l = l->next)
        gimp_item_set_visible (l->data, FALSE);
      buffer = copy_projection (copy);
      gimp_image_delete (copy);
    }
  else
    buffer = copy_projection (host->image);

  if (!buffer)
    g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                 _ ("GIMP could not give the visible image; is it still open?"));
  return buffer;
}

static GeglBuffer *
get_drawable (WhyHost *base, gint *x, gint *y, GError **error)
{
  WhyGimpHost *host = (WhyGimpHost *)base;
  GeglBuffer *buffer = NULL;

  if (gimp_item_is_valid (GIMP_ITEM (host->drawable))
      && gimp_drawable_get_offsets (host->drawable, x, y))
    buffer = gimp_drawable_get_buffer (host->drawable);
  if (!buffer)
    g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                 _ ("GIMP could not give the layer; is it still there?"));
  return buffer;
}

static gboolean
get_selection (WhyHost *base, GeglRectangle *bounds)
{
  WhyGimpHost *host = (WhyGimpHost *)base;
  gboolean some = FALSE;
  gint x1, y1, x2, y2;

  if (!gimp_selection_bounds (host->image, &some, &x1, &y1, &x2, &y2) || !some)
    return FALSE;
  *bounds = (GeglRectangle){ x1, y1, x2 - x1, y2 - y1 };
  return TRUE;
}

static void
show_progress (WhyHost *base, const gchar *text, gdouble fraction)
{
  if (text)
    gimp_progress_set_text (text);
  gimp_progress_update (fraction);
}

static const WhyHostClass gimp_host_class = {
  get_visible,
  get_drawable,
  get_selection,
  show_progress,
};

/* The picture's base name: that of its file, which for a picture that is no XCF is the imported
 * one; gimp_image_get_name() calls those untitled. (transfer full) */
static gchar *
find_name (GimpImage *image)
{
  GFile *file = gimp_image_get_xcf_file (image);
  g_autofree gchar *name = NULL;

  if (!file)
    file = gimp_image_get_imported_file (image);
  if (file)
    return g_file_get_basename (file);
  name = gimp_image_get_name (image);
  return g_path_get_basename (name ? name : "");
}

void
why_gimp_host_init (WhyGimpHost *host, WhySession *session, GimpImage *image,
                    GimpDrawable *drawable)
{
  host->parent.klass = &gimp_host_class;
  host->parent.session = session;
  host->parent.width = gimp_image_get_width (image);
  host->parent.height = gimp_image_get_height (image);
  host->parent.image_name = find_name (image);
  host->image = image;
  host->drawable = drawable;
}

void
why_gimp_host_clear (WhyGimpHost *host)
{
  g_clear_pointer (&host->parent.session, why_session_free);
  g_clear_pointer (&host->parent.image_name, g_free);
}
