/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a layer's parasites back to a question and its map. An image file comes from anywhere, so
 * that every byte is checked; nothing here opens a file.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "limits.h"
#include "json-input.h"
#include "session/session-private.h"

#define MAX_IMAGE_SIDE 524288 /* GIMP's own */

void
why_stored_free (WhyStored *stored)
{
  if (!stored)
    return;
  g_clear_pointer (&stored->request, why_request_free);
  g_clear_pointer (&stored->cells, why_tensor_unref);
  g_clear_pointer (&stored->map, why_tensor_unref);
  g_clear_pointer (&stored->style, why_params_free);
  g_clear_pointer (&stored->record, json_node_unref);
  g_free (stored->method_id);
  g_free (stored);
}

static gboolean
refuse (GError **error, const gchar *what)
{
  g_set_error (error, WHY_ERROR, WHY_ERROR_PARASITE,
               _ ("this layer's record of how it was made is damaged (%s): explain the picture "
                  "again"),
               what);
  return FALSE;
}

static JsonObject *
parse_object (JsonParser *parser, GBytes *bytes, GError **error)
{
  gsize length;
  const gchar *json = g_bytes_get_data (bytes, &length);
  JsonNode *root;

  if (length == 0 || length > WHY_MAX_PARASITE_JSON || !g_utf8_validate (json, length, NULL)
      || !why_json_is_shallow (json, length)
      || !json_parser_load_from_data (parser, json, length, NULL))
    {
      refuse (error, _ ("no JSON"));
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      refuse (error, _ ("no JSON object"));
      return NULL;
    }
  return json_node_get_object (root);
}

static JsonObject *
get_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const gchar *
get_string (JsonObject *object, const gchar *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                  : NULL;
}

static gboolean
get_numbers (JsonObject *object, const gchar *name, gint n, gdouble *values)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) != (guint)n)
    return FALSE;
  for (gint i = 0; i < n; i++)
    {
      JsonNode *item = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (item))
        return FALSE;
      values[i] = json_node_get_double (item);
      if (!isfinite (values[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_count (gdouble value, gint low, gint high)
{
  return value >= low && value <= high && value == floor (value);
}

/* Inside the image but for rounding. */
static gboolean
is_inside (const gdouble r[4], const gdouble size[2])
{
  return r[0] >= -0.5 && r[1] >= -0.5 && r[2] > 0 && r[3] > 0 && r[0] + r[2] <= size[0] + 0.5
         && r[1] + r[3] <= size[1] + 0.5;
}

static gboolean
read_dest (JsonObject *json, WhyView *view)
{
  gdouble dest[4];

  view->dest_width = view->input_width;
  view->dest_height = view->input_height;
  if (!json_object_has_member (json, "dest"))
    return TRUE;
  if (!get_numbers (json, "dest", 4, dest) || !is_count (dest[0], 0, view->input_width - 1)
      || !is_count (dest[1], 0, view->input_height - 1)
      || !is_count (dest[2], 1, view->input_width - (gint)dest[0])
      || !is_count (dest[3], 1, view->input_height - (gint)dest[1]))
    return FALSE;
  view->dest_x = (gint)dest[0];
  view->dest_y = (gint)dest[1];
  view->dest_width = (gint)dest[2];
  view->dest_height = (gint)dest[3];
  return TRUE;
}

static gboolean
read_view (JsonObject *root, WhyView *view)
{
  JsonObject *json = get_object (root, "view");
  const gchar *policy = get_string (json, "policy");
  gdouble size[2], rect[4], region[4], input[3];

  if (!policy || !why_resize_from_string (policy, &view->policy)
      || !get_numbers (root, "size", 2, size) || !is_count (size[0], 1, MAX_IMAGE_SIDE)
      || !is_count (size[1], 1, MAX_IMAGE_SIDE) || !get_numbers (json, "rect", 4, rect)
      || !is_inside (rect, size) || !get_numbers (json, "input", 3, input)
      || !is_count (input[1], 1, WHY_MAX_INPUT_SIDE) || !is_count (input[2], 1, WHY_MAX_INPUT_SIDE))
    return FALSE;
  view->image_width = (gint)size[0];
  view->image_height = (gint)size[1];
  view->rect = (WhyRect){ rect[0], rect[1], rect[2], rect[3] };
  view->region = (WhyRect){ 0, 0, size[0], size[1] };
  view->input_height = (gint)input[1];
  view->input_width = (gint)input[2];
  if (json_object_has_member (json, "region"))
    {
      if (!get_numbers (json, "region", 4, region) || !is_inside (region, size))
        return FALSE;
      view->region = (WhyRect){ region[0], region[1], region[2], region[3] };
    }
  return read_dest (json, view);
}

/* The question, as the person asked it. */
static WhyRequest *
read_request (JsonObject *root)
{
  g_autoptr (WhyRequest) request = why_request_new ();
  const gchar *const *names = why_request_names ();
  JsonObject *json = get_object (root, "request");

  if (!json)
    return NULL;
  for (gint i = 0; names[i]; i++)
    {
      const gchar *value = get_string (json, names[i]);

      if (json_object_has_member (json, names[i]) && !value)
        return NULL;
      if (value && strlen (value) > WHY_MAX_NAME_BYTES)
        return NULL;
      why_request_set (request, names[i], value);
    }
  /* Never a path: a file may not choose what is opened. */
  if (strpbrk (why_request_get (request, "model"), "/\\") || !why_request_validate (request, NULL))
    return NULL;
  return g_steal_pointer (&request);
}

static WhyTensor *
read_map (GBytes *npy, GError **error)
{
  g_autoptr (WhyTensor) map = NULL;
  gint64 n;

  if (g_bytes_get_size (npy) > WHY_MAX_PARASITE_MAP)
    {
      refuse (error, _ ("the map is too large"));
      return NULL;
    }
  map = why_npy_read (npy, error);
  if (!map)
    return NULL;
  n = why_tensor_numel (map);
  for (gint64 i = 0; i < n; i++)
    if (!isfinite (map->real[i]))
      {
        refuse (error, _ ("the map holds numbers that are not finite"));
        return NULL;
      }
  if (map->shape.rank != 3 || n == 0)
    {
      refuse (error, _ ("the map has no rows and columns"));
      return NULL;
    }
  return g_steal_pointer (&map);
}

static WhyTensor *
reduce_map (const WhyMethod *method, WhyTensor *map)
{
  g_autoptr (WhyExplanation) explanation = why_explanation_new ();

  explanation->method = method;
  why_explanation_take_map (explanation, why_tensor_ref (map));
  return why_explanation_reduce (explanation);
}

WhyStored *
why_stored_parse (GBytes *json, GBytes *npy, GError **error)
{
  g_autoptr (WhyStored) stored = g_new0 (WhyStored, 1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = parse_object (parser, json, error);
  const gchar *id;
  const WhyMethod *method;

  if (!root)
    return NULL;
  id = get_string (get_object (root, "method"), "id");
  method = id && *id ? why_method_lookup (id, NULL) : NULL;
  stored->request = read_request (root);
  if (!method)
    refuse (error, _ ("the method is not known"));
  else if (!stored->request)
    refuse (error, _ ("the settings are not valid"));
  else if (!read_view (root, &stored->view))
    refuse (error, _ ("the view is not valid"));
  else
    stored->map = read_map (npy, error);
  if (!stored->map)
    return NULL;
  stored->method_id = g_strdup (id);
  stored->makes_picture = why_method_makes_picture (method);
  if (stored->makes_picture && stored->map->shape.dims[0] != 1 && stored->map->shape.dims[0] != 3)
    {
      refuse (error, _ ("the picture is neither gray nor in color"));
      return NULL;
    }
  stored->bgr = g_strcmp0 (get_string (get_object (root, "view"), "channels"), "bgr") == 0;
  stored->cells = reduce_map (method, stored->map);
  stored->record = json_parser_steal_root (parser);
  stored->style = why_params_new (why_style_params ());
  if (!why_stored_set_style (stored, why_request_get (stored->request, "style"), error))
    return NULL;
  return g_steal_pointer (&stored);
}

/* --- Redrawing ------------------------------------------------------------------------------ */

static void
record_style (WhyStored *stored)
{
  JsonObject *root = json_node_get_object (stored->record);
  JsonObject *request = get_object (root, "request");
  const gchar *style = why_request_get (stored->request, "style");
  JsonArray *scale = json_array_sized_new (2);

  if (*style)
    json_object_set_string_member (request, "style", style);
  else if (json_object_has_member (request, "style"))
    json_object_remove_member (request, "style");
  json_array_add_double_element (scale, stored->scale.low);
  json_array_add_double_element (scale, stored->scale.high);
  json_object_set_array_member (root, "scale", scale);
}

gboolean
why_stored_set_style (WhyStored *stored, const gchar *changes, GError **error)
{
  g_autoptr (WhyParams) style = why_params_copy (stored->style);
  g_autofree gchar *text = NULL;

  if (!why_params_parse (style, changes, error))
    return FALSE;
  why_params_free (stored->style);
  stored->style = g_steal_pointer (&style);
  text = why_params_to_string (stored->style, FALSE);
  why_request_set (stored->request, "style", text);
  why_style_get_scale (stored->style, stored->cells, &stored->scale);
  record_style (stored);
  return TRUE;
}

WhyDrawing
why_stored_get_drawing (const WhyStored *stored)
{
  return (WhyDrawing){ .style = stored->style,
                       .scale = &stored->scale,
                       .cells = stored->cells,
                       .view = &stored->view,
                       .picture = stored->makes_picture ? stored->map : NULL,
                       .bgr = stored->bgr };
}

gchar *
why_stored_to_json_line (const WhyStored *stored)
{
  return json_to_string (stored->record, FALSE);
}

/* --- What the record says -------------------------------------------------------------------- */

static gint64
get_index (JsonObject *object)
{
  JsonNode *node = object ? json_object_get_member (object, "index") : NULL;

  return node && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;
}

gint
why_stored_get_target (const WhyStored *stored)
{
  gint64 index = get_index (get_object (json_node_get_object (stored->record), "target"));

  return index >= 0 && index <= G_MAXINT ? (gint)index : -1;
}

gdouble
why_stored_get_probability (const WhyStored *stored, gint index)
{
  JsonNode *node = json_object_get_member (json_node_get_object (stored->record), "predictions");
  JsonArray *predictions = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; predictions && i < json_array_get_length (predictions); i++)
    {
      JsonNode *element = json_array_get_element (predictions, i);
      JsonObject *p = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      JsonNode *value = p ? json_object_get_member (p, "probability") : NULL;

      if (get_index (p) == index && value && JSON_NODE_HOLDS_VALUE (value))
        return CLAMP (json_node_get_double (value), 0.0, 1.0);
    }
  return -1.0;
}
