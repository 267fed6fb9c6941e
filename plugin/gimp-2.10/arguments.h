/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's argument tables as GIMP 2.10 procedure arguments and return values. */
#pragma once

#include <libgimp/gimp.h>

#include "host/answers.h"

G_BEGIN_DECLS

/* How many come before the table's arguments: run-mode, and image and drawable where it takes them.
 */
gint why_arguments_n_fixed (const WhyProcedure *row);

/* Installs the procedure: the fixed arguments, then the table's, each a string. */
void why_arguments_install (const WhyProcedure *row);
/* The strings behind the fixed arguments. (transfer container) ends with NULL */
const gchar **why_arguments_collect (const WhyProcedure *row, const GimpParam *params);

/* What run() hands back; it stays valid until the next call, for GIMP reads it after run(). */

/* A failure: a calling error when the arguments are to blame and no person was asked, cancelled
 * (also when error is NULL), or an execution error. Takes error. */
void why_arguments_fail (GimpRunMode run_mode, GError *error, gint *n_values, GimpParam **values);
/* The values of a success. answers: (transfer full) */
void why_arguments_succeed (const WhyProcedure *row, WhyAnswers *answers, gint *n_values,
                            GimpParam **values);

G_END_DECLS
