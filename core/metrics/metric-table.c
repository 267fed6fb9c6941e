/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every metric, in the order in which a person sees them. */
#include <glib/gi18n-lib.h>

#include "metrics/metric.h"

#define WHY_METRIC_ROWS(ROW)                                                                       \
  ROW (deletion)                                                                                   \
  ROW (insertion)                                                                                  \
  ROW (average_drop)                                                                               \
  ROW (average_increase)                                                                           \
  ROW (road)                                                                                       \
  ROW (infidelity)                                                                                 \
  ROW (sensitivity_n)                                                                              \
  ROW (max_sensitivity)                                                                            \
  ROW (parameter_randomisation)                                                                    \
  ROW (completeness)                                                                               \
  ROW (pointing_game)                                                                              \
  ROW (relevance_mass)

#define DECLARE(name) extern const WhyMetric why_metric_##name;
WHY_METRIC_ROWS (DECLARE)
#undef DECLARE

#define POINT(name) &why_metric_##name,
static const WhyMetric *const metric_table[] = { WHY_METRIC_ROWS (POINT) NULL };
#undef POINT

const WhyMetric *const *
why_metric_table (gsize *n)
{
  *n = G_N_ELEMENTS (metric_table) - 1;
  return metric_table;
}

const WhyMetric *const *
why_metrics (gsize *n)
{
  return why_metric_table (n);
}

const WhyMetric *
why_metric_lookup (const gchar *id, GError **error)
{
  const gchar *ids[G_N_ELEMENTS (metric_table)] = { NULL };
  g_autofree gchar *all = NULL;
  const gchar *nearest;

  for (gsize i = 0; metric_table[i]; i++)
    {
      ids[i] = metric_table[i]->id;
      if (g_str_equal (id, ids[i]))
        return metric_table[i];
    }
  all = g_strjoinv (", ", (gchar **)ids);
  nearest = why_nearest_word (id, ids);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("no metric '%s': did you mean %s? There are %s"), id, nearest, all);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("no metric '%s': there are %s"), id, all);
  return NULL;
}

const gchar *
why_metric_get_id (const WhyMetric *metric)
{
  return metric->id;
}

const gchar *
why_metric_get_name (const WhyMetric *metric)
{
  return metric->name;
}

const gchar *
why_metric_get_blurb (const WhyMetric *metric)
{
  return metric->blurb;
}

const gchar *
why_metric_get_citation (const WhyMetric *metric)
{
  return metric->citation;
}

const WhyParam *
why_metric_get_params (const WhyMetric *metric)
{
  return metric->params;
}

gboolean
why_metric_higher_is_better (const WhyMetric *metric)
{
  return metric->higher_is_better;
}

gboolean
why_metric_needs_mask (const WhyMetric *metric)
{
  return metric->needs_mask;
}

void
why_check_free (WhyCheck *check)
{
  if (!check)
    return;
  g_clear_pointer (&check->details, g_hash_table_unref);
  g_free (check);
}
