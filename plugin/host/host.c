/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host.h"

#include <glib/gi18n-lib.h>

#include "session/job.h"
#include "snapshot.h"

/* How often progress is shown, in milliseconds: each time is a round trip to GIMP. */
#define PROGRESS_INTERVAL 100

static gboolean
clip_to_image (const WhyHost *host, GeglRectangle *rect)
{
  GeglRectangle canvas = { 0, 0, host->width, host->height };

  return gegl_rectangle_intersect (rect, rect, &canvas);
}

static WhyPixels *
fetch_layer (WhyHost *host, GeglRectangle *part, GError **error)
{
  g_autoptr (GeglBuffer) buffer = host->klass->get_drawable (host, &part->x, &part->y, error);
  GeglRectangle source;

  if (!buffer)
    return NULL;
  /* The image's rectangle in the layer's coordinates. */
  source = (GeglRectangle){ -part->x, -part->y, host->width, host->height };
  part->width = gegl_buffer_get_width (buffer);
  part->height = gegl_buffer_get_height (buffer);
  if (!clip_to_image (host, part))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("the active layer lies outside the image: move it inside, or explain the "
                      "visible image instead"));
      return NULL;
    }
  return why_snapshot_new (buffer, &source);
}

static WhyPixels *
fetch_visible (WhyHost *host, GError **error)
{
  GeglRectangle canvas = { 0, 0, host->width, host->height };
  g_autoptr (GeglBuffer) buffer = host->klass->get_visible (host, error);

  return buffer ? why_snapshot_new (buffer, &canvas) : NULL;
}

/* A part of the visible image. */
static gboolean
find_part (WhyHost *host, const gchar *region, GeglRectangle *part, GError **error)
{
  *part = (GeglRectangle){ 0, 0, host->width, host->height };
  if (!g_str_equal (region, "selection"))
    return TRUE;
  if (host->klass->get_selection (host, part) && clip_to_image (host, part))
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

WhyPixels *
why_host_fetch (WhyHost *host, const gchar *region, WhyRect *rect, GError **error)
{
  GeglRectangle part;
  WhyPixels *pixels = NULL;

  if (g_str_equal (region, "layer"))
    pixels = fetch_layer (host, &part, error);
  else if (find_part (host, region, &part, error))
    pixels = fetch_visible (host, error);
  if (pixels)
    *rect = to_rect (&part);
  return pixels;
}

typedef struct
{
  WhyHostQuestion question;
  WhySession *session;
  const WhyRequest *request;
  WhyPixels *pixels;
  WhyRect region;
} Asked;

static gpointer
answer (gpointer data, WhyProgress *progress, GError **error)
{
  Asked *asked = data;

  return asked->question (asked->session, asked->request, asked->pixels, &asked->region, progress,
                          error);
}

WhyReport *
why_host_ask (WhyHost *host, WhyHostQuestion question, const WhyRequest *request, GError **error)
{
  Asked asked = { question, host->session, request };
  g_autoptr (WhyPixels) pixels = NULL;
  g_autoptr (WhyJob) job = NULL;
  WhyReport *report;

  pixels = asked.pixels
      = why_host_fetch (host, why_request_get (request, "region"), &asked.region, error);
  if (!pixels)
    return NULL;

  job = why_job_start (answer, &asked, (GDestroyNotify)why_report_free, NULL, NULL);
  while (!why_job_wait (job, PROGRESS_INTERVAL))
    {
      g_autofree gchar *text = NULL;
      gdouble fraction = why_job_get_progress (job, NULL, &text);

      host->klass->show_progress (host, text, fraction);
    }
  report = why_job_take (job, error);
  if (report)
    {
      g_free (report->image);
      report->image = g_strdup (host->image_name);
    }
  return report;
}
