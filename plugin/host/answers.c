/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "session/dialog-presets.h"
#include "session/models.h"

static const WhyPrediction *
prediction (const WhyReport *report, gint i)
{
  return &g_array_index (report->subject->predictions, WhyPrediction, i);
}

/* The prediction for the class that was explained; the first one after a plain classification. */
static const WhyPrediction *
explained (const WhyReport *report)
{
  if (report->explanation)
    for (guint i = 0; i < report->subject->predictions->len; i++)
      if (prediction (report, i)->index == report->explanation->target.index)
        return prediction (report, i);
  return prediction (report, 0);
}

WhyAnswers *
why_answers_new (const WhyReport *report, gint top)
{
  WhyAnswers *answers = g_new0 (WhyAnswers, 1);
  const WhyPrediction *first = explained (report);

  answers->index = first->index;
  answers->label = g_strdup (why_model_get_label_c (report->subject->model, first->index));
  answers->probability = first->probability;
  if (report->explanation && isfinite (report->explanation->residual))
    answers->residual = report->explanation->residual;
  answers->unsure = report->subject->unsure;

  answers->n = CLAMP (top, 0, (gint)report->subject->predictions->len);
  answers->indices = g_new (gint32, answers->n);
  answers->labels = g_new0 (gchar *, answers->n + 1);
  answers->probabilities = g_new (gdouble, answers->n);
  for (gint i = 0; i < answers->n; i++)
    {
      const WhyPrediction *p = prediction (report, i);

      answers->indices[i] = p->index;
      answers->labels[i] = g_strdup (why_model_get_label_c (report->subject->model, p->index));
      answers->probabilities[i] = p->probability;
    }
  return answers;
}

void
why_answers_free (WhyAnswers *answers)
{
  if (!answers)
    return;
  g_free (answers->label);
  g_free (answers->indices);
  g_strfreev (answers->labels);
  g_free (answers->probabilities);
  g_free (answers);
}

gdouble
why_answers_get_number (const WhyAnswers *answers, const gchar *name)
{
  if (strcmp (name, "index") == 0)
    return answers->index;
  if (strcmp (name, "probability") == 0)
    return answers->probability;
  if (strcmp (name, "residual") == 0)
    return answers->residual;
  if (strcmp (name, "unsure") == 0)
    return answers->unsure;
  g_return_val_if_reached (0.0);
}

gchar *
why_answers_to_text (const WhyReport *report, gint top)
{
  GString *text = g_string_new (NULL);

  if (report->subject->unsure)
    g_string_append_printf (text, "%s\n\n",
                            _ ("The model is not sure that any of its classes is there."));
  for (gint i = 0; i < MIN (top, (gint)report->subject->predictions->len); i++)
    {
      const WhyPrediction *p = prediction (report, i);

      /* Translators: a class label and its probability. */
      g_string_append_printf (text, _ ("%s: %.1f %%"),
                              why_model_get_label (report->subject->model, p->index),
                              100.0 * p->probability);
      g_string_append_c (text, '\n');
    }
  g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}

gboolean
why_answers_is_callers_fault (const GError *error)
{
  return g_error_matches (error, WHY_ERROR, WHY_ERROR_ARGUMENT)
         || g_error_matches (error, WHY_ERROR, WHY_ERROR_LABEL)
         || g_error_matches (error, WHY_ERROR, WHY_ERROR_NODE);
}

WhyRequest *
why_answers_request (const WhyParams *arguments)
{
  WhyRequest *request = why_request_new ();

  why_request_set_params (request, arguments);
  return request;
}

/* Both GIMPs share the last settings, as they share presets. */
#define LAST "gimp"

void
why_answers_follow_last (WhyRequest *request)
{
  g_autoptr (WhyPresets) presets = why_presets_load (NULL);

  why_presets_get_last (presets, LAST, request);
}

void
why_answers_keep_last (const WhyRequest *request)
{
  g_autoptr (WhyPresets) presets = why_presets_load (NULL);
  g_autoptr (GError) error = NULL;

  /* Losing them is no reason to lose the result. */
  if (!why_presets_set_last (presets, LAST, request, &error))
    g_message ("%s", error->message);
  g_clear_error (&error);
  if (!why_models_remember (request, &error))
    g_message ("%s", error->message);
}
