/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a map goes, as scripts write it: a word, and options after colons. */
#include <glib/gi18n-lib.h>

#include "session/arguments.h"
#include "session/session.h"

#define GROUP "group"
#define LAYER "layer"
#define CONVERT "convert"
#define USUAL_CLASSES 5

/* The accepted words, checked as every choice is. */
static const WhyParam kinds[] = {
  { .name = "output", .type = WHY_PARAM_CHOICE, .def = LAYER, .choices = why_output_choices },
  WHY_PARAM_END,
};

static gboolean
read_option (const gchar *option, WhyOutputSpec *spec, GError **error)
{
  gboolean is_group = g_str_equal (spec->kind, GROUP);
  guint64 n;

  if ((is_group || g_str_equal (spec->kind, LAYER)) && g_str_equal (option, CONVERT))
    {
      spec->convert = TRUE;
      return TRUE;
    }
  if (is_group && g_ascii_string_to_unsigned (option, 10, 1, WHY_MAX_GROUP, &n, NULL))
    {
      spec->classes = (gint)n;
      return TRUE;
    }
  if (is_group)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("output=group:%s: a group takes a number of classes from 1 to %d, and convert"),
                 option, WHY_MAX_GROUP);
  else if (g_str_equal (spec->kind, LAYER))
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("output=layer:%s: a layer takes nothing but convert"), option);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("output=%s:%s: only a layer or a group takes something after the colon"),
                 spec->kind, option);
  return FALSE;
}

gboolean
why_output_spec_parse (const gchar *text, WhyOutputSpec *spec, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ":", -1);
  g_autoptr (WhyParams) params = why_params_new (kinds);

  if (parts[0] && *parts[0] && !why_params_set (params, "output", parts[0], error))
    return FALSE;
  *spec = (WhyOutputSpec){ .classes = USUAL_CLASSES };
  spec->kind = why_output_choices[why_params_get_choice_index (params, "output")].id;
  for (gint i = 1; parts[0] && parts[i]; i++)
    if (!read_option (parts[i], spec, error))
      return FALSE;
  return TRUE;
}

gchar *
why_output_spec_to_string (const WhyOutputSpec *spec)
{
  GString *text = g_string_new (spec->kind);
  gboolean is_group = g_str_equal (spec->kind, GROUP);

  if (is_group)
    g_string_append_printf (text, ":%d", spec->classes);
  if (spec->convert && (is_group || g_str_equal (spec->kind, LAYER)))
    g_string_append (text, ":" CONVERT);
  return g_string_free (text, FALSE);
}
