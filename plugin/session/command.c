/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request as something to paste into a terminal. */
#include <string.h>

#include "session/session-private.h"

static const struct
{
  const gchar *field, *option;
} options[] = {
  { "model", "--model" },     { "preset", "--preset" }, { "method", "--method" },
  { "parameters", "--set" },  { "node", "--layer" },    { "target", "--target" },
  { "against", "--against" }, { "score", "--score" },   { "view", "--view" },
  { "style", "--style" },     { "repeat", "--repeat" },
};

static gboolean
has_control_characters (const gchar *word)
{
  for (; *word; word++)
    if ((guchar)*word < 0x20 || *word == 0x7f)
      return TRUE;
  return FALSE;
}

/* $'…': a terminal that shows the pasted text must not obey it. */
static gchar *
quote_control_characters (const gchar *word)
{
  GString *text = g_string_new ("$'");

  for (; *word; word++)
    if ((guchar)*word < 0x20 || *word == 0x7f)
      g_string_append_printf (text, "\\x%02x", (guchar)*word);
    else
      g_string_append_printf (text, *word == '\'' || *word == '\\' ? "\\%c" : "%c", *word);
  g_string_append_c (text, '\'');
  return g_string_free (text, FALSE);
}

static gchar *
quote (const gchar *word)
{
  if (has_control_characters (word))
    return quote_control_characters (word);
  if (*word && strspn (word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_./=,:@%+-") == strlen (word))
    return g_strdup (word);
  return g_shell_quote (word);
}

gchar *
why_request_to_command (const WhyRequest *request, const gchar *file)
{
  GString *command = g_string_new ("whylayer explain");
  /* A name is never an option. */
  g_autofree gchar *safe = *file == '-' ? g_strconcat ("./", file, NULL) : g_strdup (file);
  g_autofree gchar *quoted = quote (safe);

  g_string_append_printf (command, " %s", quoted);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      const gchar *value = why_request_get (request, options[i].field);
      g_autofree gchar *word = *value ? g_strdup_printf ("%s=%s", options[i].option, value) : NULL;
      g_autofree gchar *quoted_word = word ? quote (word) : NULL;

      if (quoted_word)
        g_string_append_printf (command, " %s", quoted_word);
    }
  return g_string_free (command, FALSE);
}
