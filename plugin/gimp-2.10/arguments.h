/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's argument tables as GIMP 2.10 procedure arguments and return values. */
#pragma once

#include <libgimp/gimp.h>

#include "session/arguments.h"
#include "session/session.h"

G_BEGIN_DECLS

/* run-mode, image and drawable come before the table's arguments. */
#define WHY_ARGUMENTS_FIRST 3

/* Installs the procedure: three fixed arguments, then the table's, each a string. */
void why_arguments_install (const WhyProcedure *row);
/* The strings behind the fixed arguments. (transfer container) ends with NULL */
const gchar **why_arguments_collect (const WhyProcedure *row, const GimpParam *params);

/* What run() hands back; it stays valid until the next call, for GIMP reads it after run(). */

/* A failure: a calling error when the arguments are to blame and no person was asked, cancelled
 * (also when error is NULL), or an execution error. Takes error. */
void why_arguments_fail (GimpRunMode run_mode, GError *error, gint *n_values, GimpParam **values);
/* A report's values; report may be NULL where only a layer is returned; layer: -1 for none; top:
 * the length of the arrays. */
void why_arguments_succeed (const WhyProcedure *row, const WhyReport *report, gint32 layer,
                            gint top, gint *n_values, GimpParam **values);

G_END_DECLS
