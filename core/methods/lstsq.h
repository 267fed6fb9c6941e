/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Solves the symmetric positive definite system A·x = b by Cholesky's method; A [n,n] is
 * overwritten, b becomes x. FALSE when A is not positive definite. */
gboolean why_solve_spd (gdouble *a, gdouble *b, gint n);

G_END_DECLS
