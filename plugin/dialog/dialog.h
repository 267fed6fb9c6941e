/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The big dialog. This folder is compiled twice, once for each GTK; the host gives the window. */
#pragma once

#include "host/host.h"
#include "toolkit.h"

G_BEGIN_DECLS

/* Fills window, a dialog with GTK_RESPONSE_OK and GTK_RESPONSE_CANCEL, for the host's picture.
 * request: the settings to begin with, unless the active layer is one of Whylayer's: it is then
 * edited and has its own. update: whether that layer is to be updated. run: the host's way to run a
 * dialog; returns its response. Returns the report to write, with the request that the person
 * settled on in it, or NULL: without error when they cancelled. (transfer full) */
typedef gint (*WhyDialogRun) (GtkWidget *window);
WhyReport *why_dialog_run (WhyHost *host, GtkWidget *window, WhyDialogRun run,
                           const WhyRequest *request, gboolean *update, GError **error);

G_END_DECLS
