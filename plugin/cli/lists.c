/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer models | methods | metrics: the tables, as text or JSON. */
#include "cli/cli.h"

#include <glib/gi18n.h>

#include "session/models.h"

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  if (!value)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_bool (JsonBuilder *builder, const gchar *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_choices (JsonBuilder *builder, const WhyChoice *choices)
{
  json_builder_set_member_name (builder, "choices");
  json_builder_begin_array (builder);
  for (gint i = 0; choices[i].id; i++)
    json_builder_add_string_value (builder, choices[i].id);
  json_builder_end_array (builder);
}

static void
add_params (JsonBuilder *builder, const WhyParam *params)
{
  static const gchar *const types[] = { "bool", "int", "double", "choice", "string" };

  json_builder_set_member_name (builder, "params");
  json_builder_begin_array (builder);
  for (; params && params->name; params++)
    {
      json_builder_begin_object (builder);
      add_string (builder, "name", params->name);
      add_string (builder, "type", types[params->type]);
      add_string (builder, "default", params->def);
      add_string (builder, "blurb", _ (params->blurb));
      if (params->type == WHY_PARAM_INT || params->type == WHY_PARAM_DOUBLE)
        {
          json_builder_set_member_name (builder, "min");
          json_builder_add_double_value (builder, params->min);
          json_builder_set_member_name (builder, "max");
          json_builder_add_double_value (builder, params->max);
        }
      if (params->type == WHY_PARAM_CHOICE)
        add_choices (builder, params->choices);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* "  steps=50 (1 … 4096): The number of steps." */
static void
append_params (GString *text, const WhyParam *params)
{
  for (; params && params->name; params++)
    {
      g_string_append_printf (text, "\n    %s=%s", params->name, params->def ? params->def : "");
      if (params->type == WHY_PARAM_INT || params->type == WHY_PARAM_DOUBLE)
        g_string_append_printf (text, " (%.10g … %.10g)", params->min, params->max);
      for (gint i = 0; params->type == WHY_PARAM_CHOICE && params->choices[i].id; i++)
        g_string_append_printf (text, "%s%s", i == 0 ? " (" : "|", params->choices[i].id);
      if (params->type == WHY_PARAM_CHOICE)
        g_string_append_c (text, ')');
      g_string_append_printf (text, ": %s", _ (params->blurb));
    }
}

/* Reads the options of a command that takes none but --json, and no file. */
static gboolean
read_options (WhyCliOptions *options, const gchar *command, gint argc, gchar **argv)
{
  g_autoptr (GError) error = NULL;

  if (!why_cli_options_read (options, 0, NULL, command, argc, argv))
    return FALSE;
  if (!options->files)
    return TRUE;
  g_set_error (&error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("“%s” takes no file: leave “%s” out"),
               command, options->files[0]);
  why_cli_complain (NULL, error);
  return FALSE;
}

static void
print_models_json (const GPtrArray *models)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < models->len; i++)
    {
      const WhyModelChoice *choice = g_ptr_array_index (models, i);

      json_builder_begin_object (builder);
      add_string (builder, "name", choice->id);
      add_string (builder, "path", choice->path);
      add_bool (builder, "bundled", choice->origin == WHY_MODEL_BUNDLED);
      add_bool (builder, "recent", choice->origin == WHY_MODEL_RECENT);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  why_cli_print_json (root);
}

gint
why_cli_models (gint argc, gchar **argv)
{
  static const gchar *const marks[] = { N_ (" (bundled)"), N_ (" (yours)"), N_ (" (recent)") };
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (GPtrArray) models = NULL;

  if (!read_options (&options, "models", argc, argv))
    return WHY_EXIT_USAGE;
  models = why_model_choices ();
  if (options.json)
    {
      print_models_json (models);
      return WHY_EXIT_DONE;
    }
  for (guint i = 0; i < models->len; i++)
    {
      const WhyModelChoice *choice = g_ptr_array_index (models, i);
      g_autofree gchar *line
          = g_strdup_printf ("%s%s  %s", choice->id, _ (marks[choice->origin]), choice->path);
      why_cli_print (line);
    }
  return WHY_EXIT_DONE;
}

static void
add_method (JsonBuilder *builder, const WhyMethod *method)
{
  const gchar *caveat = why_method_get_caveat (method);

  json_builder_begin_object (builder);
  add_string (builder, "id", why_method_get_id (method));
  add_string (builder, "name", _ (why_method_get_name (method)));
  add_string (builder, "family", _ (why_family_get_nick (why_method_get_family (method))));
  add_string (builder, "blurb", _ (why_method_get_blurb (method)));
  add_string (builder, "citation", why_method_get_citation (method));
  add_string (builder, "caveat", caveat ? _ (caveat) : NULL);
  add_string (builder, "score", why_score_to_string (why_method_get_score (method)));
  add_bool (builder, "signed", why_method_is_signed (method));
  add_bool (builder, "layer", why_method_uses_layer (method));
  add_params (builder, why_method_get_params (method));
  json_builder_end_object (builder);
}

static void
print_method (const WhyMethod *method)
{
  const gchar *caveat = why_method_get_caveat (method);
  g_autoptr (GString) text = g_string_new (why_method_get_id (method));

  g_string_append_printf (text, "  %s\n    %s", _ (why_method_get_name (method)),
                          _ (why_method_get_blurb (method)));
  if (caveat)
    g_string_append_printf (text, "\n    %s", _ (caveat));
  g_string_append_printf (text, "\n    %s", why_method_get_citation (method));
  append_params (text, why_method_get_params (method));
  why_cli_print (text->str);
}

gint
why_cli_methods (gint argc, gchar **argv)
{
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const WhyMethod *const *methods;
  gsize n;

  if (!read_options (&options, "methods", argc, argv))
    return WHY_EXIT_USAGE;
  methods = why_methods (&n);
  json_builder_begin_array (builder);
  for (gsize i = 0; i < n; i++)
    if (options.json)
      add_method (builder, methods[i]);
    else
      print_method (methods[i]);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  if (options.json)
    why_cli_print_json (root);
  return WHY_EXIT_DONE;
}

static void
add_metric (JsonBuilder *builder, const WhyMetric *metric)
{
  json_builder_begin_object (builder);
  add_string (builder, "id", why_metric_get_id (metric));
  add_string (builder, "name", _ (why_metric_get_name (metric)));
  add_string (builder, "blurb", _ (why_metric_get_blurb (metric)));
  add_string (builder, "citation", why_metric_get_citation (metric));
  add_bool (builder, "higher_is_better", why_metric_higher_is_better (metric));
  add_bool (builder, "needs_mask", why_metric_needs_mask (metric));
  add_params (builder, why_metric_get_params (metric));
  json_builder_end_object (builder);
}

static void
print_metric (const WhyMetric *metric)
{
  g_autoptr (GString) text = g_string_new (why_metric_get_id (metric));

  g_string_append_printf (text, "  %s (%s)\n    %s\n    %s", _ (why_metric_get_name (metric)),
                          why_metric_higher_is_better (metric) ? _ ("higher is better")
                                                               : _ ("lower is better"),
                          _ (why_metric_get_blurb (metric)), why_metric_get_citation (metric));
  append_params (text, why_metric_get_params (metric));
  why_cli_print (text->str);
}

gint
why_cli_metrics (gint argc, gchar **argv)
{
  g_auto (WhyCliOptions) options = { 0 };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const WhyMetric *const *metrics;
  gsize n;

  if (!read_options (&options, "metrics", argc, argv))
    return WHY_EXIT_USAGE;
  metrics = why_metrics (&n);
  json_builder_begin_array (builder);
  for (gsize i = 0; i < n; i++)
    if (options.json)
      add_metric (builder, metrics[i]);
    else
      print_metric (metrics[i]);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  if (options.json)
    why_cli_print_json (root);
  return WHY_EXIT_DONE;
}
