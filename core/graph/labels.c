/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/labels.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "graph/confine.h"
#include "graph/model-private.h"
#include "limits.h"
#include "whylayer/param.h"

#define IMAGENET_CLASSES 1000
#define SYNONYM_SEPARATORS ",，、;" /* Latin and Chinese */

static gboolean
fail (GError **error, const gchar *message)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID, message);
  return FALSE;
}

/* One line a person can read: no control characters, no blanks around it. */
static gchar *
clean_label (const gchar *text)
{
  g_autoptr (GString) clean = g_string_new (NULL);

  for (const gchar *c = text; *c && clean->len < WHY_MAX_NAME_BYTES; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);
      g_string_append_unichar (clean, g_unichar_iscntrl (character) ? ' ' : character);
    }
  return g_strstrip (g_string_free (g_steal_pointer (&clean), FALSE));
}

/* ---- lists ---------------------------------------------------------------------------------- */

static gchar **
list_from_array (JsonArray *array, GError **error)
{
  guint n = json_array_get_length (array);
  g_auto (GStrv) list = NULL;

  if (n > WHY_MAX_LABELS)
    {
      fail (error, _ ("its list of labels is too long"));
      return NULL;
    }
  list = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_STRING)
        {
          fail (error, _ ("its list of labels must have only strings"));
          return NULL;
        }
      list[i] = clean_label (json_node_get_string (element));
    }
  return g_steal_pointer (&list);
}

/* One label a line; a byte order mark and blank lines at the end do not count. */
static gchar **
list_from_text (const gchar *text, GError **error)
{
  g_auto (GStrv) lines = NULL;
  gsize n;

  if (!g_utf8_validate (text, -1, NULL))
    {
      fail (error, _ ("its label file is not UTF-8 text"));
      return NULL;
    }
  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    text += 3;
  lines = g_strsplit (text, "\n", WHY_MAX_LABELS + 1);
  for (n = 0; lines[n]; n++)
    {
      gchar *label = clean_label (lines[n]);
      g_free (lines[n]);
      lines[n] = label;
    }
  while (n > 0 && *lines[n - 1] == '\0')
    g_clear_pointer (&lines[--n], g_free);
  return g_steal_pointer (&lines);
}

static gchar **
list_from_node (JsonNode *node, const gchar *folder, GError **error)
{
  g_autofree gchar *text = NULL;

  if (JSON_NODE_HOLDS_ARRAY (node))
    return list_from_array (json_node_get_array (node), error);
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      fail (error, _ ("its labels must be a list, the name of a text file, or either by language"));
      return NULL;
    }
  text = why_confined_get_contents (folder, json_node_get_string (node), WHY_MAX_SIDECAR_BYTES,
                                    error);
  return text ? list_from_text (text, error) : NULL;
}

/* ---- languages ------------------------------------------------------------------------------ */

/* The language that stands for the C locale: "C", else English, else whatever comes first. */
static const gchar *
c_language (JsonObject *by_language)
{
  g_autoptr (GList) languages = json_object_get_members (by_language);

  if (json_object_has_member (by_language, "C"))
    return "C";
  if (json_object_has_member (by_language, "en"))
    return "en";
  return languages ? languages->data : NULL;
}

/* The person's language when it is one of these; NULL when the C locale serves best. */
static const gchar *
ui_language (JsonObject *by_language)
{
  const gchar *const *wanted = g_get_language_names ();

  for (; *wanted && strcmp (*wanted, "C") != 0; wanted++)
    if (json_object_has_member (by_language, *wanted))
      return *wanted;
    else if (g_str_has_prefix (*wanted, "en"))
      return NULL;
  return NULL;
}

/* Takes both lists; ui may be NULL. A blank label becomes "class 7". */
static WhyLabels *
labels_take (gchar **c, gchar **ui)
{
  WhyLabels *labels = g_new0 (WhyLabels, 1);

  labels->n = (gint)g_strv_length (c);
  labels->c = c;
  labels->ui = ui ? ui : c;
  for (gint i = 0; i < labels->n; i++)
    {
      if (*labels->c[i] == '\0')
        {
          g_free (labels->c[i]);
          labels->c[i] = g_strdup_printf ("class %d", i);
        }
      if (*labels->ui[i] == '\0')
        {
          g_free (labels->ui[i]);
          labels->ui[i] = g_strdup_printf (_ ("class %d"), i);
        }
    }
  return labels;
}

static WhyLabels *
labels_by_language (JsonObject *by_language, const gchar *folder, GError **error)
{
  const gchar *language = c_language (by_language), *ui = ui_language (by_language);
  g_auto (GStrv) list = NULL;
  g_auto (GStrv) translated = NULL;

  if (!language)
    {
      fail (error, _ ("its labels must be a list, the name of a text file, or either by language"));
      return NULL;
    }
  list = list_from_node (json_object_get_member (by_language, language), folder, error);
  if (!list)
    return NULL;
  if (ui && strcmp (ui, language) != 0)
    {
      translated = list_from_node (json_object_get_member (by_language, ui), folder, error);
      if (!translated)
        return NULL;
      if (g_strv_length (translated) != g_strv_length (list))
        {
          g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                       _ ("it has %u labels in '%s' and %u in '%s'"), g_strv_length (list),
                       language, g_strv_length (translated), ui);
          return NULL;
        }
    }
  return labels_take (g_steal_pointer (&list), g_steal_pointer (&translated));
}

WhyLabels *
why_labels_new (JsonNode *node, const gchar *folder, GError **error)
{
  gchar **list;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return labels_by_language (json_node_get_object (node), folder, error);
  list = list_from_node (node, folder, error);
  return list ? labels_take (list, NULL) : NULL;
}

/* ---- defaults ------------------------------------------------------------------------------- */

/* A shipped list of n - 1 or n labels; the first class of n is background when one is missing. */
static gchar **
shipped_list (const gchar *file_name, gint n)
{
  g_autofree gchar *path = why_data_find ("labels", file_name);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) list = NULL;
  gchar **with_background;

  if (!path || !g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  list = list_from_text (text, NULL);
  if (!list || g_strv_length (list) != IMAGENET_CLASSES)
    return NULL;
  if (n == IMAGENET_CLASSES)
    return g_steal_pointer (&list);
  with_background = g_new0 (gchar *, n + 1);
  with_background[0] = g_strdup ("background");
  memcpy (with_background + 1, list, IMAGENET_CLASSES * sizeof (gchar *));
  memset (list, 0, IMAGENET_CLASSES * sizeof (gchar *));
  return with_background;
}

static gchar **
shipped_translation (gint n)
{
  for (const gchar *const *language = g_get_language_names (); *language; language++)
    {
      g_autofree gchar *file_name = g_strdup_printf ("imagenet-1k.%s.txt", *language);
      gchar **list = strchr (*language, G_DIR_SEPARATOR) ? NULL : shipped_list (file_name, n);
      if (list)
        return list;
    }
  return NULL;
}

static gchar **
blank_list (gint n)
{
  gchar **list = g_new0 (gchar *, (gsize)n + 1);

  for (gint i = 0; i < n; i++)
    list[i] = g_strdup ("");
  return list;
}

WhyLabels *
why_labels_new_default (gint n)
{
  gchar **list = NULL;

  if (n == IMAGENET_CLASSES || n == IMAGENET_CLASSES + 1)
    list = shipped_list ("imagenet-1k.txt", n);
  if (list)
    return labels_take (list, shipped_translation (n));
  return labels_take (blank_list (n), blank_list (n));
}

void
why_labels_free (WhyLabels *labels)
{
  if (!labels)
    return;
  if (labels->ui != labels->c)
    g_strfreev (labels->ui);
  g_strfreev (labels->c);
  g_free (labels);
}

/* ---- look-up -------------------------------------------------------------------------------- */

/* What a person types, made comparable. */
static gchar *
fold (const gchar *text)
{
  g_autofree gchar *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);

  return normal ? g_strstrip (g_utf8_casefold (normal, -1)) : g_strdup ("");
}

/* The parts of a label that each name it: "tench, Tinca tinca". (transfer full) */
static gchar **
split_synonyms (const gchar *label)
{
  GPtrArray *parts = g_ptr_array_new ();
  const gchar *start = label, *c;

  for (c = label; *c; c = g_utf8_next_char (c))
    if (g_utf8_strchr (SYNONYM_SEPARATORS, -1, g_utf8_get_char (c)))
      {
        g_ptr_array_add (parts, g_strstrip (g_strndup (start, (gsize)(c - start))));
        start = g_utf8_next_char (c);
      }
  g_ptr_array_add (parts, g_strstrip (g_strdup (start)));
  g_ptr_array_add (parts, NULL);
  return (gchar **)g_ptr_array_free (parts, FALSE);
}

static gboolean
is_label (const gchar *label, const gchar *folded)
{
  g_autofree gchar *candidate = fold (label);

  return strcmp (candidate, folded) == 0;
}

static gboolean
is_synonym (const gchar *label, const gchar *folded)
{
  g_auto (GStrv) parts = split_synonyms (label);

  for (gchar **part = parts; *part; part++)
    if (is_label (*part, folded))
      return TRUE;
  return FALSE;
}

/* The classes one of whose labels matches. (element-type gint) (transfer full) */
static GArray *
find_matches (const WhyLabels *labels, const gchar *text,
              gboolean (*matches) (const gchar *label, const gchar *folded))
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autofree gchar *folded = fold (text);

  for (gint i = 0; i < labels->n; i++)
    if (matches (labels->c[i], folded)
        || (labels->ui != labels->c && matches (labels->ui[i], folded)))
      g_array_append_val (found, i);
  return found;
}

static void
set_ambiguous (const gchar *text, const GArray *found, GError **error)
{
  g_autoptr (GString) indices = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (indices, "%s%d", i ? ", " : "", g_array_index (found, gint, i));
  g_set_error (error, WHY_ERROR, WHY_ERROR_LABEL, _ ("'%s' is ambiguous: %s; give the index"), text,
               indices->str);
}

static void
set_unknown (const WhyLabels *labels, const gchar *text, GError **error)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (g_free);
  const gchar *nearest;

  for (gint i = 0; i < labels->n; i++)
    {
      g_auto (GStrv) parts = split_synonyms (labels->c[i]);
      for (gchar **part = parts; *part; part++)
        g_ptr_array_add (candidates, g_strdup (*part));
      if (labels->ui != labels->c)
        g_ptr_array_add (candidates, g_strdup (labels->ui[i]));
    }
  g_ptr_array_add (candidates, NULL);
  nearest = why_nearest_word (text, (const gchar *const *)candidates->pdata);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_LABEL,
                 _ ("the model has no class '%s'; did you mean '%s'?"), text, nearest);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_LABEL,
                 _ ("the model has no class '%s'; give a label or an index from 0 to %d"), text,
                 labels->n - 1);
}

static gint
check_index (const WhyLabels *labels, const gchar *text, GError **error)
{
  guint64 index;

  if (g_ascii_string_to_unsigned (text, 10, 0, (guint64)labels->n - 1, &index, NULL))
    return (gint)index;
  g_set_error (error, WHY_ERROR, WHY_ERROR_LABEL,
               _ ("the model has no class %s; its classes are 0 to %d"), text, labels->n - 1);
  return -1;
}

static gboolean
is_decimal (const gchar *text)
{
  return *text && strspn (text, "0123456789") == strlen (text);
}

gint
why_labels_find (const WhyLabels *labels, const gchar *text, GError **error)
{
  g_autofree gchar *wanted = g_strstrip (g_strdup (text));
  g_autoptr (GArray) found = NULL;

  if (is_decimal (wanted))
    return check_index (labels, wanted, error);
  found = find_matches (labels, wanted, is_label);
  if (found->len == 0)
    {
      g_array_unref (found);
      found = find_matches (labels, wanted, is_synonym);
    }
  if (found->len == 1)
    return g_array_index (found, gint, 0);
  if (found->len > 1)
    set_ambiguous (wanted, found, error);
  else
    set_unknown (labels, wanted, error);
  return -1;
}
