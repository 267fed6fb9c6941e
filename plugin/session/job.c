/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

struct _WhyJob
{
  WhyJobFunc func;
  gpointer data;
  GDestroyNotify free_result;
  void (*done) (gpointer done_data);
  gpointer done_data;

  GThread *thread;
  WhyProgress *progress;

  GMutex lock; /* guards the rest */
  GCond finished_cond;
  gboolean finished;
  gchar *text;
  gpointer result;
  GError *error;
};

/* In the worker thread. */
static void
remember_text (gdouble fraction, const gchar *text, gpointer user_data)
{
  WhyJob *job = user_data;

  g_mutex_lock (&job->lock);
  if (g_strcmp0 (job->text, text) != 0)
    {
      g_free (job->text);
      job->text = g_strdup (text);
    }
  g_mutex_unlock (&job->lock);
}

static gpointer
work (gpointer user_data)
{
  WhyJob *job = user_data;
  g_autoptr (GError) error = NULL;
  gpointer result = job->func (job->data, job->progress, &error);

  g_mutex_lock (&job->lock);
  job->result = result;
  job->error = g_steal_pointer (&error);
  job->finished = TRUE;
  g_cond_broadcast (&job->finished_cond);
  g_mutex_unlock (&job->lock);

  if (job->done)
    job->done (job->done_data);
  return NULL;
}

WhyJob *
why_job_start (WhyJobFunc func, gpointer data, GDestroyNotify free_result,
               void (*done) (gpointer done_data), gpointer done_data)
{
  WhyJob *job = g_new0 (WhyJob, 1);

  job->func = func;
  job->data = data;
  job->free_result = free_result;
  job->done = done;
  job->done_data = done_data;
  job->progress = why_progress_new (remember_text, job);
  g_mutex_init (&job->lock);
  g_cond_init (&job->finished_cond);
  job->thread = g_thread_new ("whylayer", work, job);
  return job;
}

void
why_job_free (WhyJob *job)
{
  if (!job)
    return;
  why_progress_cancel (job->progress);
  g_thread_join (job->thread);
  if (job->result && job->free_result)
    job->free_result (job->result);
  g_clear_error (&job->error);
  g_free (job->text);
  why_progress_unref (job->progress);
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->finished_cond);
  g_free (job);
}

gboolean
why_job_wait (WhyJob *job, gint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * G_TIME_SPAN_MILLISECOND;
  gboolean finished;

  g_mutex_lock (&job->lock);
  while (!job->finished && g_cond_wait_until (&job->finished_cond, &job->lock, end))
    ;
  finished = job->finished;
  g_mutex_unlock (&job->lock);
  return finished;
}

void
why_job_cancel (WhyJob *job)
{
  why_progress_cancel (job->progress);
}

gdouble
why_job_get_progress (WhyJob *job, gdouble *remaining, gchar **text)
{
  if (remaining)
    *remaining = why_progress_get_remaining (job->progress);
  if (text)
    {
      g_mutex_lock (&job->lock);
      *text = g_strdup (job->text);
      g_mutex_unlock (&job->lock);
    }
  return why_progress_get_fraction (job->progress);
}

gpointer
why_job_take (WhyJob *job, GError **error)
{
  gpointer result;

  g_mutex_lock (&job->lock);
  while (!job->finished)
    g_cond_wait (&job->finished_cond, &job->lock);
  result = g_steal_pointer (&job->result);
  if (job->error)
    g_propagate_error (error, g_steal_pointer (&job->error));
  g_mutex_unlock (&job->lock);
  return result;
}
