/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/probe.h"

#include "methods/coalition.h"
#include "session/session-private.h"

void
why_probe_free (WhyProbe *probe)
{
  if (!probe)
    return;
  g_free (probe->label);
  g_free (probe);
}

gboolean
why_session_resolve (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                     const WhyRect *region, WhyTarget *target, GError **error)
{
  const WhyMethod *method = why_method_lookup (why_request_get (request, "method"), error);
  g_autoptr (WhySubject) subject
      = method ? why_session_get_subject (session, request, pixels, region, NULL, error) : NULL;

  return subject && why_request_resolve_target (request, subject, method, target, error);
}

gboolean
why_session_score (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                   const WhyRect *region, const WhyTarget *target, gdouble *score, GError **error)
{
  g_autoptr (WhySubject) subject
      = why_session_get_subject (session, request, pixels, region, NULL, error);

  if (subject)
    *score = why_target_score (target, subject->model, subject->logits->real);
  return subject != NULL;
}

void
why_session_shapley (const gdouble *scores, gint n, gdouble *values)
{
  why_shapley_exact (scores, n, values);
}

/* The input with fill where mask is 1 (or, with rest, where it is 0). */
static void
cover (const WhySubject *subject, const WhyTensor *mask, const WhyReal *fill, gboolean rest,
       WhyReal *covered)
{
  gint64 n = why_tensor_numel (subject->input), plane = why_tensor_numel (mask);

  for (gint64 i = 0; i < n; i++)
    {
      WhyReal part = mask->real[i % plane], share = rest ? 1 - part : part;

      covered[i] = share * fill[i] + (1 - share) * subject->input->real[i];
    }
}

static gboolean
measure (WhyExplainer *explainer, const WhySubject *subject, const WhyReal *input, gint index,
         gdouble *probability, GError **error)
{
  gint n = why_model_get_n_classes (subject->model);
  g_autofree WhyReal *logits = g_new (WhyReal, n);
  g_autofree gdouble *probabilities = g_new (gdouble, n);

  if (!why_explainer_classify (explainer, input, logits, error))
    return FALSE;
  why_probabilities (subject->model, logits, probabilities);
  *probability = probabilities[index];
  return TRUE;
}

static gboolean
measure_all (WhyProbe *probe, WhyExplainer *explainer, const WhySubject *subject,
             const WhyTensor *mask, const gchar *fill, GError **error)
{
  const WhyReal *input = subject->input->real;
  WhyTask task = { .explainer = explainer,
                   .model = subject->model,
                   .channels = (gint)subject->input->shape.dims[0],
                   .height = subject->view.input_height,
                   .width = subject->view.input_width,
                   .n_classes = why_model_get_n_classes (subject->model),
                   .x = input };
  gint64 n = why_tensor_numel (subject->input);
  g_autofree WhyReal *filled = g_new (WhyReal, n);
  g_autofree WhyReal *covered = g_new (WhyReal, n);

  why_task_baseline (&task, fill, 0, filled);
  if (!measure (explainer, subject, input, probe->index, &probe->whole, error))
    return FALSE;
  cover (subject, mask, filled, FALSE, covered);
  if (!measure (explainer, subject, covered, probe->index, &probe->without, error))
    return FALSE;
  cover (subject, mask, filled, TRUE, covered);
  return measure (explainer, subject, covered, probe->index, &probe->only, error);
}

static gdouble
mean (const WhyTensor *mask)
{
  gint64 n = why_tensor_numel (mask);
  gdouble sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += (gdouble)mask->real[i];
  return sum / (gdouble)n;
}

WhyProbe *
why_session_probe (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                   const WhyRect *region, WhyPixels *part, const gchar *fill, GError **error)
{
  g_autoptr (WhyReport) report
      = why_session_classify (session, request, pixels, region, NULL, error);
  g_autoptr (WhyTensor) mask = report ? why_report_sample_mask (report, part, error) : NULL;
  g_autoptr (WhyProbe) probe = g_new0 (WhyProbe, 1);
  WhyExplainer *explainer;
  WhyTarget target;

  if (!mask || !why_session_resolve (session, request, pixels, region, &target, error))
    return NULL;
  explainer = why_session_get_explainer (session, report->subject->model,
                                         report->subject->view.input_width,
                                         report->subject->view.input_height, error);
  if (!explainer)
    return NULL;
  probe->index = target.index;
  probe->label = g_strdup (why_model_get_label_c (report->subject->model, target.index));
  probe->area = mean (mask);
  return measure_all (probe, explainer, report->subject, mask, fill, error)
             ? g_steal_pointer (&probe)
             : NULL;
}
