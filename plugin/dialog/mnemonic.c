/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mnemonic.h"

#include <string.h>

/* How many may share a letter with the label that has it. */
#define MAX_SHARERS 2

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

/* --- Who gets which letter -------------------------------------------------------------------- */

/* Labels and letters as the two sides of a graph; a largest matching is found by the augmenting
 * paths of Berge and Kuhn: whoever finds no free letter asks those that have one to take another.
 */
typedef struct
{
  gchar **plain;        /* the labels as they are read */
  gunichar *own;        /* their letters in the sources or the translation, or 0 */
  GHashTable *reserved; /* set of letters that nobody gets */
  GHashTable *owners;   /* letter → label + 1 */
} Matching;

static gboolean find_letter (Matching *matching, guint label, GHashTable *tried);

static gboolean
take_letter (Matching *matching, guint label, gunichar letter, GHashTable *tried)
{
  gpointer key = GUINT_TO_POINTER (letter);
  guint owner;

  if (g_hash_table_contains (matching->reserved, key) || !g_hash_table_add (tried, key))
    return FALSE;
  owner = GPOINTER_TO_UINT (g_hash_table_lookup (matching->owners, key));
  if (owner && !find_letter (matching, owner - 1, tried))
    return FALSE;
  g_hash_table_insert (matching->owners, key, GUINT_TO_POINTER (label + 1));
  return TRUE;
}

/* Its own letter, the beginnings of words, then all others. */
static gboolean
find_letter (Matching *matching, guint label, GHashTable *tried)
{
  if (matching->own[label] && take_letter (matching, label, matching->own[label], tried))
    return TRUE;
  for (gint pass = 0; pass < 2; pass++)
    {
      gboolean begins = TRUE;

      for (const gchar *c = matching->plain[label]; *c; c = g_utf8_next_char (c))
        {
          gunichar letter = g_utf8_get_char (c);

          if ((begins || pass == 1) && is_usable (letter)
              && take_letter (matching, label, g_unichar_tolower (letter), tried))
            return TRUE;
          begins = !g_unichar_isalnum (letter);
        }
    }
  return FALSE;
}

/* The letter of its own that the fewest other labels share, or 0 where those are too many. */
static gunichar
find_shared (const Matching *matching, guint label, GHashTable *sharers)
{
  gunichar best = 0;
  guint fewest = MAX_SHARERS;

  for (const gchar *c = matching->plain[label]; *c; c = g_utf8_next_char (c))
    {
      gunichar letter = g_unichar_tolower (g_utf8_get_char (c));
      gpointer key = GUINT_TO_POINTER (letter);
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (sharers, key));

      if (g_hash_table_contains (matching->owners, key) && n < fewest)
        {
          best = letter;
          fewest = n;
        }
    }
  if (best)
    g_hash_table_insert (sharers, GUINT_TO_POINTER (best), GUINT_TO_POINTER (fewest + 1));
  return best;
}

/* One that nobody has, or 0. */
static gunichar
find_unused (const Matching *matching)
{
  for (const gchar *c = "abcdefghijklmnopqrstuvwxyz0123456789"; *c; c++)
    {
      gpointer key = GUINT_TO_POINTER ((guchar)*c);

      if (!g_hash_table_contains (matching->reserved, key)
          && !g_hash_table_contains (matching->owners, key))
        return (guchar)*c;
    }
  return 0;
}

/* --- How it is written ------------------------------------------------------------------------ */

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
append_letter (const gchar *plain, gunichar letter)
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
  g_string_append (text, "(_");
  g_string_append_unichar (text, g_unichar_toupper (letter));
  g_string_append_printf (text, ")%s", end);
  return g_string_free (text, FALSE);
}

/* Where the letter is best underlined: where a word begins with it, or NULL. */
static const gchar *
find_place (const gchar *plain, gunichar letter)
{
  const gchar *first = NULL;
  gboolean begins = TRUE;

  for (const gchar *c = plain; *c; c = g_utf8_next_char (c))
    {
      gunichar here = g_utf8_get_char (c);

      if (g_unichar_tolower (here) == letter && begins)
        return c;
      if (g_unichar_tolower (here) == letter && !first)
        first = c;
      begins = !g_unichar_isalnum (here);
    }
  return first;
}

static gchar *
write_label (const gchar *plain, gunichar letter)
{
  const gchar *at = letter ? find_place (plain, letter) : NULL;

  return at ? underline (plain, at) : letter ? append_letter (plain, letter) : escape (plain);
}

/* --- All labels ------------------------------------------------------------------------------- */

static Matching *
matching_new (GPtrArray *labels, GHashTable *reserved)
{
  Matching *matching = g_new (Matching, 1);

  *matching = (Matching){ g_new0 (gchar *, labels->len + 1), g_new0 (gunichar, labels->len),
                          reserved, g_hash_table_new (NULL, NULL) };
  for (guint i = 0; i < labels->len; i++)
    {
      matching->plain[i] = why_mnemonic_strip (labels->pdata[i]);
      matching->own[i] = why_mnemonic_get (labels->pdata[i]);
    }
  return matching;
}

static void
matching_free (Matching *matching)
{
  g_strfreev (matching->plain);
  g_free (matching->own);
  g_hash_table_unref (matching->owners);
  g_free (matching);
}

static void
match (Matching *matching, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GHashTable) tried = g_hash_table_new (NULL, NULL);

      find_letter (matching, i, tried);
    }
}

/* [n] (transfer full) */
static gunichar *
read_letters (const Matching *matching, guint n)
{
  gunichar *letters = g_new0 (gunichar, n);
  GHashTableIter iter;
  gpointer letter, owner;

  g_hash_table_iter_init (&iter, matching->owners);
  while (g_hash_table_iter_next (&iter, &letter, &owner))
    letters[GPOINTER_TO_UINT (owner) - 1] = GPOINTER_TO_UINT (letter);
  return letters;
}

void
why_mnemonics_assign (GPtrArray *labels, GHashTable *taken, gboolean may_share)
{
  Matching *matching = matching_new (labels, taken);
  g_autoptr (GHashTable) sharers = g_hash_table_new (NULL, NULL);
  g_autofree gunichar *letters = NULL;

  match (matching, labels->len);
  letters = read_letters (matching, labels->len);
  for (guint i = 0; i < labels->len; i++)
    {
      if (!letters[i] && may_share)
        letters[i] = find_shared (matching, i, sharers);
      if (!letters[i] && (letters[i] = find_unused (matching)))
        g_hash_table_insert (matching->owners, GUINT_TO_POINTER (letters[i]),
                             GUINT_TO_POINTER (i + 1));
      if (letters[i] != matching->own[i] || !letters[i])
        {
          g_free (labels->pdata[i]);
          labels->pdata[i] = write_label (matching->plain[i], letters[i]);
        }
    }
  for (guint i = 0; i < labels->len; i++)
    if (letters[i])
      g_hash_table_add (taken, GUINT_TO_POINTER (letters[i]));
  matching_free (matching);
}
