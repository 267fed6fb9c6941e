/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "explainer.h"

G_BEGIN_DECLS

/** WhyMetric: one row of the metric table; core/metrics/metric.h has the rest. */
typedef struct _WhyMetric WhyMetric;

const WhyMetric *why_metric_lookup (const gchar *id, GError **error);
const WhyMetric *const *why_metrics (gsize *n);
const gchar *why_metric_get_id (const WhyMetric *metric);
const gchar *why_metric_get_name (const WhyMetric *metric);
const gchar *why_metric_get_blurb (const WhyMetric *metric);
const gchar *why_metric_get_citation (const WhyMetric *metric);
const WhyParam *why_metric_get_params (const WhyMetric *metric);
gboolean why_metric_higher_is_better (const WhyMetric *metric);
gboolean why_metric_needs_mask (const WhyMetric *metric); /* the person's selection */

/** WhyCheck: a metric's figure for the map and for maps that know nothing, on the same picture. */
typedef struct
{
  const WhyMetric *metric;
  gdouble value, standard_error; /* NAN when there is none */
  gdouble random, centre,
      edges;        /* a random map, a centred blob, an edge detector; NAN if undefined */
  gboolean flagged; /* the map fails the check */
  gint64 elapsed_ms;
  GHashTable *details; /* name → g_free()d gdouble* */
} WhyCheck;
void why_check_free (WhyCheck *check);

/* mask: [H,W] of the input, 0…1, or NULL. controls: measure the maps that know nothing too, which
 * takes four times as long. WHY_ERROR_METHOD_UNSUITED when the metric is not defined for this map.
 */
WhyCheck *why_metric_check (const WhyMetric *metric, const WhyParams *params,
                            WhyExplainer *explainer, const WhyReal *input,
                            const WhyExplanation *explanation, const WhyTensor *mask,
                            gboolean controls, WhyProgress *progress, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyCheck, why_check_free)

G_END_DECLS
