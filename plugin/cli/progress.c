/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#define INTERVAL 200000 /* µs between two lines */

/* One process, one terminal. */
static gint64 last_shown;
static gboolean shown;

static void
show (gdouble fraction, const gchar *text, gpointer user_data)
{
  WhyProgress **progress = user_data;
  gint64 now = g_get_monotonic_time ();
  gdouble left;

  if (now - last_shown < INTERVAL)
    return;
  last_shown = now;
  shown = TRUE;
  left = why_progress_get_remaining (*progress);
  fprintf (stderr, "\r\033[K%3.0f %% %s", fraction * 100, text ? text : "");
  if (left >= 0)
    /* Translators: seconds until a computation is done. */
    fprintf (stderr, _ (" (%.0f s left)"), left);
  fflush (stderr);
}

WhyProgress *
why_cli_progress_new (void)
{
  static WhyProgress *progress; /* what the callback asks for the time left */

  if (!isatty (STDERR_FILENO))
    return NULL;
  last_shown = g_get_monotonic_time (); /* quick work shows nothing */
  progress = why_progress_new (show, &progress);
  return progress;
}

void
why_cli_progress_end (void)
{
  if (shown)
    fputs ("\r\033[K", stderr);
  shown = FALSE;
}
