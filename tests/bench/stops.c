/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: whylayer-stops MODEL THREADS [METHOD...]
 * How soon each method's computation ends that is stopped at several moments, as the dialog stops
 * it: one line a method of the milliseconds from stop to end, "-" where it had ended by itself. */
#include <stdlib.h>

#include "session/job.h"
#include "session/process.h"
#include "session/session.h"

/* Milliseconds after the start, from the picture's sampling to the midst of long ones. */
static const gint moments[] = { 5, 40, 150, 400, 900, 1800 };

#define WIDTH 4000
#define HEIGHT 3000

typedef struct
{
  WhySession *session;
  WhyPixels *pixels;
  WhyRequest *request;
} Work;

/* The same picture at another size, so that something is there to be sampled. */
static WhyPixels *
new_picture (void)
{
  guint8 *rgb = g_malloc ((gsize)WIDTH * HEIGHT * 3);

  for (gsize i = 0; i < (gsize)WIDTH * HEIGHT; i++)
    {
      gsize x = i % WIDTH, y = i / WIDTH;

      rgb[3 * i] = (guint8)(x >> 4);
      rgb[3 * i + 1] = (guint8)(y >> 3);
      rgb[3 * i + 2] = (guint8)((x ^ y) >> 5);
    }
  return why_pixels_new_take (WIDTH, HEIGHT, WHY_PIXELS_RGB_U8, rgb);
}

static gpointer
explain (gpointer data, WhyProgress *progress, GError **error)
{
  Work *work = data;

  return why_session_explain (work->session, work->request, work->pixels, NULL, progress, error);
}

/* Milliseconds from stop to end, or -1. */
static gdouble
stop_after (Work *work, gint moment)
{
  g_autoptr (WhyJob) job = NULL;
  g_autoptr (WhyReport) report = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;

  why_session_forget_picture (work->session);
  job = why_job_start (explain, work, (GDestroyNotify)why_report_free, NULL, NULL);
  if (why_job_wait (job, moment))
    return -1.0;
  begin = g_get_monotonic_time ();
  why_job_cancel (job);
  report = why_job_take (job, &error);
  return (gdouble)(g_get_monotonic_time () - begin) / 1000.0;
}

static void
measure (Work *work, const gchar *method)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gdouble worst = 0.0;

  why_request_set (work->request, "method", method);
  for (gsize i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      gdouble took = stop_after (work, moments[i]);

      if (took < 0.0)
        g_string_append (line, "\t-");
      else
        g_string_append_printf (line, "\t%.0f", took);
      worst = MAX (worst, took);
    }
  g_print ("%-28s %6.0f%s\n", method, worst, line->str);
}

int
main (int argc, char **argv)
{
  g_autoptr (WhySession) session = NULL;
  g_autoptr (WhyPixels) pixels = NULL;
  g_autoptr (WhyRequest) request = why_request_new ();
  Work work;
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);

  if (argc < 3)
    return 2;
  why_process_prepare ();
  session = why_session_new (atoi (argv[2]));
  pixels = new_picture ();
  work = (Work){ session, pixels, request };
  why_request_set (request, "model", argv[1]);
  for (gint i = 3; i < argc; i++)
    measure (&work, argv[i]);
  for (gsize i = 0; argc == 3 && i < n; i++)
    measure (&work, why_method_get_id (methods[i]));
  return 0;
}
