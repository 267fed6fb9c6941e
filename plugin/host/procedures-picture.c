/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Procedures that ask about one picture. */
#include <string.h>

#include "host/gimp.h"
#include "host/procedures.h"
#include "session/evidence.h"
#include "session/probe.h"

static void
say (const WhyCall *call, gchar *text)
{
  if (call->interactive)
    why_gimp_message (text);
  g_free (text);
}

static void
say_answers (const WhyCall *call)
{
  say (call, why_answers_to_text (call->answers, call->row->returns));
}

gboolean
why_call_classify (WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  gint top = (gint)why_params_get_int (call->arguments, "top");
  g_autoptr (WhyReport) report
      = request ? why_host_ask (&call->host, why_session_classify, request, error) : NULL;

  if (!report)
    return FALSE;
  why_answers_set_report (call->answers, report, top);
  say (call, why_answers_describe_classes (report, top));
  return TRUE;
}

gboolean
why_call_finish_explain (WhyCall *call, const WhyReport *report, gboolean update, GError **error)
{
  gint layer = call->host.drawable;

  if (!(update ? why_host_update (&call->host, report, error)
               : why_host_write (&call->host, report, &layer, error)))
    return FALSE;
  why_answers_set_report (call->answers, report, 0);
  why_answers_set_number (call->answers, "layer", layer);
  if (call->interactive)
    why_host_show (&call->host, layer);
  return TRUE;
}

gboolean
why_call_explain_by_method (WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  g_autoptr (WhyReport) report
      = request ? why_host_ask (&call->host, why_session_explain, request, error) : NULL;

  return report && why_call_finish_explain (call, report, FALSE, error);
}

gboolean
why_call_restyle (WhyCall *call, GError **error)
{
  gint drawable = call->host.drawable;

  if (!why_host_restyle (&call->host, why_params_get_string (call->arguments, "style"), error))
    return FALSE;
  if (why_gimp_item_is_layer (drawable))
    why_answers_set_number (call->answers, "layer", drawable);
  if (call->interactive)
    why_host_show (&call->host, drawable);
  return TRUE;
}

/* The selected share of the image. */
static gdouble
measure_selection (WhyHost *host)
{
  g_autoptr (WhyPixels) pixels = why_host_fetch_selection (host, NULL);
  g_autofree gfloat *row = g_new (gfloat, 3 * (gsize)host->width);
  gdouble sum = 0;

  for (gint y = 0; pixels && y < host->height; y++)
    {
      static const gdouble black[3] = { 0, 0, 0 };

      why_pixels_read_rgb (pixels, y, 1, black, row, NULL);
      for (gint x = 0; x < host->width; x++)
        sum += row[3 * x];
    }
  return sum / ((gdouble)host->width * host->height);
}

gboolean
why_call_select (WhyCall *call, GError **error)
{
  const gchar *output = why_params_get_choice (call->arguments, "output");

  if (!why_host_select (&call->host, why_params_get_double (call->arguments, "share"),
                        why_params_get_choice (call->arguments, "sign"), output, error))
    return FALSE;
  if (strcmp (output, "selection") == 0)
    why_answers_set_number (call->answers, "area", measure_selection (&call->host));
  if (call->interactive)
    why_host_show (&call->host, WHY_NONE);
  return TRUE;
}

/** A question about a selection. */
typedef struct
{
  const WhyRequest *request;
  WhyPixels *part;
  const gchar *fill;
} Cover;

static gpointer
probe_part (WhySession *session, WhyPixels *pixels, const WhyRect *region, gpointer data,
            WhyProgress *progress, GError **error)
{
  const Cover *cover = data;

  return why_session_probe (session, cover->request, pixels, region, cover->part, cover->fill,
                            error);
}

gboolean
why_call_test_selection (WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  g_autoptr (WhyPixels) part = request ? why_host_fetch_selection (&call->host, error) : NULL;
  Cover cover = { request, part, why_params_get_choice (call->arguments, "fill") };
  g_autoptr (WhyProbe) probe = part ? why_host_work (&call->host, "visible", probe_part, &cover,
                                                     (GDestroyNotify)why_probe_free, error)
                                    : NULL;

  if (!probe)
    return FALSE;
  why_answers_set_number (call->answers, "index", probe->index);
  why_answers_set_text (call->answers, "label", probe->label);
  why_answers_set_number (call->answers, "probability", probe->whole);
  why_answers_set_number (call->answers, "without", probe->without);
  why_answers_set_number (call->answers, "only", probe->only);
  why_answers_set_number (call->answers, "area", probe->area);
  say_answers (call);
  return TRUE;
}

/* The question of a stored layer, about the class that it answered. */
static WhyRequest *
ask_again (const WhyStored *stored)
{
  WhyRequest *request = why_request_copy (stored->request);
  gint target = why_stored_get_target (stored);
  g_autofree gchar *text = target >= 0 ? g_strdup_printf ("%d", target) : NULL;

  why_request_set (request, "target", text);
  why_request_set (request, "output", "layer"); /* one map, whatever was written then */
  return request;
}

gboolean
why_call_compare (WhyCall *call, GError **error)
{
  g_autoptr (WhyStored) stored = why_host_need_stored (&call->host, error);
  g_autoptr (WhyRequest) request = stored ? ask_again (stored) : NULL;
  g_autoptr (WhyReport) report
      = request ? why_host_ask (&call->host, why_session_explain, request, error) : NULL;
  const WhyPrediction *top;

  if (!report)
    return FALSE;
  top = &g_array_index (report->subject->predictions, WhyPrediction, 0);
  why_answers_set_report (call->answers, report, 0);
  why_answers_set_number (call->answers, "before",
                          why_stored_get_probability (stored, why_stored_get_target (stored)));
  why_answers_set_number (
      call->answers, "agreement",
      why_evidence_agreement (stored->cells, &stored->view, report->cells, &report->subject->view));
  why_answers_set_number (call->answers, "top", top->index);
  why_answers_set_text (call->answers, "top-label",
                        why_model_get_label_c (report->subject->model, top->index));
  say_answers (call);
  return TRUE;
}
