/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mnemonic.h"

#include <string.h>

/* "(_X)" with any X, or NULL. */
static const gchar *
find_suffix (const gchar *label)
{
  const gchar *suffix = strstr (label, "(_");

  return suffix && suffix[2] && *g_utf8_next_char (suffix + 2) == ')' ? suffix : NULL;
}

gchar *
why_mnemonic_strip (const gchar *label)
{
  GString *plain = g_string_new (NULL);
  const gchar *suffix = find_suffix (label);

  for (const gchar *c = label; *c; c++)
    if (c == suffix)
      c = g_utf8_next_char (suffix + 2); /* the loop passes the bracket */
    else if (*c != '_')
      g_string_append_c (plain, *c);
    else if (c[1] == '_')
      g_string_append_c (plain, *c++);
  return g_string_free (plain, FALSE);
}

gunichar
why_mnemonic_get (const gchar *label)
{
  for (const gchar *c = label; *c; c++)
    {
      if (*c != '_')
        continue;
      if (*++c != '_')
        return *c ? g_unichar_tolower (g_utf8_get_char (c)) : 0;
    }
  return 0;
}

/* Whether a keyboard for the label's language types it with one key. */
static gboolean
is_usable (gunichar c)
{
  return g_unichar_isalnum (c) && !g_unichar_iswide (c);
}

static gboolean
claim (GHashTable *taken, gunichar c)
{
  return g_hash_table_add (taken, GUINT_TO_POINTER (g_unichar_tolower (c)));
}

/* Where a free letter stands in plain text, the beginnings of words first, or NULL. */
static const gchar *
find_free (const gchar *plain, GHashTable *taken)
{
  for (gint pass = 0; pass < 2; pass++)
    {
      gboolean begins = TRUE;

      for (const gchar *c = plain; *c; c = g_utf8_next_char (c))
        {
          gunichar letter = g_utf8_get_char (c);

          if ((begins || pass == 1) && is_usable (letter) && claim (taken, letter))
            return c;
          begins = !g_unichar_isalnum (letter);
        }
    }
  return NULL;
}

/* Underlines that are meant are doubled. */
static void
append_escaped (GString *text, const gchar *from, const gchar *to)
{
  for (const gchar *c = from; c < to; c++)
    {
      if (*c == '_')
        g_string_append_c (text, '_');
      g_string_append_c (text, *c);
    }
}

static gchar *
underline (const gchar *plain, const gchar *at)
{
  GString *text = g_string_new (NULL);

  append_escaped (text, plain, at);
  g_string_append_c (text, '_');
  append_escaped (text, at, plain + strlen (plain));
  return g_string_free (text, FALSE);
}

static gchar *
escape (const gchar *plain)
{
  GString *text = g_string_new (NULL);

  append_escaped (text, plain, plain + strlen (plain));
  return g_string_free (text, FALSE);
}

/* A letter goes before the sign that ends a label, as in "Search (_S):". */
static gchar *
append_letter (const gchar *plain, gchar letter)
{
  static const gchar *const signs[] = { "：", ":", "…" };
  const gchar *end = plain + strlen (plain);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_str_has_suffix (plain, signs[i]))
      {
        end -= strlen (signs[i]);
        break;
      }
  append_escaped (text, plain, end);
  g_string_append_printf (text, "(_%c)%s", g_ascii_toupper (letter), end);
  return g_string_free (text, FALSE);
}

gchar *
why_mnemonic_claim (const gchar *label, GHashTable *taken)
{
  gunichar own = why_mnemonic_get (label);
  g_autofree gchar *plain = NULL;
  const gchar *at;

  if (own && claim (taken, own))
    return g_strdup (label);
  plain = why_mnemonic_strip (label);
  at = find_free (plain, taken);
  if (at)
    return underline (plain, at);
  for (const gchar *c = "abcdefghijklmnopqrstuvwxyz0123456789"; *c; c++)
    if (claim (taken, (guchar)*c))
      return append_letter (plain, *c);
  return escape (plain);
}
