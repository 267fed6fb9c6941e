/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One picture of a GIMP, and the way from a request about it to a report and back into it. Written
 * once for both GIMPs over host/gimp.h.
 */
#pragma once

#include <gegl.h>

#include "host/snapshot.h"
#include "session/session.h"

G_BEGIN_DECLS

typedef struct
{
  WhySession *session;
  gint image, drawable; /* as in host/gimp.h; the active drawable */
  gint width, height;   /* of the image */
  gchar *image_name;    /* base name, for reports; "" when not known */
} WhyHost;

/* session: (transfer full) */
void why_host_init (WhyHost *host, WhySession *session, gint image, gint drawable);
void why_host_clear (WhyHost *host);

/* Names the picture in the report by its file. */
void why_host_name_report (const WhyHost *host, WhyReport *report);

/* Whether the item is one that Whylayer drew. */
gboolean why_host_is_own (gint item);

/* Copies the pixels that the request's region (visible|layer|selection) is about, without what
 * Whylayer drew, in the image's geometry; rect: the part asked about. (transfer full) */
WhyPixels *why_host_fetch (WhyHost *host, const gchar *region, WhyRect *rect, GError **error);

/* Begins to copy the active layer so, where a main loop is to be kept alive. (transfer full) */
WhySnapshot *why_host_begin_layer (WhyHost *host, WhyRect *rect, GError **error);

/* Only where a part of the visible image lies. */
gboolean why_host_get_part (WhyHost *host, const gchar *region, WhyRect *rect, GError **error);

/* What the active drawable remembers of how Whylayer made it; NULL without error when it is none of
 * Whylayer's. WHY_ERROR_PARASITE. (transfer full) */
WhyStored *why_host_get_stored (WhyHost *host, GError **error);
/* The same, but to be none of Whylayer's is WHY_ERROR_IMAGE. (transfer full) */
WhyStored *why_host_need_stored (WhyHost *host, GError **error);

/* Fetches the pixels, runs task in a worker thread and shows progress meanwhile; what the task
 * returns. (transfer full) */
typedef gpointer (*WhyHostTask) (WhySession *session, WhyPixels *pixels, const WhyRect *region,
                                 gpointer data, WhyProgress *progress, GError **error);
gpointer why_host_work (WhyHost *host, const gchar *region, WhyHostTask task, gpointer data,
                        GDestroyNotify free_result, GError **error);

/* From a request to its report: fetches the pixels, computes in a worker thread and shows
 * progress meanwhile. Nothing is written. (transfer full) */
typedef WhyReport *(*WhyHostQuestion) (WhySession *session, const WhyRequest *request,
                                       WhyPixels *pixels, const WhyRect *region,
                                       WhyProgress *progress, GError **error);
WhyReport *why_host_ask (WhyHost *host, WhyHostQuestion question, const WhyRequest *request,
                         GError **error);

/* Writes the report where its request's output (layer|mask|selection|channel|image) says, undone in
 * one step. layer: the new layer, or -1 when there is none. On any error the image is as it was. */
gboolean why_host_write (WhyHost *host, const WhyReport *report, gint *layer, GError **error);
/* Draws the active drawable, one of Whylayer's, anew in its place, undone in one step: from a
 * report with another map, or from what it remembers with changes ("NAME=VALUE;…") to its style. */
gboolean why_host_update (WhyHost *host, const WhyReport *report, GError **error);
gboolean why_host_restyle (WhyHost *host, const gchar *changes, GError **error);
/* Puts what the active drawable, one of Whylayer's, shows as evidence into the selection, a channel
 * or the mask of the layer below, undone in one step. share: only the strongest part of what the
 * network saw, in percent, with a sharp edge; 0: all, soft. sign: of the style's, or "". */
gboolean why_host_select (WhyHost *host, gdouble share, const gchar *sign, const gchar *output,
                          GError **error);
/* The selection as a picture of the image's size, white where all is selected; WHY_ERROR_IMAGE when
 * there is none. (transfer full) */
WhyPixels *why_host_fetch_selection (WhyHost *host, GError **error);
/* Lets a person see what was written; layer: -1 when that is no layer. */
void why_host_show (WhyHost *host, gint layer);

G_END_DECLS
