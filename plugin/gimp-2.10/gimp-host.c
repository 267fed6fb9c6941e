/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gimp-host.h"

#include <glib/gi18n-lib.h>

static gboolean
is_ours (gint32 item)
{
  GimpParasite *parasite = gimp_item_get_parasite (item, WHY_PARASITE_JSON);

  if (!parasite)
    return FALSE;
  gimp_parasite_free (parasite);
  return TRUE;
}

/* Whylayer's own layers that show, groups included. (element-type gint32) (transfer full) */
static GArray *
find_own_layers (gint32 image)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (gint32));
  gint n;
  g_autofree gint32 *layers = gimp_image_get_layers (image, &n);

  g_array_append_vals (todo, layers, n);
  while (todo->len > 0)
    {
      gint32 item = g_array_index (todo, gint32, todo->len - 1);

      g_array_set_size (todo, todo->len - 1);
      if (!gimp_item_get_visible (item))
        continue;
      if (is_ours (item))
        g_array_append_val (found, item);
      else if (gimp_item_is_group (item))
        {
          g_autofree gint32 *children = gimp_item_get_children (item, &n);

          g_array_append_vals (todo, children, n);
        }
    }
  return found;
}

/* An image that is only a place for the projection: same precision and profile, so that nothing
 * is converted on the way. */
static gint32
new_scratch (gint32 image)
{
  GimpImageBaseType type = gimp_image_base_type (image) == GIMP_GRAY ? GIMP_GRAY : GIMP_RGB;
  gint32 scratch = gimp_image_new_with_precision (
      gimp_image_width (image), gimp_image_height (image), type, gimp_image_get_precision (image));
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
copy_projection (gint32 image)
{
  gint32 scratch = new_scratch (image);
  gint32 layer = gimp_layer_new_from_visible (image, scratch, "visible");
  GeglBuffer *copy = NULL;

  if (layer != -1)
    {
      g_autoptr (GeglBuffer) buffer = NULL;

      gimp_image_insert_layer (scratch, layer, -1, 0);
      buffer = gimp_drawable_get_buffer (layer);
      copy = gegl_buffer_dup (buffer);
    }
  gimp_image_delete (scratch);
  return copy;
}

static GeglBuffer *
get_visible (WhyHost *base, GError **error)
{
  WhyGimpHost *host = (WhyGimpHost *)base;
  g_autoptr (GArray) own = find_own_layers (host->image);
  GeglBuffer *buffer;

  if (own->len > 0)
    {
      gint32 copy = gimp_image_duplicate (host->image);
      g_autoptr (GArray) hidden = find_own_layers (copy);

      for (guint i = 0; i < hidden->len; i++)
        gimp_item_set_visible (g_array_index (hidden, gint32, i), FALSE);
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

  if (gimp_item_is_valid (host->drawable) && gimp_drawable_offsets (host->drawable, x, y))
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

void
why_gimp_host_init (WhyGimpHost *host, WhySession *session, gint32 image, gint32 drawable)
{
  g_autofree gchar *name = gimp_image_get_name (image);

  host->parent.klass = &gimp_host_class;
  host->parent.session = session;
  host->parent.width = gimp_image_width (image);
  host->parent.height = gimp_image_height (image);
  host->parent.image_name = g_path_get_basename (name ? name : "");
  host->image = image;
  host->drawable = drawable;
}

void
why_gimp_host_clear (WhyGimpHost *host)
{
  g_clear_pointer (&host->parent.session, why_session_free);
  g_clear_pointer (&host->parent.image_name, g_free);
}
