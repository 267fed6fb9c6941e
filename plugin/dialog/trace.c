/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace.h"

#include <stdio.h>

#define TURN 10 /* how often the main loop is looked at, in milliseconds */
#define LATE (20 * G_TIME_SPAN_MILLISECOND)

static void
write_line (const gchar *what, gint64 number)
{
  const gchar *path = g_getenv ("WHYLAYER_TRACE");
  FILE *file = path ? fopen (path, "a") : NULL;

  if (!file)
    return;
  fprintf (file, "%s %" G_GINT64_FORMAT "\n", what, number);
  fclose (file);
}

void
why_trace (const gchar *what)
{
  if (g_getenv ("WHYLAYER_TRACE"))
    write_line (what, g_get_monotonic_time ());
}

typedef struct
{
  gint64 last;
  guint source;
} Loop;

static gboolean
take_turn (gpointer data)
{
  Loop *loop = data;
  gint64 now = g_get_monotonic_time ();
  gint64 late = now - loop->last - TURN * G_TIME_SPAN_MILLISECOND;

  if (late > LATE)
    write_line ("late", late);
  loop->last = g_get_monotonic_time ();
  return G_SOURCE_CONTINUE;
}

static void
loop_free (gpointer data)
{
  Loop *loop = data;

  g_source_remove (loop->source);
  g_free (loop);
}

void
why_trace_loop (GtkWidget *widget)
{
  Loop *loop;

  if (!g_getenv ("WHYLAYER_TRACE"))
    return;
  loop = g_new0 (Loop, 1);
  loop->last = g_get_monotonic_time ();
  loop->source = g_timeout_add (TURN, take_turn, loop);
  g_object_set_data_full (G_OBJECT (widget), "why-trace", loop, loop_free);
}
