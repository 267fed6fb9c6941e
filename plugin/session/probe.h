/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change to the picture does to the answer. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/** What covering a part of the picture does to the probability of a class. */
typedef struct
{
  gint index; /* of the class */
  gchar *label;
  gdouble whole, without, only; /* its probability: nothing covered, the part, all but the part */
  gdouble area;                 /* the part's share of what the network sees, 0…1 */
} WhyProbe;
void why_probe_free (WhyProbe *probe);

/* part: a picture of the same size, white where the part is. fill: what covers, a baseline's id.
 * Errors: as why_session_classify(). (transfer full) */
WhyProbe *why_session_probe (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                             const WhyRect *region, WhyPixels *part, const gchar *fill,
                             GError **error);

/* The score that the request asks about, of another picture; target: its class and score. */
gboolean why_session_resolve (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                              const WhyRect *region, WhyTarget *target, GError **error);
gboolean why_session_score (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                            const WhyRect *region, const WhyTarget *target, gdouble *score,
                            GError **error);
/* Exact Shapley values of n ≤ WHY_MAX_PARTS players from the scores of all 2ⁿ coalitions, in the
 * order of their bit patterns. */
void why_session_shapley (const gdouble *scores, gint n, gdouble *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyProbe, why_probe_free)

G_END_DECLS
