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

struct _WhyAnswers
{
  GHashTable *values; /* name → WhyAnswer */
};

static void
answer_free (gpointer data)
{
  WhyAnswer *answer = data;

  g_free (answer->text);
  g_free (answer->ints);
  g_strfreev (answer->strings);
  g_free (answer->doubles);
  g_free (answer);
}

WhyAnswers *
why_answers_new (void)
{
  WhyAnswers *answers = g_new0 (WhyAnswers, 1);

  answers->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, answer_free);
  return answers;
}

void
why_answers_free (WhyAnswers *answers)
{
  if (!answers)
    return;
  g_hash_table_unref (answers->values);
  g_free (answers);
}

const WhyAnswer *
why_answers_get (const WhyAnswers *answers, const WhyReturn *row)
{
  static const WhyAnswer none = { .number = 0 }, no_layer = { .number = -1 };
  const WhyAnswer *answer = answers ? g_hash_table_lookup (answers->values, row->name) : NULL;

  return answer ? answer : row->type == WHY_RETURN_LAYER ? &no_layer : &none;
}

static WhyAnswer *
renew (WhyAnswers *answers, const gchar *name)
{
  WhyAnswer *answer = g_new0 (WhyAnswer, 1);

  g_hash_table_insert (answers->values, g_strdup (name), answer);
  return answer;
}

void
why_answers_set_number (WhyAnswers *answers, const gchar *name, gdouble value)
{
  renew (answers, name)->number = isfinite (value) ? value : 0.0;
}

void
why_answers_set_text (WhyAnswers *answers, const gchar *name, const gchar *text)
{
  renew (answers, name)->text = g_strdup (text);
}

void
why_answers_set_ints (WhyAnswers *answers, const gchar *name, const gint32 *values, gint n)
{
  WhyAnswer *answer = renew (answers, name);

  answer->n = n;
  answer->ints = g_memdup2 (values, (gsize)n * sizeof *values);
}

void
why_answers_set_strings (WhyAnswers *answers, const gchar *name, const gchar *const *values, gint n)
{
  WhyAnswer *answer = renew (answers, name);

  answer->n = n;
  answer->strings = g_new0 (gchar *, n + 1);
  for (gint i = 0; i < n; i++)
    answer->strings[i] = g_strdup (values[i]);
}

void
why_answers_set_doubles (WhyAnswers *answers, const gchar *name, const gdouble *values, gint n)
{
  WhyAnswer *answer = renew (answers, name);

  answer->n = n;
  answer->doubles = g_new (gdouble, n);
  for (gint i = 0; i < n; i++)
    answer->doubles[i] = isfinite (values[i]) ? values[i] : 0.0;
}

static void
set_classes (WhyAnswers *answers, const WhyReport *report, gint top)
{
  gint n = CLAMP (top, 0, (gint)report->subject->predictions->len);
  g_autofree gint32 *indices = g_new (gint32, n);
  g_autofree const gchar **labels = g_new (const gchar *, n);
  g_autofree gdouble *probabilities = g_new (gdouble, n);

  for (gint i = 0; i < n; i++)
    {
      const WhyPrediction *p = prediction (report, i);

      indices[i] = p->index;
      labels[i] = why_model_get_label_c (report->subject->model, p->index);
      probabilities[i] = p->probability;
    }
  why_answers_set_ints (answers, "indices", indices, n);
  why_answers_set_strings (answers, "labels", labels, n);
  why_answers_set_doubles (answers, "probabilities", probabilities, n);
}

void
why_answers_set_report (WhyAnswers *answers, const WhyReport *report, gint top)
{
  const WhyPrediction *first = explained (report);

  why_answers_set_number (answers, "index", first->index);
  why_answers_set_text (answers, "label",
                        why_model_get_label_c (report->subject->model, first->index));
  why_answers_set_number (answers, "probability", first->probability);
  why_answers_set_number (answers, "residual",
                          report->explanation ? report->explanation->residual : NAN);
  why_answers_set_number (answers, "unsure", report->subject->unsure);
  set_classes (answers, report, top);
}

static void
append_item (GString *text, const WhyReturn *row, const WhyAnswer *answer, gint i)
{
  switch (row->type)
    {
    case WHY_RETURN_INTS:
      g_string_append_printf (text, "%d", answer->ints[i]);
      break;
    case WHY_RETURN_STRINGS:
      g_string_append (text, answer->strings[i]);
      break;
    case WHY_RETURN_DOUBLES:
      g_string_append_printf (text, "%.4g", answer->doubles[i]);
      break;
    case WHY_RETURN_INT:
    case WHY_RETURN_DOUBLE:
      g_string_append_printf (text, "%.4g", answer->number);
      break;
    case WHY_RETURN_STRING:
      g_string_append (text, answer->text ? answer->text : "");
      break;
    case WHY_RETURN_LAYER:
      break;
    }
}

static gboolean
is_array (const WhyReturn *row)
{
  return row->type == WHY_RETURN_INTS || row->type == WHY_RETURN_STRINGS
         || row->type == WHY_RETURN_DOUBLES;
}

/* The i-th of every array as one line; FALSE when all are shorter. */
static gboolean
append_columns (GString *text, const WhyAnswers *answers, const WhyReturn *rows, gint i)
{
  const gchar *gap = "";

  for (; rows->name; rows++)
    {
      const WhyAnswer *answer = why_answers_get (answers, rows);

      if (!is_array (rows) || i >= answer->n)
        continue;
      g_string_append (text, gap);
      append_item (text, rows, answer, i);
      gap = "  ";
    }
  g_string_append (text, *gap ? "\n" : "");
  return *gap != '\0';
}

gchar *
why_answers_to_text (const WhyAnswers *answers, const WhyReturn *rows)
{
  GString *text = g_string_new (NULL);

  for (const WhyReturn *row = rows; row->name; row++)
    if (!is_array (row) && row->type != WHY_RETURN_LAYER)
      {
        /* Translators: what a figure is, and the figure. */
        g_string_append_printf (text, _ ("%s: "), _ (row->nick));
        append_item (text, row, why_answers_get (answers, row), 0);
        g_string_append_c (text, '\n');
      }
  for (gint i = 0; append_columns (text, answers, rows, i); i++)
    ;
  return g_string_free (text, FALSE);
}

gchar *
why_answers_describe_classes (const WhyReport *report, gint top)
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
