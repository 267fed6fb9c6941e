/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host.h"

#include <glib/gi18n-lib.h>

#include "gimp.h"
#include "session/job.h"
#include "snapshot.h"

/* How often progress is shown, in milliseconds: each time is a round trip to GIMP. */
#define PROGRESS_INTERVAL 100

void
why_host_init (WhyHost *host, WhySession *session, gint image, gint drawable)
{
  *host = (WhyHost){ .session = session, .image = image, .drawable = drawable };
  why_gimp_image_get_size (image, &host->width, &host->height);
  host->image_name = why_gimp_image_get_name (image);
}

void
why_host_clear (WhyHost *host)
{
  g_clear_pointer (&host->session, why_session_free);
  g_clear_pointer (&host->image_name, g_free);
}

void
why_host_name_report (const WhyHost *host, WhyReport *report)
{
  g_free (report->image);
  report->image = *host->image_name ? g_strdup (host->image_name) : NULL;
}

gboolean
why_host_is_own (gint item)
{
  g_autoptr (GBytes) record = why_gimp_item_get_parasite (item, WHY_PARASITE_JSON);
  g_autoptr (GBytes) legend = why_gimp_item_get_parasite (item, WHY_PARASITE_LEGEND);

  return record || legend;
}

/* --- The picture ---------------------------------------------------------------------------- */

/* Whylayer's own layers that show, groups included. (element-type gint) (transfer full) */
static GArray *
find_own_layers (gint image)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autoptr (GArray) todo = why_gimp_get_layers (image, WHY_NONE);

  while (todo->len > 0)
    {
      gint layer = g_array_index (todo, gint, todo->len - 1);

      g_array_set_size (todo, todo->len - 1);
      if (!why_gimp_item_get_visible (layer))
        continue;
      if (why_host_is_own (layer))
        g_array_append_val (found, layer);
      else if (why_gimp_item_is_group (layer))
        {
          g_autoptr (GArray) children = why_gimp_get_layers (image, layer);

          g_array_append_vals (todo, children->data, children->len);
        }
    }
  return found;
}

/* A private copy of the projection of image. */
static GeglBuffer *
copy_projection (gint image)
{
  gint scratch = why_gimp_image_new_like (image);
  gint layer = why_gimp_layer_new_from_visible (image, scratch);
  GeglBuffer *copy = NULL;

  if (layer != WHY_NONE)
    {
      g_autoptr (GeglBuffer) buffer = NULL;

      why_gimp_layer_insert (scratch, layer, WHY_NONE, 0);
      buffer = why_gimp_drawable_get_buffer (layer);
      copy = gegl_buffer_dup (buffer);
    }
  why_gimp_image_delete (scratch);
  return copy;
}

static GeglBuffer *
copy_visible (const WhyHost *host, GError **error)
{
  g_autoptr (GArray) own = find_own_layers (host->image);
  GeglBuffer *buffer;

  if (own->len > 0)
    {
      gint copy = why_gimp_image_duplicate (host->image);
      g_autoptr (GArray) hidden = find_own_layers (copy);

      for (guint i = 0; i < hidden->len; i++)
        why_gimp_item_set_visible (g_array_index (hidden, gint, i), FALSE);
      buffer = copy_projection (copy);
      why_gimp_image_delete (copy);
    }
  else
    buffer = copy_projection (host->image);

  if (!buffer)
    g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                 _ ("GIMP could not give the visible image; is it still open?"));
  return buffer;
}

/* The active drawable or, where that is a layer of Whylayer's, the picture's layer below it; -1
 * when there is none. */
static gint
find_drawable (const WhyHost *host)
{
  g_autoptr (GArray) siblings = NULL;

  if (!why_gimp_item_is_valid (host->drawable))
    return WHY_NONE;
  if (!why_gimp_item_is_layer (host->drawable) || !why_host_is_own (host->drawable))
    return host->drawable;
  siblings = why_gimp_get_layers (host->image, why_gimp_item_get_parent (host->drawable));
  for (guint i = why_gimp_item_get_position (host->drawable) + 1; i < siblings->len; i++)
    {
      gint layer = g_array_index (siblings, gint, i);

      if (!why_host_is_own (layer))
        return layer;
    }
  return WHY_NONE;
}

static gboolean
clip_to_image (const WhyHost *host, GeglRectangle *rect)
{
  GeglRectangle canvas = { 0, 0, host->width, host->height };

  return gegl_rectangle_intersect (rect, rect, &canvas);
}

static WhySnapshot *
begin_layer (WhyHost *host, GeglRectangle *part, GError **error)
{
  gint drawable = find_drawable (host);
  g_autoptr (GeglBuffer) buffer = NULL;
  GeglRectangle source;

  if (drawable == WHY_NONE)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("there is no active layer of the picture itself: select one, or explain the "
                      "visible image instead"));
      return NULL;
    }
  buffer = why_gimp_drawable_get_buffer (drawable);
  why_gimp_drawable_get_place (drawable, part);
  /* The image's rectangle in the layer's coordinates. */
  source = (GeglRectangle){ -part->x, -part->y, host->width, host->height };
  if (!clip_to_image (host, part))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("the active layer lies outside the image: move it inside, or explain the "
                      "visible image instead"));
      return NULL;
    }
  return why_snapshot_begin (buffer, &source);
}

static WhyPixels *
fetch_visible (WhyHost *host, GError **error)
{
  GeglRectangle canvas = { 0, 0, host->width, host->height };
  g_autoptr (GeglBuffer) buffer = copy_visible (host, error);

  return buffer ? why_snapshot_new (buffer, &canvas) : NULL;
}

/* A part of the visible image. */
static gboolean
find_part (WhyHost *host, const gchar *region, GeglRectangle *part, GError **error)
{
  *part = (GeglRectangle){ 0, 0, host->width, host->height };
  if (!g_str_equal (region, "selection"))
    return TRUE;
  if (why_gimp_image_get_selection (host->image, part) && clip_to_image (host, part))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
               _ ("there is no selection: select the part to explain, or explain the visible "
                  "image instead"));
  return FALSE;
}

static WhyRect
to_rect (const GeglRectangle *part)
{
  return (WhyRect){ part->x, part->y, part->width, part->height };
}

gboolean
why_host_get_part (WhyHost *host, const gchar *region, WhyRect *rect, GError **error)
{
  GeglRectangle part;

  if (!find_part (host, region, &part, error))
    return FALSE;
  *rect = to_rect (&part);
  return TRUE;
}

WhySnapshot *
why_host_begin_layer (WhyHost *host, WhyRect *rect, GError **error)
{
  GeglRectangle part;
  WhySnapshot *snapshot = begin_layer (host, &part, error);

  if (snapshot)
    *rect = to_rect (&part);
  return snapshot;
}

static WhyPixels *
fetch_layer (WhyHost *host, WhyRect *rect, GError **error)
{
  WhySnapshot *snapshot = why_host_begin_layer (host, rect, error);

  while (snapshot && why_snapshot_go_on (snapshot))
    ;
  return snapshot ? why_snapshot_end (snapshot) : NULL;
}

WhyPixels *
why_host_fetch (WhyHost *host, const gchar *region, WhyRect *rect, GError **error)
{
  if (g_str_equal (region, "layer"))
    return fetch_layer (host, rect, error);
  return why_host_get_part (host, region, rect, error) ? fetch_visible (host, error) : NULL;
}

WhyPixels *
why_host_fetch_selection (WhyHost *host, GError **error)
{
  GeglRectangle part, canvas = { 0, 0, host->width, host->height };
  g_autoptr (GeglBuffer) buffer = NULL;

  if (!find_part (host, "selection", &part, error))
    return NULL;
  buffer = why_gimp_drawable_get_buffer (why_gimp_image_get_selection_mask (host->image));
  return why_snapshot_new (buffer, &canvas);
}

WhyStored *
why_host_get_stored (WhyHost *host, GError **error)
{
  g_autoptr (GBytes) record = why_gimp_item_get_parasite (host->drawable, WHY_PARASITE_JSON);
  g_autoptr (GBytes) map = why_gimp_item_get_parasite (host->drawable, WHY_PARASITE_MAP);
  gsize size;

  if (!record)
    return NULL;
  if (!map)
    map = g_bytes_new (NULL, 0);
  /* The end of the text is stored too. */
  size = g_bytes_get_size (record);
  if (size > 0 && ((const gchar *)g_bytes_get_data (record, NULL))[size - 1] == '\0')
    {
      GBytes *text = g_bytes_new_from_bytes (record, 0, size - 1);

      g_bytes_unref (record);
      record = text;
    }
  return why_stored_parse (record, map, error);
}

WhyStored *
why_host_need_stored (WhyHost *host, GError **error)
{
  g_autoptr (GError) cause = NULL;
  WhyStored *stored = why_host_get_stored (host, &cause);

  if (cause)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (!stored)
    g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                 _ ("the active layer is none of Whylayer's: select one that Explain "
                    "Classification wrote"));
  return stored;
}

/* --- Asking --------------------------------------------------------------------------------- */

typedef struct
{
  WhyHostTask task;
  gpointer data;
  WhySession *session;
  WhyPixels *pixels;
  WhyRect region;
} Work;

static gpointer
run_task (gpointer data, WhyProgress *progress, GError **error)
{
  Work *work = data;

  return work->task (work->session, work->pixels, &work->region, work->data, progress, error);
}

gpointer
why_host_work (WhyHost *host, const gchar *region, WhyHostTask task, gpointer data,
               GDestroyNotify free_result, GError **error)
{
  Work work = { task, data, host->session, NULL, { 0 } };
  g_autoptr (WhyPixels) pixels = why_host_fetch (host, region, &work.region, error);
  g_autoptr (WhyJob) job = NULL;

  if (!pixels)
    return NULL;
  work.pixels = pixels;
  job = why_job_start (run_task, &work, free_result, NULL, NULL);
  while (!why_job_wait (job, PROGRESS_INTERVAL))
    {
      g_autofree gchar *text = NULL;
      gdouble fraction = why_job_get_progress (job, NULL, &text);

      why_gimp_show_progress (text, fraction);
    }
  return why_job_take (job, error);
}

typedef struct
{
  WhyHostQuestion question;
  const WhyRequest *request;
} Asked;

static gpointer
answer (WhySession *session, WhyPixels *pixels, const WhyRect *region, gpointer data,
        WhyProgress *progress, GError **error)
{
  const Asked *asked = data;

  return asked->question (session, asked->request, pixels, region, progress, error);
}

WhyReport *
why_host_ask (WhyHost *host, WhyHostQuestion question, const WhyRequest *request, GError **error)
{
  Asked asked = { question, request };
  WhyReport *report = why_host_work (host, why_request_get (request, "region"), answer, &asked,
                                     (GDestroyNotify)why_report_free, error);

  if (report)
    why_host_name_report (host, report);
  return report;
}
