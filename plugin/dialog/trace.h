/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When things happen in the dialog, for measuring: lines of "WHAT MICROSECONDS" on the monotonic
 * clock, added to the file that WHYLAYER_TRACE names. Without that variable nothing is done.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void why_trace (const gchar *what);
/* Also says "late" whenever the main loop came to its turn more than 20 ms late, how late in
 * microseconds in the place of the time. Until the widget dies. */
void why_trace_loop (GtkWidget *widget);

G_END_DECLS
