/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-in-whylayer-check */
#include "host/gimp.h"
#include "host/procedures.h"

/** What is measured about one map. */
typedef struct
{
  const WhyRequest *request;
  GPtrArray *measures;
  WhyPixels *mask; /* the selection, or NULL */
  gboolean controls;
} Check;

static gpointer
run_check (WhySession *session, WhyPixels *pixels, const WhyRect *region, gpointer data,
           WhyProgress *progress, GError **error)
{
  const Check *check = data;
  g_autoptr (WhyReport) report = NULL;
  g_autoptr (WhyTensor) mask = NULL;
  gboolean done;

  why_progress_push (progress, 0.0, 0.2);
  report = why_session_explain (session, check->request, pixels, region, progress, error);
  why_progress_pop (progress);
  if (!report)
    return NULL;
  if (check->mask && !(mask = why_report_sample_mask (report, check->mask, error)))
    return NULL;
  why_progress_push (progress, 0.2, 1.0);
  done = why_session_check (session, report, check->measures, mask, check->controls, progress,
                            error);
  why_progress_pop (progress);
  return done ? g_steal_pointer (&report) : NULL;
}

static void
set_checks (WhyCall *call, const WhyReport *report)
{
  gint n = (gint)report->checks->len;
  g_autofree const gchar **ids = g_new (const gchar *, n);
  g_autofree gdouble *values = g_new (gdouble, n);
  g_autofree gdouble *random = g_new (gdouble, n);
  g_autofree gint32 *flagged = g_new (gint32, n);

  for (gint i = 0; i < n; i++)
    {
      const WhyCheck *check = g_ptr_array_index (report->checks, i);

      ids[i] = why_metric_get_id (check->metric);
      values[i] = check->value;
      random[i] = check->random;
      flagged[i] = check->flagged;
    }
  why_answers_set_strings (call->answers, "metrics", ids, n);
  why_answers_set_doubles (call->answers, "values", values, n);
  why_answers_set_doubles (call->answers, "random", random, n);
  why_answers_set_ints (call->answers, "flagged", flagged, n);
}

gboolean
why_call_check (WhyCall *call, GError **error)
{
  g_auto (GStrv) texts = why_call_split (call, "metrics");
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  g_autoptr (WhyPixels) mask = request ? why_host_fetch_selection (&call->host, NULL) : NULL;
  g_autoptr (GPtrArray) measures
      = request ? why_measures_parse ((const gchar *const *)texts, mask != NULL, error) : NULL;
  Check check = { request, measures, mask, why_params_get_bool (call->arguments, "controls") };
  g_autoptr (WhyReport) report = NULL;

  if (!measures)
    return FALSE;
  report = why_host_work (&call->host, why_request_get (request, "region"), run_check, &check,
                          (GDestroyNotify)why_report_free, error);
  if (!report)
    return FALSE;
  why_answers_set_report (call->answers, report, 0);
  set_checks (call, report);
  if (call->interactive)
    {
      g_autofree gchar *text = why_answers_to_text (call->answers, call->row->returns);

      why_gimp_message (text);
    }
  return TRUE;
}
