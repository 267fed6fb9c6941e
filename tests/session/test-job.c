/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "session/job.h"
#include "whylayer/error.h"

static gpointer
answer (gpointer data, WhyProgress *progress, GError **error)
{
  why_progress_set_text (progress, "working");
  if (!why_progress_set (progress, 0.25, error))
    return NULL;
  return g_strdup (data);
}

/* Goes on until it is told to stop. */
static gpointer
run_forever (gpointer data, WhyProgress *progress, GError **error)
{
  g_atomic_int_set ((gint *)data, 1);
  while (why_progress_set (progress, 0.5, error))
    g_usleep (1000);
  return NULL;
}

static void
mark (gpointer data)
{
  g_atomic_int_inc ((gint *)data);
}

static void
test_result_and_text_arrive (void)
{
  gint n_done = 0;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  WhyJob *job = why_job_start (answer, "map", g_free, mark, &n_done);
  g_autofree gchar *result = why_job_take (job, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (result, ==, "map");
  g_assert_true (why_job_wait (job, 0));
  g_assert_cmpfloat (why_job_get_progress (job, NULL, &text), ==, 0.25);
  g_assert_cmpstr (text, ==, "working");
  why_job_free (job);
  g_assert_cmpint (n_done, ==, 1);
}

static void
test_cancel_ends_with_an_error (void)
{
  gint started = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyJob) job = why_job_start (run_forever, &started, NULL, NULL, NULL);

  while (!g_atomic_int_get (&started))
    g_usleep (1000);
  g_assert_false (why_job_wait (job, 1));
  why_job_cancel (job);
  g_assert_null (why_job_take (job, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_CANCELLED);
}

static void
test_freeing_stops_and_drops (void)
{
  gint started = 0;

  why_job_free (why_job_start (run_forever, &started, NULL, NULL, NULL));
  /* The untaken result is freed: the sanitizers would tell. */
  why_job_free (why_job_start (answer, "map", g_free, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/result-and-text-arrive", test_result_and_text_arrive);
  g_test_add_func ("/job/cancel-ends-with-an-error", test_cancel_ends_with_an_error);
  g_test_add_func ("/job/freeing-stops-and-drops", test_freeing_stops_and_drops);
  return g_test_run ();
}
