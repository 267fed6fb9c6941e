/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/** A request's view text, read. */
typedef struct
{
  gboolean has_policy;
  WhyResize policy;
  gint width, height; /* 0: the model's own */
} WhyViewSpec;
gboolean why_view_spec_parse (const gchar *text, WhyViewSpec *spec, GError **error);
const gchar *why_resize_to_string (WhyResize policy);
gboolean why_resize_from_string (const gchar *text, WhyResize *policy);

/* How many maps the request wants averaged. */
gint why_request_get_repeat (const WhyRequest *request);
/* The model's name without "#PRESET", and the preset or NULL. (transfer full) */
gboolean why_request_split_model (const WhyRequest *request, gchar **name, const gchar **preset,
                                  GError **error);

G_END_DECLS
