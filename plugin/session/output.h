/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hosts write besides layers: whole files or nothing. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* Writes to ".NAME.part" beside path and renames it, so that whoever looks sees the whole file or
 * none; the same temporary name every time, so that a repeated run leaves nothing behind.
 * WHY_ERROR_OUTPUT. */
gboolean why_output_write (const gchar *path, GBytes *bytes, GError **error);
/* Makes the folder and its parents. WHY_ERROR_OUTPUT. */
gboolean why_output_make_folder (const gchar *path, GError **error);

/* A name for each request's files, unique among them: the method's id, after the model's name when
 * there are several: "grad-cam", "resnet18.grad-cam". (transfer full) */
gchar **why_output_tags (const GPtrArray *requests);

/* The whole picture with the report's map blended over it as the style says: 8-bit sRGB,
 * transparency over why_background, width·height·3 bytes. (transfer full) */
guint8 *why_report_compose (const WhyReport *report, WhyPixels *pixels, GError **error);

G_END_DECLS
