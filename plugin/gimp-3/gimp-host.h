/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GIMP 3's picture as a WhyHost, and the way a report gets into it. */
#pragma once

#include <libgimp/gimp.h>

#include "host/host.h"

G_BEGIN_DECLS

typedef struct
{
  WhyHost parent;
  GimpImage *image;
  GimpDrawable *drawable;
} WhyGimpHost;

/* session: (transfer full) */
void why_gimp_host_init (WhyGimpHost *host, WhySession *session, GimpImage *image,
                         GimpDrawable *drawable);
void why_gimp_host_clear (WhyGimpHost *host);

/* Writes the report where output (layer|mask|selection|channel|image) says, undone in one step.
 * layer: the new layer, or NULL when there is none. (transfer none) On any error the image is as
 * it was. */
gboolean why_gimp_host_write (WhyGimpHost *host, const WhyReport *report, const gchar *output,
                              GimpLayer **layer, GError **error);

G_END_DECLS
