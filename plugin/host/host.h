/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a picture editor must offer so that Whylayer can ask about its picture. Each GIMP has an
 * adapter that fills this in; the way from a request to a report is then the same for both.
 */
#pragma once

#include <gegl.h>

#include "session/session.h"

G_BEGIN_DECLS

typedef struct _WhyHost WhyHost;

typedef struct
{
  /* The picture as it is seen, without Whylayer's own layers; its origin is the image's.
   * (transfer full) */
  GeglBuffer *(*get_visible) (WhyHost *host, GError **error);
  /* The active drawable and where its origin lies in the image. (transfer full) */
  GeglBuffer *(*get_drawable) (WhyHost *host, gint *x, gint *y, GError **error);
  /* The selection's bounds in the image; FALSE when nothing is selected. */
  gboolean (*get_selection) (WhyHost *host, GeglRectangle *bounds);
  /* Shows how far a job is; called a few times a second, in the thread that runs the host. */
  void (*show_progress) (WhyHost *host, const gchar *text, gdouble fraction);
} WhyHostClass;

struct _WhyHost
{
  const WhyHostClass *klass;
  WhySession *session;
  gint width, height; /* of the image */
  gchar *image_name;  /* base name, for reports */
};

/* Copies the pixels that the request's region (visible|layer|selection) is about, in the image's
 * geometry; rect: the part asked about. (transfer full) */
WhyPixels *why_host_fetch (WhyHost *host, const gchar *region, WhyRect *rect, GError **error);

/* Only where a part of the visible image lies. */
gboolean why_host_get_part (WhyHost *host, const gchar *region, WhyRect *rect, GError **error);

/* From a request to its report: fetches the pixels, computes in a worker thread and shows
 * progress meanwhile. Nothing is written. (transfer full) */
typedef WhyReport *(*WhyHostQuestion) (WhySession *session, const WhyRequest *request,
                                       WhyPixels *pixels, const WhyRect *region,
                                       WhyProgress *progress, GError **error);
WhyReport *why_host_ask (WhyHost *host, WhyHostQuestion question, const WhyRequest *request,
                         GError **error);

G_END_DECLS
