/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A computation in a worker thread, so that the thread a person looks at never waits: it starts
 * the job, shows its progress, may stop it, and takes the result.
 */
#pragma once

#include "whylayer/progress.h"

G_BEGIN_DECLS

typedef struct _WhyJob WhyJob;

/* Runs in the worker thread; must return NULL with error set when progress told it to stop. */
typedef gpointer (*WhyJobFunc) (gpointer data, WhyProgress *progress, GError **error);

/* Starts at once. data is the caller's and must outlive the job; done (may be NULL) is called in
 * the worker thread when the result is there. */
WhyJob *why_job_start (WhyJobFunc func, gpointer data, GDestroyNotify free_result,
                       void (*done) (gpointer done_data), gpointer done_data);
/* Stops the job, waits for its thread and drops an untaken result. */
void why_job_free (WhyJob *job);

/* Waits at most `milliseconds`; TRUE when the job is finished. */
gboolean why_job_wait (WhyJob *job, gint milliseconds);
void why_job_cancel (WhyJob *job);
/* Fraction 0 … 1, seconds left (-1: not known) and what is being done. text: (transfer full) */
gdouble why_job_get_progress (WhyJob *job, gdouble *remaining, gchar **text);
/* Waits for the end and takes what func returned. (transfer full) */
gpointer why_job_take (WhyJob *job, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyJob, why_job_free)

G_END_DECLS
