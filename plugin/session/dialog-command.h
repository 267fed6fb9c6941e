/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a dialog as a line that does the same elsewhere ("Copy as command"). */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_COMMAND_SCRIPT_FU_3,    /* GIMP 3, named arguments */
  WHY_COMMAND_SCRIPT_FU_2_10, /* GIMP 2.10, positional arguments */
  WHY_COMMAND_PYTHON_FU,      /* GIMP 3 */
  WHY_COMMAND_SHELL,          /* whylayer explain */
  WHY_N_COMMANDS
} WhyCommand;

const gchar *why_command_get_nick (WhyCommand command); /* N_() marked */
/* file: the picture's base name; may be anything, it is quoted. (transfer full) */
gchar *why_command_format (WhyCommand command, const WhyRequest *request, const gchar *file);

G_END_DECLS
