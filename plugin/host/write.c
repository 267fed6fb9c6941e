/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a report to a layer, mask, selection, channel or new image. Whatever is written is filled
 * and complete before it is inserted, and the insertion is the only thing that is undone.
 */
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
  why_item_blend (item, layer);
  buffer = why_gimp_drawable_get_buffer (layer);
  why_strips_draw (&item->drawing, buffer);
  why_item_attach (item, layer);
  return layer;
}

/* A map's layer and its legend, if it has one; not in the image yet. */
typedef struct
{
  gint map, legend;
} Layers;

static Layers
new_layers (gint image, const WhyReport *report)
{
  g_auto (WhyItem) item = { .name = NULL };
  Layers layers = { WHY_NONE, WHY_NONE };

  why_item_init_report (&item, report);
  layers.map = new_layer (image, &item);
  if (layers.map != WHY_NONE && why_legend_is_wanted (&item))
    layers.legend = why_legend_new (image, layers.map, &item);
  return layers;
}

/* The map last, so that it becomes the active layer. */
static gboolean
insert_layers (gint image, const Layers *layers, gint group)
{
  if (layers->legend != WHY_NONE && !why_gimp_layer_insert (image, layers->legend, group, 0))
    return FALSE;
  return layers->map != WHY_NONE
         && why_gimp_layer_insert (image, layers->map, group, layers->legend != WHY_NONE);
}

/* The report's layers, for a group one pair for each class: the report's own first and the others
 * hidden, for maps over each other say nothing. (element-type Layers) (transfer full) */
static GArray *
new_all_layers (gint image, const WhyReport *report)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Layers));
  Layers layers = new_layers (image, report);

  g_array_append_val (all, layers);
  for (guint i = 0; report->others && i < report->others->len; i++)
    {
      layers = new_layers (image, report->others->pdata[i]);
      if (layers.map != WHY_NONE)
        why_gimp_item_set_visible (layers.map, FALSE);
      if (layers.legend != WHY_NONE)
        why_gimp_item_set_visible (layers.legend, FALSE);
      g_array_append_val (all, layers);
    }
  return all;
}

static gchar *
group_name (const WhyReport *report)
{
  /* Translators: a layer group's name: how many classes, attribution method. */
  return g_strdup_printf (_ ("Why: %d classes (%s)"), (gint)report->others->len + 1,
                          _ (why_method_get_name (report->explanation->method)));
}

/* The group lets the modes of its layers through to the picture. */
static gboolean
insert_group (gint image, const WhyReport *report, const GArray *layers)
{
  g_autofree gchar *name = group_name (report);
  gint group = why_gimp_layer_group_new (image, name);
  gboolean done = group != WHY_NONE && why_gimp_layer_insert (image, group, WHY_NONE, 0);

  if (!done)
    return FALSE;
  why_gimp_layer_set_blending (group, 100.0, "pass-through");
  for (gint i = (gint)layers->len - 1; i >= 0 && done; i--)
    done = insert_layers (image, &g_array_index (layers, Layers, i), group);
  if (!done)
    why_gimp_layer_remove (image, group);
  return done;
}

/* Adds the report's layer or group to the image, which is made RGB first if need be; one undo. */
static gboolean
write_layers (gint image, const WhyReport *report, gint *layer, GError **error)
{
  gboolean is_rgb = why_gimp_image_is_rgb (image);
  g_autoptr (GArray) layers = is_rgb ? new_all_layers (image, report) : NULL;
  gboolean done;

  why_gimp_image_undo_group_start (image);
  if (!is_rgb)
    {
      /* Before, GIMP 3 makes no layers with colours for it. */
      why_gimp_image_convert_rgb (image);
      layers = new_all_layers (image, report);
    }
  *layer = g_array_index (layers, Layers, 0).map;
  done = report->others ? insert_group (image, report, layers)
                        : insert_layers (image, &g_array_index (layers, Layers, 0), WHY_NONE);
  why_gimp_image_undo_group_end (image);
  if (done)
    return TRUE;
  *layer = WHY_NONE;
  return fail (error, _ ("GIMP could not add the layer; is the image still open?"));
}

/* The image with the map above it, as a new RGB image: what is asked for, or the way of an image
 * whose own mode has no colours and shall stay. */
static gboolean
write_image (gint image, const WhyReport *report, gint *layer, GError **error)
{
  gint copy = why_gimp_image_duplicate (image);

  if (copy == WHY_NONE)
    return fail (error, _ ("GIMP could not copy the image; is it still open?"));
  why_gimp_image_undo_enable (copy, FALSE);
  if (!write_layers (copy, report, layer, error))
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
  why_item_attach (item, mask);
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
  why_item_attach (item, channel);
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
why_item_write_evidence (const WhyItem *item, const WhyHost *host, gint layer, const gchar *output,
                         GError **error)
{
  if (g_str_equal (output, "mask"))
    return write_mask (layer, item, error);
  if (g_str_equal (output, "channel"))
    return write_channel (host, item, error);
  return write_selection (host, item, error);
}

gboolean
why_host_write (WhyHost *host, const WhyReport *report, gint *layer, GError **error)
{
  g_auto (WhyItem) item = { .name = NULL };
  WhyOutputSpec output;

  *layer = WHY_NONE;
  if (!why_gimp_image_is_valid (host->image))
    return fail (error, _ ("The image was closed meanwhile; there is nothing to write to."));
  if (!why_output_spec_parse (why_request_get (report->request, "output"), &output, error))
    return FALSE;
  why_item_init_report (&item, report);
  if (g_str_equal (output.kind, "mask") || g_str_equal (output.kind, "channel")
      || g_str_equal (output.kind, "selection"))
    return why_item_write_evidence (&item, host, host->drawable, output.kind, error);
  if (g_str_equal (output.kind, "image")
      || !(why_gimp_image_is_rgb (host->image) || output.convert))
    return write_image (host->image, report, layer, error);
  return write_layers (host->image, report, layer, error);
}

void
why_host_show (WhyHost *host, gint layer)
{
  gint image = layer == WHY_NONE ? host->image : why_gimp_item_get_image (layer);

  if (image != host->image)
    why_gimp_image_show (image);
  why_gimp_displays_flush ();
}
