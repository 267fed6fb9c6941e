/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of procedures, and those that only look something up. */
#include "host/procedures.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "session/models.h"

static const struct
{
  const gchar *name;
  WhyCallFunc func;
} funcs[] = {
  { "plug-in-whylayer-explain", NULL }, /* its dialog is the host's */
  { "plug-in-whylayer-classify", why_call_classify },
  { "plug-in-whylayer-restyle", why_call_restyle },
  { "plug-in-whylayer-batch", why_call_batch },
  { "plug-in-whylayer-select", why_call_select },
  { "plug-in-whylayer-test-selection", why_call_test_selection },
  { "plug-in-whylayer-compare", why_call_compare },
  { "plug-in-whylayer-minimal-region", why_call_explain_by_method },
  { "plug-in-whylayer-layer-shapley", why_call_layer_shapley },
  { "plug-in-whylayer-check", why_call_check },
  { "plug-in-whylayer-activations", why_call_explain_by_method },
  { "plug-in-whylayer-models", why_call_models },
  { "plug-in-whylayer-methods", why_call_methods },
  { "plug-in-whylayer-metrics", why_call_metrics },
};

WhyCallFunc
why_procedure_get_func (const WhyProcedure *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (funcs); i++)
    if (strcmp (funcs[i].name, row->name) == 0)
      return funcs[i].func;
  return NULL;
}

WhyRequest *
why_call_get_request (const WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_answers_request (call->arguments);

  if (call->interactive && !call->row->method)
    why_answers_follow_last (request);
  if (call->row->method)
    why_request_set (request, "method", call->row->method);
  return why_request_validate (request, error) ? g_steal_pointer (&request) : NULL;
}

GStrv
why_call_split (const WhyCall *call, const gchar *name)
{
  const gchar *text = why_params_get_string (call->arguments, name);
  GStrv parts = *text ? g_strsplit (text, ",", -1) : NULL;

  for (gint i = 0; parts && parts[i]; i++)
    g_strstrip (parts[i]);
  return parts;
}

/* A column of strings, one a row of a list. */
static void
set_column (WhyCall *call, const gchar *name, GPtrArray *column)
{
  why_answers_set_strings (call->answers, name, (const gchar *const *)column->pdata,
                           (gint)column->len);
}

static GPtrArray *
new_column (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

gboolean
why_call_models (WhyCall *call, GError **error)
{
  g_autoptr (GPtrArray) choices = why_model_choices ();
  g_autoptr (GPtrArray) ids = new_column (), names = new_column (), paths = new_column ();

  for (guint i = 0; i < choices->len; i++)
    {
      const WhyModelChoice *choice = g_ptr_array_index (choices, i);

      g_ptr_array_add (ids, g_strdup (choice->id));
      g_ptr_array_add (names, g_strdup (choice->nick));
      g_ptr_array_add (paths, g_filename_display_name (choice->path));
    }
  why_answers_set_number (call->answers, "count", choices->len);
  set_column (call, "models", ids);
  set_column (call, "names", names);
  set_column (call, "paths", paths);
  return TRUE;
}

/** Methods and metrics, listed alike. */
typedef struct
{
  GPtrArray *ids, *names, *blurbs, *parameters;
} Catalogue;

static void
catalogue_init (Catalogue *catalogue)
{
  *catalogue = (Catalogue){ new_column (), new_column (), new_column (), new_column () };
}

static void
catalogue_clear (Catalogue *catalogue)
{
  g_ptr_array_unref (catalogue->ids);
  g_ptr_array_unref (catalogue->names);
  g_ptr_array_unref (catalogue->blurbs);
  g_ptr_array_unref (catalogue->parameters);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Catalogue, catalogue_clear)

static void
catalogue_add (Catalogue *catalogue, const gchar *id, const gchar *name, const gchar *blurb,
               const WhyParam *table)
{
  g_autoptr (WhyParams) params = why_params_new (table);

  g_ptr_array_add (catalogue->ids, g_strdup (id));
  g_ptr_array_add (catalogue->names, g_strdup (name));
  g_ptr_array_add (catalogue->blurbs, g_strdup (blurb));
  g_ptr_array_add (catalogue->parameters, why_params_to_string (params, TRUE));
}

static void
catalogue_set (const Catalogue *catalogue, WhyCall *call, const gchar *what)
{
  why_answers_set_number (call->answers, "count", catalogue->ids->len);
  set_column (call, what, catalogue->ids);
  set_column (call, "names", catalogue->names);
  set_column (call, "blurbs", catalogue->blurbs);
  set_column (call, "parameters", catalogue->parameters);
}

gboolean
why_call_methods (WhyCall *call, GError **error)
{
  g_auto (Catalogue) catalogue;
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);

  catalogue_init (&catalogue);
  for (gsize i = 0; i < n; i++)
    catalogue_add (&catalogue, why_method_get_id (methods[i]), _ (why_method_get_name (methods[i])),
                   _ (why_method_get_blurb (methods[i])), why_method_get_params (methods[i]));
  catalogue_set (&catalogue, call, "methods");
  return TRUE;
}

gboolean
why_call_metrics (WhyCall *call, GError **error)
{
  g_auto (Catalogue) catalogue;
  gsize n;
  const WhyMetric *const *metrics = why_metrics (&n);

  catalogue_init (&catalogue);
  for (gsize i = 0; i < n; i++)
    catalogue_add (&catalogue, why_metric_get_id (metrics[i]), _ (why_metric_get_name (metrics[i])),
                   _ (why_metric_get_blurb (metrics[i])), why_metric_get_params (metrics[i]));
  catalogue_set (&catalogue, call, "metrics");
  return TRUE;
}
