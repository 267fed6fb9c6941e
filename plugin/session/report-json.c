/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Report → DESIGN's JSON object. What does not apply is left out; a number that is not finite is
 * never written, because JSON has none.
 */
#include <math.h>
#include <string.h>

#include "session/evidence.h"
#include "session/session-private.h"

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  if (!value)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_bool (JsonBuilder *builder, const gchar *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_number (JsonBuilder *builder, const gchar *name, gdouble value)
{
  if (!isfinite (value))
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_ints (JsonBuilder *builder, const gchar *name, gint n, const gint64 *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gint i = 0; i < n; i++)
    json_builder_add_int_value (builder, values[i]);
  json_builder_end_array (builder);
}

static void
add_numbers (JsonBuilder *builder, const gchar *name, gint n, const gdouble *values)
{
  for (gint i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return;
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gint i = 0; i < n; i++)
    json_builder_add_double_value (builder, values[i]);
  json_builder_end_array (builder);
}

static void
add_rect (JsonBuilder *builder, const gchar *name, const WhyRect *rect)
{
  add_numbers (builder, name, 4, (gdouble[]){ rect->x, rect->y, rect->width, rect->height });
}

static void
begin_object (JsonBuilder *builder, const gchar *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

/* name → gdouble*, in the order of the names, so that the same report gives the same line. */
static void
add_table (JsonBuilder *builder, GHashTable *table)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (table), (GCompareFunc)strcmp);

  for (const GList *link = names; link; link = link->next)
    add_number (builder, link->data, *(const gdouble *)g_hash_table_lookup (table, link->data));
}

static void
add_model (JsonBuilder *builder, const WhyModel *model)
{
  begin_object (builder, "model");
  add_string (builder, "name", why_model_get_name (model));
  add_string (builder, "sha256", why_model_get_sha256 (model));
  add_string (builder, "preprocessing", why_model_get_preprocessing_source (model));
  json_builder_end_object (builder);
}

static gboolean
is_whole_image (const WhyView *view)
{
  return view->region.x == 0 && view->region.y == 0 && view->region.width == view->image_width
         && view->region.height == view->image_height;
}

static void
add_view (JsonBuilder *builder, const WhyReport *report)
{
  const WhyView *view = &report->subject->view;
  gboolean fills = view->dest_width == view->input_width && view->dest_height == view->input_height;

  begin_object (builder, "view");
  add_string (builder, "policy", why_resize_to_string (view->policy));
  add_rect (builder, "rect", &view->rect);
  add_ints (
      builder, "input", 3,
      (gint64[]){ report->subject->input->shape.dims[0], view->input_height, view->input_width });
  if (why_model_get_preprocessing (report->subject->model)->channels == WHY_CHANNELS_BGR)
    add_string (builder, "channels", "bgr");
  if (!fills)
    add_ints (builder, "dest", 4,
              (gint64[]){ view->dest_x, view->dest_y, view->dest_width, view->dest_height });
  if (!is_whole_image (view))
    add_rect (builder, "region", &view->region);
  if (report->had_alpha)
    add_numbers (builder, "background", 3, why_background);
  json_builder_end_object (builder);
}

static void
add_class (JsonBuilder *builder, const WhyModel *model, gint index)
{
  add_int (builder, "index", index);
  add_string (builder, "label", why_model_get_label_c (model, index));
}

static void
add_predictions (JsonBuilder *builder, const WhySubject *subject, gint top)
{
  json_builder_set_member_name (builder, "predictions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < MIN (subject->predictions->len, (guint)MAX (top, 0)); i++)
    {
      const WhyPrediction *p = &g_array_index (subject->predictions, WhyPrediction, i);

      json_builder_begin_object (builder);
      add_class (builder, subject->model, p->index);
      add_number (builder, "probability", p->probability);
      add_number (builder, "logit", p->logit);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  add_bool (builder, "unsure", subject->unsure);
}

static void
add_target (JsonBuilder *builder, const WhyModel *model, const WhyTarget *target)
{
  begin_object (builder, "target");
  add_class (builder, model, target->index);
  json_builder_end_object (builder);
  if (target->against >= 0)
    {
      begin_object (builder, "against");
      add_class (builder, model, target->against);
      json_builder_end_object (builder);
    }
  add_string (builder, "score", why_score_to_string (target->score));
}

static void
add_param (JsonBuilder *builder, const WhyParams *params, const WhyParam *param)
{
  switch (param->type)
    {
    case WHY_PARAM_BOOL:
      add_bool (builder, param->name, why_params_get_bool (params, param->name));
      break;
    case WHY_PARAM_INT:
      add_int (builder, param->name, why_params_get_int (params, param->name));
      break;
    case WHY_PARAM_DOUBLE:
      add_number (builder, param->name, why_params_get_double (params, param->name));
      break;
    case WHY_PARAM_CHOICE:
    case WHY_PARAM_STRING:
      add_string (builder, param->name, why_params_get_string (params, param->name));
      break;
    }
}

static void
add_method (JsonBuilder *builder, const WhyExplanation *explanation)
{
  const WhyParam *table = why_params_get_table (explanation->params);

  begin_object (builder, "method");
  add_string (builder, "id", why_method_get_id (explanation->method));
  begin_object (builder, "params");
  for (const WhyParam *param = table; param->name; param++)
    add_param (builder, explanation->params, param);
  json_builder_end_object (builder);
  add_string (builder, "layer", explanation->layer);
  json_builder_end_object (builder);
  if (why_param_lookup (table, "seed"))
    add_int (builder, "seed", why_params_get_int (explanation->params, "seed"));
}

static gdouble
root_mean_square (const WhyTensor *tensor)
{
  gint64 n = why_tensor_numel (tensor);
  gdouble sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += (gdouble)tensor->real[i] * tensor->real[i];
  return n > 0 ? sqrt (sum / n) : 0;
}

static void
add_residuals (JsonBuilder *builder, const WhyExplanation *explanation)
{
  if (!isfinite (explanation->residual) && g_hash_table_size (explanation->residuals) == 0)
    return;
  begin_object (builder, "residual");
  add_number (builder, "completeness", explanation->residual);
  if (isfinite (explanation->residual))
    add_number (builder, "completeness-of", explanation->residual_of);
  add_table (builder, explanation->residuals);
  json_builder_end_object (builder);
}

static void
add_uncertainty (JsonBuilder *builder, const WhyReport *report)
{
  if (report->explanation->error)
    add_number (builder, "standard_error", root_mean_square (report->explanation->error));
  if (report->repeats == 1)
    return;
  begin_object (builder, "repeat");
  add_int (builder, "n", report->repeats);
  add_string (builder, "over", report->repeats_random ? "seeds" : "crops");
  json_builder_end_object (builder);
}

/* By what maps can be sorted to find those that are worth a look. */
static void
add_evidence (JsonBuilder *builder, const WhyReport *report)
{
  begin_object (builder, "evidence");
  add_number (builder, "outside_middle", why_evidence_outside_middle (report->cells));
  add_number (builder, "agreement", report->agreement);
  json_builder_end_object (builder);
}

static void
add_checks (JsonBuilder *builder, const GPtrArray *checks)
{
  if (checks->len == 0)
    return;
  begin_object (builder, "checks");
  for (guint i = 0; i < checks->len; i++)
    {
      const WhyCheck *check = g_ptr_array_index (checks, i);

      begin_object (builder, why_metric_get_id (check->metric));
      add_number (builder, "value", check->value);
      add_number (builder, "standard_error", check->standard_error);
      add_number (builder, "random", check->random);
      add_number (builder, "centre", check->centre);
      add_number (builder, "edges", check->edges);
      add_bool (builder, "flagged", check->flagged);
      add_int (builder, "elapsed_ms", check->elapsed_ms);
      if (check->details)
        add_table (builder, check->details);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static void
add_notes (JsonBuilder *builder, const GPtrArray *notes)
{
  if (!notes || notes->len == 0)
    return;
  json_builder_set_member_name (builder, "notes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < notes->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (notes, i));
  json_builder_end_array (builder);
}

static void
add_explanation (JsonBuilder *builder, const WhyReport *report)
{
  const WhyExplanation *explanation = report->explanation;

  add_target (builder, report->subject->model, &explanation->target);
  add_method (builder, explanation);
  add_ints (builder, "native", 2, report->cells->shape.dims);
  add_numbers (builder, "scale", 2, (gdouble[]){ report->scale.low, report->scale.high });
  add_residuals (builder, explanation);
  add_uncertainty (builder, report);
  add_evidence (builder, report);
  add_checks (builder, report->checks);
  add_notes (builder, explanation->notes);
}

static void
add_outputs (JsonBuilder *builder, const WhyReport *report)
{
  if (!report->output_layer && !report->output_png && !report->output_raw)
    return;
  begin_object (builder, "outputs");
  add_string (builder, "layer", report->output_layer);
  add_string (builder, "png", report->output_png);
  add_string (builder, "raw", report->output_raw);
  json_builder_end_object (builder);
}

/* The model as it was asked for, without the folder. (transfer full) */
static gchar *
asked_model (const WhyRequest *request)
{
  g_autofree gchar *name = g_path_get_basename (why_request_get (request, "model"));

  return g_filename_display_name (name);
}

/* The question as it was asked: what a layer needs to be asked again. */
static void
add_request (JsonBuilder *builder, const WhyRequest *request)
{
  const gchar *const *names = why_request_names ();
  g_autofree gchar *model = asked_model (request);

  begin_object (builder, "request");
  for (gint i = 0; names[i]; i++)
    {
      const gchar *value = why_request_get (request, names[i]);

      if (*value)
        add_string (builder, names[i], g_str_equal (names[i], "model") ? model : value);
    }
  json_builder_end_object (builder);
}

JsonNode *
why_report_to_json (const WhyReport *report, gint top)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "image", report->image);
  add_ints (builder, "size", 2, (gint64[]){ report->width, report->height });
  add_model (builder, report->subject->model);
  add_view (builder, report);
  add_predictions (builder, report->subject, top);
  if (report->explanation)
    add_explanation (builder, report);
  add_outputs (builder, report);
  add_request (builder, report->request);
  add_int (builder, "elapsed_ms", report->elapsed_ms);
  add_string (builder, "version", WHY_VERSION);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static gchar *
to_line (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, NULL);
}

gchar *
why_report_to_json_line (const WhyReport *report, gint top)
{
  g_autoptr (JsonNode) root = why_report_to_json (report, top);

  return to_line (root);
}

JsonNode *
why_error_to_json (const gchar *image, const WhyRequest *request, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_string (builder, "image", image);
  if (request)
    add_request (builder, request);
  add_string (builder, "version", WHY_VERSION);
  add_string (builder, "error", error->message);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

gchar *
why_error_to_json_line (const gchar *image, const WhyRequest *request, const GError *error)
{
  g_autoptr (JsonNode) root = why_error_to_json (image, request, error);

  return to_line (root);
}
