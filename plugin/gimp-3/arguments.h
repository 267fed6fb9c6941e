/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's argument tables as GIMP 3 procedure arguments and return values. */
#pragma once

#include <libgimp/gimp.h>

#include "host/answers.h"

G_BEGIN_DECLS

/* Every argument is a string, so that a wrong value reaches us instead of silently becoming a
 * default, as GIMP does with its own choice arguments. */
void why_arguments_register (GimpProcedure *procedure, const WhyProcedure *row);
/* What the caller gave, checked; empty means default. (transfer full) */
WhyParams *why_arguments_read (const WhyProcedure *row, GimpProcedureConfig *config,
                               GError **error);

/* The return values for a failure: a calling error when the arguments are to blame and no person
 * was asked, cancelled (also when error is NULL), or an execution error. Takes error. */
GimpValueArray *why_arguments_fail (GimpProcedure *procedure, GimpRunMode run_mode, GError *error);
/* The return values of a success. */
GimpValueArray *why_arguments_succeed (GimpProcedure *procedure, const WhyProcedure *row,
                                       const WhyAnswers *answers);

G_END_DECLS
