/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small classifier on disk and a picture for it, for the session's tests. */
#pragma once

#include "places.h"
#include "session/session.h"

/* The model's input is 6×8 and has 5 classes: "ant", "bee, honey bee", "cat", "dog", "emu". With
 * unsure, its rule finds every picture unsure. (transfer full) path */
gchar *session_model_write (const TestFolder *folder, const gchar *name, gboolean unsure);
/* width×height sRGB pixels; each seed another picture. */
WhyPixels *session_pixels_new (gint width, gint height, WhyPixelFormat format, guint seed);
/* A request for the model with fields set: name, value, …, NULL. */
WhyRequest *session_request_new (const gchar *model, ...) G_GNUC_NULL_TERMINATED;
