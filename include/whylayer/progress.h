/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WhyProgress: how a long computation tells how far it is, and how it is told to stop.
 *
 * The computing thread calls why_progress_set() at every batch; any thread may read the fraction
 * or cancel. The callback runs in the computing thread.
 */
typedef struct _WhyProgress WhyProgress;
typedef void (*WhyProgressFunc) (gdouble fraction, const gchar *text, gpointer user_data);

WhyProgress *why_progress_new (WhyProgressFunc func, gpointer user_data); /* func may be NULL */
WhyProgress *why_progress_ref (WhyProgress *progress);
void why_progress_unref (WhyProgress *progress);

/* Everything between push and pop is reported as the part from..to of the whole. */
void why_progress_push (WhyProgress *progress, gdouble from, gdouble to);
/* Everything until pop stays at the fraction reported last and can only be cancelled: for steps too
 * small to show. */
void why_progress_hold (WhyProgress *progress);
void why_progress_pop (WhyProgress *progress);
void why_progress_set_text (WhyProgress *progress, const gchar *text); /* translated */

/* Reports fraction (0 … 1); returns FALSE with WHY_ERROR_CANCELLED when told to stop.
 * A NULL progress is allowed and never cancels. */
gboolean why_progress_set (WhyProgress *progress, gdouble fraction, GError **error);

void why_progress_cancel (WhyProgress *progress); /* from any thread */
gboolean why_progress_is_cancelled (WhyProgress *progress);
gdouble why_progress_get_fraction (WhyProgress *progress);
/* Seconds left by the rate so far, or -1 while that is not known. */
gdouble why_progress_get_remaining (WhyProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyProgress, why_progress_unref)

G_END_DECLS
