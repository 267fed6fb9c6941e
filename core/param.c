/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/param.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "whylayer/error.h"

typedef struct
{
  gdouble number; /* bool, int and double; the choice's index */
  gchar *text;    /* as written */
} Value;

struct _WhyParams
{
  const WhyParam *table;
  gint n;
  Value *values;
};

static const WhyParam no_params[] = { WHY_PARAM_END };

/* Levenshtein distance, with a transposition counted as one slip. */
static gint
edit_distance (const gchar *a, const gchar *b)
{
  gsize la = strlen (a), lb = strlen (b), w = lb + 1;
  g_autofree gint *d = g_new (gint, (la + 1) * w);

  for (gsize i = 0; i <= la; i++)
    d[i * w] = (gint)i;
  for (gsize j = 0; j <= lb; j++)
    d[j] = (gint)j;
  for (gsize i = 1; i <= la; i++)
    for (gsize j = 1; j <= lb; j++)
      {
        gint best = MIN (d[(i - 1) * w + j], d[i * w + j - 1]) + 1;
        best = MIN (best, d[(i - 1) * w + j - 1] + (a[i - 1] != b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          best = MIN (best, d[(i - 2) * w + j - 2] + 1);
        d[i * w + j] = best;
      }
  return d[la * w + lb];
}

const gchar *
why_nearest_word (const gchar *word, const gchar *const *candidates)
{
  const gchar *nearest = NULL;
  gint best = G_MAXINT;
  g_autofree gchar *lower = g_ascii_strdown (word, MIN ((gssize)strlen (word), 64));

  for (gint i = 0; candidates[i]; i++)
    {
      g_autofree gchar *candidate
          = g_ascii_strdown (candidates[i], MIN ((gssize)strlen (candidates[i]), 64));
      gint distance = edit_distance (lower, candidate);
      if (distance < best)
        {
          best = distance;
          nearest = candidates[i];
        }
    }
  return best <= MAX (2, (gint)strlen (lower) / 3) ? nearest : NULL;
}

const WhyParam *
why_param_lookup (const WhyParam *table, const gchar *name)
{
  for (; table && table->name; table++)
    if (strcmp (table->name, name) == 0)
      return table;
  return NULL;
}

static gint
choice_index (const WhyParam *param, const gchar *id)
{
  for (gint i = 0; param->choices[i].id; i++)
    if (strcmp (param->choices[i].id, id) == 0)
      return i;
  return -1;
}

static gchar *
join_choices (const WhyParam *param)
{
  GString *text = g_string_new (NULL);

  for (gint i = 0; param->choices[i].id; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", param->choices[i].id);
  return g_string_free (text, FALSE);
}

static const gchar *
nearest_choice (const WhyParam *param, const gchar *value)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  for (gint i = 0; param->choices[i].id; i++)
    g_ptr_array_add (ids, (gpointer)param->choices[i].id);
  g_ptr_array_add (ids, NULL);
  return why_nearest_word (value, (const gchar *const *)ids->pdata);
}

static gboolean
read_bool (const WhyParam *param, const gchar *value, gdouble *number, GError **error)
{
  static const gchar *const yes[] = { "yes", "true", "1", "on" };
  static const gchar *const no[] = { "no", "false", "0", "off" };

  for (gsize i = 0; i < G_N_ELEMENTS (yes); i++)
    if (g_ascii_strcasecmp (value, yes[i]) == 0 || g_ascii_strcasecmp (value, no[i]) == 0)
      {
        *number = g_ascii_strcasecmp (value, yes[i]) == 0;
        return TRUE;
      }
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("%s=%s: this takes yes or no"), param->name,
               value);
  return FALSE;
}

static gboolean
read_number (const WhyParam *param, const gchar *value, gdouble *number, GError **error)
{
  gchar *end = NULL;
  gboolean whole = param->type == WHY_PARAM_INT;
  gdouble x = g_ascii_strtod (value, &end);
  gchar low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  if (end != value && *end == '\0' && isfinite (x) && x >= param->min && x <= param->max
      && (!whole || x == floor (x)))
    {
      *number = x;
      return TRUE;
    }
  g_ascii_formatd (low, sizeof low, "%.10g", param->min);
  g_ascii_formatd (high, sizeof high, "%.10g", param->max);
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               whole ? _ ("%s=%s: this takes a whole number from %s to %s")
                     : _ ("%s=%s: this takes a number from %s to %s"),
               param->name, value, low, high);
  return FALSE;
}

static gboolean
read_choice (const WhyParam *param, const gchar *value, gdouble *number, GError **error)
{
  gint index = choice_index (param, value);
  g_autofree gchar *accepted = NULL;
  const gchar *nearest;

  if (index >= 0)
    {
      *number = index;
      return TRUE;
    }
  accepted = join_choices (param);
  nearest = nearest_choice (param, value);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("%s=%s: did you mean %s? This takes one of %s"), param->name, value, nearest,
                 accepted);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("%s=%s: this takes one of %s"),
                 param->name, value, accepted);
  return FALSE;
}

static gboolean
read_value (const WhyParam *param, const gchar *value, gdouble *number, GError **error)
{
  switch (param->type)
    {
    case WHY_PARAM_BOOL:
      return read_bool (param, value, number, error);
    case WHY_PARAM_INT:
    case WHY_PARAM_DOUBLE:
      return read_number (param, value, number, error);
    case WHY_PARAM_CHOICE:
      return read_choice (param, value, number, error);
    case WHY_PARAM_STRING:
      break;
    }
  return TRUE;
}

WhyParams *
why_params_new (const WhyParam *table)
{
  WhyParams *params = g_new0 (WhyParams, 1);

  params->table = table ? table : no_params;
  while (params->table[params->n].name)
    params->n++;
  params->values = g_new0 (Value, params->n);
  for (gint i = 0; i < params->n; i++)
    {
      g_autoptr (GError) error = NULL;
      Value *value = &params->values[i];
      value->text = g_strdup (params->table[i].def ? params->table[i].def : "");
      if (!read_value (&params->table[i], value->text, &value->number, &error))
        g_error ("the default of a parameter is not valid: %s", error->message);
    }
  return params;
}

WhyParams *
why_params_copy (const WhyParams *params)
{
  WhyParams *copy = g_new0 (WhyParams, 1);

  copy->table = params->table;
  copy->n = params->n;
  copy->values = g_new0 (Value, params->n);
  for (gint i = 0; i < params->n; i++)
    copy->values[i] = (Value){ params->values[i].number, g_strdup (params->values[i].text) };
  return copy;
}

void
why_params_free (WhyParams *params)
{
  if (!params)
    return;
  for (gint i = 0; i < params->n; i++)
    g_free (params->values[i].text);
  g_free (params->values);
  g_free (params);
}

const WhyParam *
why_params_get_table (const WhyParams *params)
{
  return params->table;
}

static void
set_unknown_name (const WhyParams *params, const gchar *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree gchar *accepted = NULL;
  const gchar *nearest;

  for (gint i = 0; i < params->n; i++)
    g_ptr_array_add (names, (gpointer)params->table[i].name);
  g_ptr_array_add (names, NULL);
  accepted = g_strjoinv (", ", (gchar **)names->pdata);
  nearest = why_nearest_word (name, (const gchar *const *)names->pdata);
  if (params->n == 0)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("no parameter '%s': this takes none"),
                 name);
  else if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("no parameter '%s': did you mean %s? There are %s"), name, nearest, accepted);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("no parameter '%s': there are %s"), name,
                 accepted);
}

gboolean
why_params_set (WhyParams *params, const gchar *name, const gchar *value, GError **error)
{
  const WhyParam *param = why_param_lookup (params->table, name);
  Value *slot;
  gdouble number = 0.0;

  if (!param)
    {
      set_unknown_name (params, name, error);
      return FALSE;
    }
  if (!read_value (param, value, &number, error))
    return FALSE;
  slot = &params->values[param - params->table];
  g_free (slot->text);
  *slot = (Value){ number, g_strdup (value) };
  return TRUE;
}

gboolean
why_params_parse (WhyParams *params, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (!text)
    return TRUE;
  parts = g_strsplit (text, ";", -1);
  for (gint i = 0; parts[i]; i++)
    {
      gchar *name = g_strstrip (parts[i]);
      gchar *equals = strchr (name, '=');

      if (*name == '\0')
        continue;
      if (!equals)
        {
          g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                       _ ("'%s': write NAME=VALUE, several with ';' between them"), name);
          return FALSE;
        }
      *equals = '\0';
      if (!why_params_set (params, g_strstrip (name), g_strstrip (equals + 1), error))
        return FALSE;
    }
  return TRUE;
}

gchar *
why_params_to_string (const WhyParams *params, gboolean all)
{
  GString *text = g_string_new (NULL);

  for (gint i = 0; i < params->n; i++)
    {
      const WhyParam *param = &params->table[i];
      if (!all && g_strcmp0 (params->values[i].text, param->def ? param->def : "") == 0)
        continue;
      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ";" : "", param->name,
                              params->values[i].text);
    }
  return g_string_free (text, FALSE);
}

static const Value *
get_value (const WhyParams *params, const gchar *name)
{
  const WhyParam *param = why_param_lookup (params->table, name);

  if (!param)
    g_error ("no parameter named '%s' in this table", name);
  return &params->values[param - params->table];
}

gboolean
why_params_get_bool (const WhyParams *params, const gchar *name)
{
  return get_value (params, name)->number != 0.0;
}

gint64
why_params_get_int (const WhyParams *params, const gchar *name)
{
  return (gint64)get_value (params, name)->number;
}

gdouble
why_params_get_double (const WhyParams *params, const gchar *name)
{
  return get_value (params, name)->number;
}

const gchar *
why_params_get_choice (const WhyParams *params, const gchar *name)
{
  return get_value (params, name)->text;
}

gint
why_params_get_choice_index (const WhyParams *params, const gchar *name)
{
  return (gint)get_value (params, name)->number;
}

const gchar *
why_params_get_string (const WhyParams *params, const gchar *name)
{
  return get_value (params, name)->text;
}

gchar *
why_params_dup_value (const WhyParams *params, const gchar *name)
{
  return g_strdup (get_value (params, name)->text);
}
