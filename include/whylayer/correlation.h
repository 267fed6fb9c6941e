/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pearson's correlation; NAN when one side does not vary. */
gdouble why_correlate (const gdouble *a, const gdouble *b, gint64 n);
/* Replaces values by their ranks from 0, ties by the mean of theirs. */
void why_rank (gdouble *values, gint64 n);

G_END_DECLS
