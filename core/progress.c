/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/progress.h"

#include <glib/gi18n-lib.h>

#include "whylayer/error.h"

typedef struct
{
  gdouble from, span;
} Part;

struct _WhyProgress
{
  gatomicrefcount ref_count;
  WhyProgressFunc func;
  gpointer user_data;
  gint cancelled; /* atomic */
  GMutex lock;    /* guards what other threads read: fraction, started */
  gdouble fraction;
  gint64 started; /* monotonic µs of the first report; 0 before */
  gchar *text;    /* computing thread only, like parts */
  GArray *parts;
};

WhyProgress *
why_progress_new (WhyProgressFunc func, gpointer user_data)
{
  WhyProgress *progress = g_new0 (WhyProgress, 1);
  Part whole = { 0.0, 1.0 };

  g_atomic_ref_count_init (&progress->ref_count);
  g_mutex_init (&progress->lock);
  progress->func = func;
  progress->user_data = user_data;
  progress->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_append_val (progress->parts, whole);
  return progress;
}

WhyProgress *
why_progress_ref (WhyProgress *progress)
{
  g_atomic_ref_count_inc (&progress->ref_count);
  return progress;
}

void
why_progress_unref (WhyProgress *progress)
{
  if (!progress || !g_atomic_ref_count_dec (&progress->ref_count))
    return;
  g_mutex_clear (&progress->lock);
  g_array_unref (progress->parts);
  g_free (progress->text);
  g_free (progress);
}

static Part *
innermost (WhyProgress *progress)
{
  return &g_array_index (progress->parts, Part, progress->parts->len - 1);
}

void
why_progress_push (WhyProgress *progress, gdouble from, gdouble to)
{
  Part part;

  if (!progress)
    return;
  part = *innermost (progress);
  part.from += part.span * from;
  part.span *= to - from;
  g_array_append_val (progress->parts, part);
}

void
why_progress_hold (WhyProgress *progress)
{
  Part part = { 0.0, 0.0 };

  if (!progress)
    return;
  part.from = why_progress_get_fraction (progress);
  g_array_append_val (progress->parts, part);
}

void
why_progress_pop (WhyProgress *progress)
{
  if (!progress)
    return;
  g_return_if_fail (progress->parts->len > 1);
  g_array_set_size (progress->parts, progress->parts->len - 1);
}

void
why_progress_set_text (WhyProgress *progress, const gchar *text)
{
  if (!progress)
    return;
  g_free (progress->text);
  progress->text = g_strdup (text);
}

gboolean
why_progress_set (WhyProgress *progress, gdouble fraction, GError **error)
{
  Part *part;

  if (!progress)
    return TRUE;
  if (why_progress_is_cancelled (progress))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_CANCELLED, _ ("stopped as you asked"));
      return FALSE;
    }
  part = innermost (progress);
  fraction = part->from + part->span * CLAMP (fraction, 0.0, 1.0);
  g_mutex_lock (&progress->lock);
  if (progress->started == 0)
    progress->started = g_get_monotonic_time ();
  progress->fraction = fraction;
  g_mutex_unlock (&progress->lock);
  if (progress->func)
    progress->func (fraction, progress->text, progress->user_data);
  return TRUE;
}

void
why_progress_cancel (WhyProgress *progress)
{
  g_atomic_int_set (&progress->cancelled, 1);
}

gboolean
why_progress_is_cancelled (WhyProgress *progress)
{
  return progress && g_atomic_int_get (&progress->cancelled);
}

gdouble
why_progress_get_fraction (WhyProgress *progress)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&progress->lock);

  return progress->fraction;
}

gdouble
why_progress_get_remaining (WhyProgress *progress)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&progress->lock);
  gdouble elapsed;

  if (progress->started == 0 || progress->fraction < 0.01)
    return -1.0;
  elapsed = (gdouble)(g_get_monotonic_time () - progress->started) / G_USEC_PER_SEC;
  return elapsed / progress->fraction * (1.0 - progress->fraction);
}
