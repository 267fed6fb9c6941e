/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report as the values that procedures return and the sentences that people read. */
#pragma once

#include "session/arguments.h"
#include "session/session.h"

G_BEGIN_DECLS

/** The values behind the rows of WhyReturn, by their names. Labels are in C, for scripts. */
typedef struct
{
  gint index; /* of the class that was explained, or the first one */
  gchar *label;
  gdouble probability, residual;
  gboolean unsure;
  gint n; /* length of the arrays */
  gint32 *indices;
  gchar **labels; /* ends with NULL */
  gdouble *probabilities;
} WhyAnswers;

/* top: how many classes the arrays hold at most. */
WhyAnswers *why_answers_new (const WhyReport *report, gint top);
void why_answers_free (WhyAnswers *answers);
/* "index", "probability", "residual" or "unsure". */
gdouble why_answers_get_number (const WhyAnswers *answers, const gchar *name);

/* "goldfish 93 %", one class a line, in the person's language; says so when the model is unsure.
 * (transfer full) */
gchar *why_answers_to_text (const WhyReport *report, gint top);

/* Whether the fault lies in the arguments, and the caller is the one to mend it. */
gboolean why_answers_is_callers_fault (const GError *error);

/* The request that a procedure's arguments make. (transfer full) */
WhyRequest *why_answers_request (const WhyParams *arguments);
/* The settings that the person last used in the dialog, instead of the defaults. */
void why_answers_follow_last (WhyRequest *request);
void why_answers_keep_last (const WhyRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyAnswers, why_answers_free)

G_END_DECLS
