/* SPDX-License-Identifier: GPL-3.0-or-later */
/* whylayer inspect MODEL.onnx: what the file says, also when it cannot be used, and what we make
 * of it when it can.
 */
#include "cli/cli.h"

#include <glib/gi18n.h>

/** One thing that is printed as text or as a member of the JSON object. */
typedef struct
{
  JsonBuilder *builder;
  GString *text;
} Sheet;

static void
say (Sheet *sheet, const gchar *title, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (sheet->builder, name);
  json_builder_add_string_value (sheet->builder, value);
  g_string_append_printf (sheet->text, "%-16s %s\n", title, value);
}

static void
say_count (Sheet *sheet, const gchar *title, const gchar *name, guint64 value)
{
  json_builder_set_member_name (sheet->builder, name);
  json_builder_add_int_value (sheet->builder, (gint64)value);
  g_string_append_printf (sheet->text, "%-16s %" G_GUINT64_FORMAT "\n", title, value);
}

static void
say_bytes (Sheet *sheet, const gchar *title, const gchar *name, guint64 bytes)
{
  g_autofree gchar *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);

  json_builder_set_member_name (sheet->builder, name);
  json_builder_add_int_value (sheet->builder, (gint64)bytes);
  g_string_append_printf (sheet->text, "%-16s %s\n", title, size);
}

/* An open extent is -1. */
static void
add_shape (JsonBuilder *builder, const WhyShape *shape)
{
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (gint d = 0; d < shape->rank; d++)
    json_builder_add_int_value (builder, shape->dims[d]);
  json_builder_end_array (builder);
}

static void
say_ports (Sheet *sheet, const gchar *title, const gchar *name, const GPtrArray *ports)
{
  json_builder_set_member_name (sheet->builder, name);
  json_builder_begin_array (sheet->builder);
  for (guint i = 0; i < ports->len; i++)
    {
      const WhyModelPort *port = g_ptr_array_index (ports, i);
      g_autofree gchar *shape
          = port->shape.rank >= 0 ? why_shape_to_string (&port->shape) : g_strdup ("");

      json_builder_begin_object (sheet->builder);
      json_builder_set_member_name (sheet->builder, "name");
      json_builder_add_string_value (sheet->builder, port->name);
      json_builder_set_member_name (sheet->builder, "type");
      json_builder_add_string_value (sheet->builder, why_dtype_name (port->dtype));
      if (port->shape.rank >= 0)
        add_shape (sheet->builder, &port->shape);
      json_builder_end_object (sheet->builder);
      g_string_append_printf (sheet->text, "%-16s %s  %s %s\n", title, port->name,
                              why_dtype_name (port->dtype), shape);
    }
  json_builder_end_array (sheet->builder);
}

static void
say_operator (Sheet *sheet, const WhyModelOperator *use)
{
  json_builder_begin_object (sheet->builder);
  json_builder_set_member_name (sheet->builder, "name");
  json_builder_add_string_value (sheet->builder, use->name);
  json_builder_set_member_name (sheet->builder, "domain");
  json_builder_add_string_value (sheet->builder, use->domain);
  json_builder_set_member_name (sheet->builder, "count");
  json_builder_add_int_value (sheet->builder, use->count);
  json_builder_set_member_name (sheet->builder, "supported");
  json_builder_add_boolean_value (sheet->builder, use->supported);
  if (!use->supported)
    {
      json_builder_set_member_name (sheet->builder, "nodes");
      json_builder_begin_array (sheet->builder);
      for (guint i = 0; i < use->nodes->len; i++)
        json_builder_add_string_value (sheet->builder, g_ptr_array_index (use->nodes, i));
      json_builder_end_array (sheet->builder);
    }
  json_builder_end_object (sheet->builder);
  g_string_append_printf (sheet->text, "  %-22s %4d%s%s", use->name, use->count,
                          *use->domain ? "  " : "", use->domain);
  if (!use->supported)
    g_string_append_printf (sheet->text, "  %s:", _ ("not supported"));
  for (guint i = 0; !use->supported && i < use->nodes->len; i++)
    g_string_append_printf (sheet->text, " %s", (const gchar *)g_ptr_array_index (use->nodes, i));
  g_string_append_c (sheet->text, '\n');
}

static void
say_survey (Sheet *sheet, const WhyModelSurvey *survey)
{
  say_count (sheet, _ ("Opset"), "opset", (guint64)survey->opset);
  say_count (sheet, _ ("ONNX version"), "ir_version", (guint64)survey->ir_version);
  if (survey->producer)
    say (sheet, _ ("Made by"), "producer", survey->producer);
  say_ports (sheet, _ ("Input"), "inputs", survey->inputs);
  say_ports (sheet, _ ("Output"), "outputs", survey->outputs);
  json_builder_set_member_name (sheet->builder, "operators");
  json_builder_begin_array (sheet->builder);
  g_string_append_printf (sheet->text, "%s\n", _ ("Operators"));
  for (guint i = 0; i < survey->operators->len; i++)
    say_operator (sheet, g_ptr_array_index (survey->operators, i));
  json_builder_end_array (sheet->builder);
}

static void
say_model (Sheet *sheet, const WhyModel *model)
{
  static const gchar *const channels[] = { "rgb", "bgr", "gray" };
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);
  g_autofree gchar *size = g_strdup_printf ("%d×%d", pre->width, pre->height);

  say (sheet, _ ("Name"), "name", why_model_get_name (model));
  say (sheet, _ ("SHA-256"), "sha256", why_model_get_sha256 (model));
  say_count (sheet, _ ("Classes"), "classes", (guint64)why_model_get_n_classes (model));
  say (sheet, _ ("Input size"), "size", size);
  say (sheet, _ ("Channels"), "channels", channels[pre->channels]);
  say (sheet, _ ("Preprocessing"), "preprocessing", why_model_get_preprocessing_source (model));
}

static void
say_value (Sheet *sheet, WhyNet *net, WhyValueId id, const gchar *mark)
{
  const gchar *node = why_net_get_node_name (net, id);
  WhyGrid grid;

  if (!why_net_get_grid (net, id, &grid))
    return;
  json_builder_begin_object (sheet->builder);
  json_builder_set_member_name (sheet->builder, "node");
  json_builder_add_string_value (sheet->builder, node ? node : "");
  json_builder_set_member_name (sheet->builder, "value");
  json_builder_add_string_value (sheet->builder, why_net_get_value_name (net, id));
  json_builder_set_member_name (sheet->builder, "grid");
  json_builder_begin_array (sheet->builder);
  json_builder_add_int_value (sheet->builder, grid.channels);
  json_builder_add_int_value (sheet->builder, grid.height);
  json_builder_add_int_value (sheet->builder, grid.width);
  json_builder_end_array (sheet->builder);
  json_builder_end_object (sheet->builder);
  g_string_append_printf (sheet->text, "%s %s  %s  %d × %d×%d\n", mark, node ? node : "",
                          why_net_get_value_name (net, id), grid.channels, grid.height, grid.width);
}

static void
say_layers (Sheet *sheet, WhyNet *net)
{
  g_autoptr (GArray) grids = why_net_list_grids (net);
  WhyValueId chosen = why_net_get_cam_layer (net, NULL);

  if (chosen != WHY_VALUE_NONE)
    {
      const gchar *node = why_net_get_node_name (net, chosen);

      say (sheet, _ ("CAM layer"), "layer", node ? node : why_net_get_value_name (net, chosen));
    }
  g_string_append_printf (sheet->text, "%s\n", _ ("Layers with a grid (channels × rows×columns)"));
  json_builder_set_member_name (sheet->builder, "layers");
  json_builder_begin_array (sheet->builder);
  for (guint i = 0; i < grids->len; i++)
    {
      WhyValueId id = g_array_index (grids, gint, i);

      say_value (sheet, net, id, id == chosen ? " *" : "  ");
    }
  json_builder_end_array (sheet->builder);
}

static gboolean
say_plan (Sheet *sheet, WhyModel *model, GError **error)
{
  g_autoptr (WhyNet) net = why_net_new (model, &(WhyNetOptions){ .batch = 1, .threads = 1 }, error);
  WhyNetCost cost;

  if (!net)
    return FALSE;
  why_net_get_cost (net, &cost);
  say_count (sheet, _ ("Parameters"), "parameters", cost.parameters);
  say_count (sheet, _ ("Multiply-adds"), "macs", cost.macs);
  say_bytes (sheet, _ ("Peak memory"), "peak_bytes", cost.peak_bytes);
  say_layers (sheet, net);
  return TRUE;
}

/* What the file says is printed even when it cannot be used. */
static gboolean
inspect (Sheet *sheet, const gchar *path, const gchar *preset, GError **error)
{
  g_autoptr (WhyModelSurvey) survey = why_model_survey (path, error);
  g_autoptr (WhyModel) model = NULL;

  if (!survey)
    return FALSE;
  say_survey (sheet, survey);
  model = why_model_load (path, preset, error);
  if (!model)
    return FALSE;
  say_model (sheet, model);
  return say_plan (sheet, model, error);
}

static void
print (Sheet *sheet, gboolean json)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (sheet->builder);
  root = json_builder_get_root (sheet->builder);
  if (json)
    why_cli_print_json (root);
  else if (sheet->text->len > 0)
    {
      g_string_truncate (sheet->text, sheet->text->len - 1);
      why_cli_print (sheet->text->str);
    }
}

static gint
inspect_file (const gchar *file, const WhyCliOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = why_model_find (file, &error);
  Sheet sheet = { json_builder_new (), g_string_new (NULL) };

  json_builder_begin_object (sheet.builder);
  if (path && !inspect (&sheet, path, options->preset, &error))
    {
      json_builder_set_member_name (sheet.builder, "error");
      json_builder_add_string_value (sheet.builder, error->message);
    }
  if (path)
    print (&sheet, options->json);
  g_object_unref (sheet.builder);
  g_string_free (sheet.text, TRUE);
  if (!error)
    return WHY_EXIT_DONE;
  why_cli_complain (file, error);
  return why_cli_exit_status (error);
}

gint
why_cli_inspect (gint argc, gchar **argv)
{
  g_auto (WhyCliOptions) options = { 0 };
  gint status = WHY_EXIT_DONE;

  if (!why_cli_options_read (&options, WHY_OPTIONS_PRESET | WHY_OPTIONS_FILES, NULL, "inspect",
                             argc, argv))
    return WHY_EXIT_USAGE;
  for (gint i = 0; options.files[i]; i++)
    {
      gint own = inspect_file (options.files[i], &options);

      status = MAX (status, own);
    }
  return status;
}
