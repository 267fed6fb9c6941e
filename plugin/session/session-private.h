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

/* The request's target, against and score about a picture. WHY_ERROR_LABEL, WHY_ERROR_ARGUMENT. */
gboolean why_request_resolve_target (const WhyRequest *request, const WhySubject *subject,
                                     const WhyMethod *method, WhyTarget *target, GError **error);

/* The explainer for a model at an input size. (transfer none) */
WhyExplainer *why_session_get_explainer (WhySession *session, WhyModel *model, gint width,
                                         gint height, GError **error);
/* What the model sees of a part of the picture. (transfer full) */
WhySubject *why_session_get_subject (WhySession *session, const WhyRequest *request,
                                     WhyPixels *pixels, const WhyRect *region,
                                     WhyProgress *progress, GError **error);
/* Samples and normalises a view; everything of a subject but the classification. (transfer full) */
WhySubject *why_subject_sample (WhyModel *model, const WhyView *view, WhyPixels *pixels,
                                WhyProgress *progress, GError **error);

/* Replaces the explanation by the mean of n maps with their standard error: over seeds when the
 * method is random, otherwise over jittered crops. question: as the first map was asked. */
gboolean why_session_repeat (WhySession *session, WhyReport *report, const WhyQuestion *question,
                             WhyPixels *pixels, gint n, WhyProgress *progress, GError **error);

G_END_DECLS
