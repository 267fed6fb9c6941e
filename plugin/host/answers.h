/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What procedures return, and the sentences that people read. */
#pragma once

#include "session/arguments.h"
#include "session/session.h"

G_BEGIN_DECLS

/** One returned value; which field holds it follows from its row's WhyReturnType. */
typedef struct
{
  gdouble number; /* WHY_RETURN_INT, WHY_RETURN_DOUBLE, and the layer's number (-1: none) */
  gchar *text;
  gint n; /* length of the array */
  gint32 *ints;
  gchar **strings; /* ends with NULL */
  gdouble *doubles;
} WhyAnswer;

/** WhyAnswers: the returned values by the names of their WhyReturn rows. */
typedef struct _WhyAnswers WhyAnswers;
WhyAnswers *why_answers_new (void);
void why_answers_free (WhyAnswers *answers);
/* An empty one when nothing was set. (transfer none) */
const WhyAnswer *why_answers_get (const WhyAnswers *answers, const WhyReturn *row);

/* For all setters: what was set before under that name goes; NAN becomes 0, which GIMP can hold. */
void why_answers_set_number (WhyAnswers *answers, const gchar *name, gdouble value);
void why_answers_set_text (WhyAnswers *answers, const gchar *name, const gchar *text);
/* They take copies of n values. */
void why_answers_set_ints (WhyAnswers *answers, const gchar *name, const gint32 *values, gint n);
void why_answers_set_strings (WhyAnswers *answers, const gchar *name, const gchar *const *values,
                              gint n);
void why_answers_set_doubles (WhyAnswers *answers, const gchar *name, const gdouble *values,
                              gint n);
/* index, label, probability, residual and unsure of a report; indices, labels and probabilities of
 * its first classes, `top` at most. Labels are in C, for scripts. */
void why_answers_set_report (WhyAnswers *answers, const WhyReport *report, gint top);

/* "Label: goldfish", one returned value a line, for a person; arrays side by side. (transfer full)
 */
gchar *why_answers_to_text (const WhyAnswers *answers, const WhyReturn *rows);
/* "goldfish 93 %", one class a line, in the person's language; says so when the model is unsure.
 * (transfer full) */
gchar *why_answers_describe_classes (const WhyReport *report, gint top);

/* Whether the fault lies in the arguments, and the caller is the one to mend it. */
gboolean why_answers_is_callers_fault (const GError *error);

/* The request that a procedure's arguments make. (transfer full) */
WhyRequest *why_answers_request (const WhyParams *arguments);
/* The settings that the person last used in the dialog, instead of the defaults. */
void why_answers_follow_last (WhyRequest *request);
void why_answers_keep_last (const WhyRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyAnswers, why_answers_free)

G_END_DECLS
