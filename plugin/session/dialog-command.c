/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/dialog-command.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "session/arguments.h"

#define PROCEDURE "plug-in-whylayer-explain"

static const gchar *const nicks[WHY_N_COMMANDS] = {
  [WHY_COMMAND_SCRIPT_FU_3] = N_ ("Script-Fu (GIMP 3)"),
  [WHY_COMMAND_SCRIPT_FU_2_10] = N_ ("Script-Fu (GIMP 2.10)"),
  [WHY_COMMAND_PYTHON_FU] = N_ ("Python-Fu (GIMP 3)"),
  [WHY_COMMAND_SHELL] = N_ ("whylayer (shell)"),
};

const gchar *
why_command_get_nick (WhyCommand command)
{
  return nicks[command];
}

/* Scheme and Python read the same string literal: quotes and backslashes escaped, control
 * characters as \n or \xHH; everything else is UTF-8. Script-Fu's \x ends with ';' in neither of
 * its dialects, so two digits serve both. */
static gchar *
quote_literal (const gchar *text)
{
  GString *quoted = g_string_new ("\"");

  for (const gchar *c = text; *c; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (quoted, "\\%c", *c);
    else if (*c == '\n')
      g_string_append (quoted, "\\n");
    else if ((guchar)*c < 0x20 || *c == 0x7f)
      g_string_append_printf (quoted, "\\x%02x", (guchar)*c);
    else
      g_string_append_c (quoted, *c);
  g_string_append_c (quoted, '"');
  return g_string_free (quoted, FALSE);
}

static const WhyParam *
arguments (void)
{
  return why_procedure_lookup (PROCEDURE)->arguments;
}

/* Whether the field says something else than the default does. */
static gboolean
is_set (const WhyRequest *request, const WhyParam *argument)
{
  const gchar *value = why_request_get (request, argument->name);

  return *value && !g_str_equal (value, argument->def);
}

static gchar *
format_script_fu_3 (const WhyRequest *request)
{
  GString *line = g_string_new ("(" PROCEDURE " #:run-mode RUN-NONINTERACTIVE #:image image "
                                "#:drawables (gimp-image-get-selected-drawables image)");

  for (const WhyParam *argument = arguments (); argument->name; argument++)
    if (is_set (request, argument))
      {
        g_autofree gchar *value = quote_literal (why_request_get (request, argument->name));
        g_string_append_printf (line, " #:%s %s", argument->name, value);
      }
  g_string_append_c (line, ')');
  return g_string_free (line, FALSE);
}

static gchar *
format_script_fu_2_10 (const WhyRequest *request)
{
  GString *line = g_string_new ("(" PROCEDURE " RUN-NONINTERACTIVE image "
                                "(car (gimp-image-get-active-drawable image))");

  for (const WhyParam *argument = arguments (); argument->name; argument++)
    {
      g_autofree gchar *value = quote_literal (
          is_set (request, argument) ? why_request_get (request, argument->name) : "");
      g_string_append_printf (line, " %s", value);
    }
  g_string_append_c (line, ')');
  return g_string_free (line, FALSE);
}

static gchar *
format_python_fu (const WhyRequest *request)
{
  GString *lines = g_string_new ("procedure = Gimp.get_pdb().lookup_procedure(\"" PROCEDURE "\")\n"
                                 "config = procedure.create_config()\n"
                                 "config.set_property(\"run-mode\", Gimp.RunMode.NONINTERACTIVE)\n"
                                 "config.set_property(\"image\", image)\n"
                                 "config.set_core_object_array(\"drawables\", "
                                 "image.get_selected_drawables())\n");

  for (const WhyParam *argument = arguments (); argument->name; argument++)
    if (is_set (request, argument))
      {
        g_autofree gchar *value = quote_literal (why_request_get (request, argument->name));
        g_string_append_printf (lines, "config.set_property(\"%s\", %s)\n", argument->name, value);
      }
  g_string_append (lines, "result = procedure.run(config)\n");
  return g_string_free (lines, FALSE);
}

/* Only what differs from the defaults. */
static gchar *
format_shell (const WhyRequest *request, const gchar *file)
{
  g_autoptr (WhyRequest) differing = why_request_copy (request);

  for (const WhyParam *argument = arguments (); argument->name; argument++)
    if (!is_set (request, argument))
      why_request_set (differing, argument->name, "");
  return why_request_to_command (differing, file);
}

gchar *
why_command_format (WhyCommand command, const WhyRequest *request, const gchar *file)
{
  switch (command)
    {
    case WHY_COMMAND_SCRIPT_FU_3:
      return format_script_fu_3 (request);
    case WHY_COMMAND_SCRIPT_FU_2_10:
      return format_script_fu_2_10 (request);
    case WHY_COMMAND_PYTHON_FU:
      return format_python_fu (request);
    case WHY_COMMAND_SHELL:
      return format_shell (request, file);
    case WHY_N_COMMANDS:
      break;
    }
  g_return_val_if_reached (NULL);
}
