/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WhyRequest: its fields by name, and everything about it that can be checked without a model. */
#include "session/session-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "limits.h"
#include "session/arguments.h"
#include "session/models.h"

#define MAX_REPEAT 1000

/* In the order of the struct's members. */
static const gchar *const names[]
    = { "model",  "method", "parameters", "node",   "target", "against", "score",
        "region", "view",   "style",      "output", "preset", "repeat",  NULL };
#define N_FIELDS (G_N_ELEMENTS (names) - 1)
G_STATIC_ASSERT (sizeof (WhyRequest) == N_FIELDS * sizeof (gchar *));

static const gchar *const policies[] = { "stretch", "crop", "letterbox", NULL };

WhyRequest *
why_request_new (void)
{
  return g_new0 (WhyRequest, 1);
}

WhyRequest *
why_request_copy (const WhyRequest *request)
{
  WhyRequest *copy = why_request_new ();

  for (gsize i = 0; i < N_FIELDS; i++)
    ((gchar **)copy)[i] = g_strdup (((gchar *const *)request)[i]);
  return copy;
}

void
why_request_free (WhyRequest *request)
{
  if (!request)
    return;
  for (gsize i = 0; i < N_FIELDS; i++)
    g_free (((gchar **)request)[i]);
  g_free (request);
}

const gchar *const *
why_request_names (void)
{
  return names;
}

gchar **
why_request_field (WhyRequest *request, const gchar *name)
{
  for (gsize i = 0; i < N_FIELDS; i++)
    if (g_str_equal (names[i], name))
      return (gchar **)request + i;
  return NULL;
}

const gchar *
why_request_get (const WhyRequest *request, const gchar *name)
{
  gchar **field = why_request_field ((WhyRequest *)request, name);

  return field && *field ? *field : "";
}

void
why_request_set (WhyRequest *request, const gchar *name, const gchar *value)
{
  gchar **field = why_request_field (request, name);
  gchar *before;

  g_return_if_fail (field);
  before = *field;
  *field = g_strdup (value && *value ? value : NULL);
  g_free (before); /* last: value may be the field itself */
}

void
why_request_set_params (WhyRequest *request, const WhyParams *params)
{
  const WhyParam *table = why_params_get_table (params);

  for (gsize i = 0; table[i].name; i++)
    if (why_request_field (request, table[i].name))
      {
        g_autofree gchar *value = why_params_dup_value (params, table[i].name);
        why_request_set (request, table[i].name, value);
      }
}

gint
why_request_get_repeat (const WhyRequest *request)
{
  const gchar *text = why_request_get (request, "repeat");

  return *text ? (gint)g_ascii_strtoll (text, NULL, 10) : 1;
}

const gchar *
why_resize_to_string (WhyResize policy)
{
  return policies[policy];
}

gboolean
why_resize_from_string (const gchar *text, WhyResize *policy)
{
  for (gint i = 0; policies[i]; i++)
    if (g_ascii_strcasecmp (text, policies[i]) == 0)
      {
        *policy = (WhyResize)i;
        return TRUE;
      }
  return FALSE;
}

/* "96" or "128x96". */
static gboolean
parse_size (const gchar *text, gint *width, gint *height)
{
  g_auto (GStrv) sides = g_strsplit_set (text, "xX", 2);
  guint64 side[2];

  for (gint i = 0; i < 2; i++)
    if (!g_ascii_string_to_unsigned (sides[i] ? sides[i] : sides[0], 10, 1, WHY_MAX_INPUT_SIDE,
                                     &side[i], NULL))
      return FALSE;
  *width = (gint)side[0];
  *height = (gint)side[1];
  return TRUE;
}

gboolean
why_view_spec_parse (const gchar *text, WhyViewSpec *spec, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ":", 2);
  const gchar *policy = parts[0] ? parts[0] : "";
  const gchar *nearest;

  memset (spec, 0, sizeof *spec);
  if (parts[0] && parts[1] && !parse_size (parts[1], &spec->width, &spec->height))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("the view's size “%s” is not SIZE or WIDTHxHEIGHT in pixels, 1 to %d"),
                   parts[1], WHY_MAX_INPUT_SIDE);
      return FALSE;
    }
  if (!*policy)
    return TRUE;
  spec->has_policy = why_resize_from_string (policy, &spec->policy);
  if (spec->has_policy)
    return TRUE;
  nearest = why_nearest_word (policy, policies);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("there is no view “%s”: it is stretch, crop or letterbox; did you mean “%s”?"),
                 policy, nearest);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("there is no view “%s”: it is stretch, crop or letterbox"), policy);
  return FALSE;
}

static gboolean
check_preset (const gchar *id, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autofree gchar *list = NULL;
  const WhyPreset *presets;
  gsize n;

  presets = why_model_presets (&n);
  for (gsize i = 0; i < n; i++)
    {
      if (g_str_equal (id, presets[i].id))
        return TRUE;
      g_ptr_array_add (ids, (gpointer)presets[i].id);
    }
  g_ptr_array_add (ids, NULL);
  list = g_strjoinv (", ", (gchar **)ids->pdata);
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               _ ("there is no preprocessing preset “%s”: it is one of %s"), id, list);
  return FALSE;
}

gboolean
why_request_split_model (const WhyRequest *request, gchar **name, const gchar **preset,
                         GError **error)
{
  const gchar *given;
  g_autofree gchar *model = why_model_id_split (why_request_get (request, "model"), &given);

  if (!*given)
    given = why_request_get (request, "preset");
  if (*given && !check_preset (given, error))
    return FALSE;
  *name = g_steal_pointer (&model);
  *preset = *given ? given : NULL;
  return TRUE;
}

/* The arguments that are one of a few words. */
static gboolean
check_choices (const WhyRequest *request, GError **error)
{
  const WhyParam *table = why_procedure_lookup ("plug-in-whylayer-explain")->arguments;
  g_autoptr (WhyParams) params = why_params_new (table);

  for (gsize i = 0; table[i].name; i++)
    {
      const gchar *value = why_request_get (request, table[i].name);

      if (table[i].type == WHY_PARAM_CHOICE && *value
          && !why_params_set (params, table[i].name, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_params (const WhyParam *table, const gchar *text, GError **error)
{
  g_autoptr (WhyParams) params = why_params_new (table);

  return why_params_parse (params, text, error);
}

gboolean
why_request_validate (const WhyRequest *request, GError **error)
{
  const WhyMethod *method = why_method_lookup (why_request_get (request, "method"), error);
  const gchar *repeat = why_request_get (request, "repeat");
  const gchar *score_text = why_request_get (request, "score");
  WhyScore score;
  g_autofree gchar *name = NULL;
  const gchar *preset;
  WhyOutputSpec output;
  WhyViewSpec view;

  if (!method || !why_request_split_model (request, &name, &preset, error)
      || !check_choices (request, error)
      || (*score_text && !why_score_from_string (score_text, &score, error))
      || !check_params (why_method_get_params (method), why_request_get (request, "parameters"),
                        error)
      || !why_view_spec_parse (why_request_get (request, "view"), &view, error)
      || !why_output_spec_parse (why_request_get (request, "output"), &output, error)
      || !check_params (why_style_params (), why_request_get (request, "style"), error))
    return FALSE;
  if (*repeat && !g_ascii_string_to_unsigned (repeat, 10, 1, MAX_REPEAT, NULL, NULL))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("repeat is “%s”: it should be a number from 1 to %d"), repeat, MAX_REPEAT);
      return FALSE;
    }
  return TRUE;
}

/* The parts of "NAME=VALUE;…" whose names the method has. (transfer full) */
static gchar *
select_parameters (const WhyMethod *method, gchar **parts)
{
  GString *text = g_string_new (NULL);

  for (gint i = 0; parts[i]; i++)
    {
      g_auto (GStrv) pair = g_strsplit (parts[i], "=", 2);

      if (pair[0] && why_param_lookup (why_method_get_params (method), g_strstrip (pair[0])))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ";" : "", parts[i]);
    }
  return g_string_free (text, FALSE);
}

/* With several methods each takes the parameters that are its own; one that is nobody's is an
 * error. */
static gboolean
distribute_parameters (const GPtrArray *requests, const gchar *parameters, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (parameters, ";", -1);
  g_autoptr (GPtrArray) methods = g_ptr_array_new ();

  for (guint i = 0; i < requests->len; i++)
    {
      WhyRequest *request = g_ptr_array_index (requests, i);
      const WhyMethod *method = why_method_lookup (why_request_get (request, "method"), error);
      g_autofree gchar *own = method ? select_parameters (method, parts) : NULL;

      if (!method)
        return FALSE;
      why_request_set (request, "parameters", own);
      g_ptr_array_add (methods, (gpointer)method);
    }
  for (gint i = 0; parts[i]; i++)
    {
      gboolean taken = FALSE;

      for (guint m = 0; m < methods->len && !taken; m++)
        {
          gchar *one[] = { parts[i], NULL };
          g_autofree gchar *own = select_parameters (g_ptr_array_index (methods, m), one);

          taken = *own != '\0';
        }
      if (!taken
          && !check_params (why_method_get_params (g_ptr_array_index (methods, 0)), parts[i],
                            error))
        return FALSE;
    }
  return TRUE;
}

GPtrArray *
why_request_expand (const WhyRequest *request, const gchar *const *models,
                    const gchar *const *methods, GError **error)
{
  g_autoptr (GPtrArray) requests
      = g_ptr_array_new_with_free_func ((GDestroyNotify)why_request_free);
  const gchar *const one_model[] = { why_request_get (request, "model"), NULL };
  const gchar *const one_method[] = { why_request_get (request, "method"), NULL };

  models = models && models[0] ? models : one_model;
  methods = methods && methods[0] ? methods : one_method;
  for (gint i = 0; models[i]; i++)
    for (gint j = 0; methods[j]; j++)
      {
        WhyRequest *copy = why_request_copy (request);

        why_request_set (copy, "model", models[i]);
        why_request_set (copy, "method", methods[j]);
        g_ptr_array_add (requests, copy);
      }
  if (methods[1]
      && !distribute_parameters (requests, why_request_get (request, "parameters"), error))
    return NULL;
  for (guint i = 0; i < requests->len; i++)
    if (!why_request_validate (g_ptr_array_index (requests, i), error))
      return NULL;
  return g_steal_pointer (&requests);
}
