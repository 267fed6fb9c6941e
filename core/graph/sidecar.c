/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NAME.json beside NAME.onnx, or the same text in the model's metadata. Every key is optional;
 * unknown keys are ignored, wrong values are not. */
#include "graph/sidecar.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "json-input.h"
#include "limits.h"

WhySidecar *
why_sidecar_new (void)
{
  WhySidecar *sidecar = g_new0 (WhySidecar, 1);

  sidecar->temperature = 1;
  return sidecar;
}

void
why_sidecar_free (WhySidecar *sidecar)
{
  if (!sidecar)
    return;
  g_free (sidecar->name);
  g_free (sidecar->description);
  g_free (sidecar->licence);
  g_free (sidecar->input);
  g_free (sidecar->layer);
  g_free (sidecar->confidence);
  why_labels_free (sidecar->labels);
  g_free (sidecar);
}

typedef struct
{
  WhySidecar *sidecar;
  const gchar *source, *folder;
} Reading;

/* One key: how its value is read. */
typedef gboolean (*ReadKey) (Reading *reading, const gchar *key, JsonNode *node, GError **error);
typedef struct
{
  const gchar *key;
  ReadKey read;
} Key;

static gboolean
refuse (const gchar *key, const gchar *wanted, GError **error)
{
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID, _ ("in its description, '%s' must be %s"),
               key, wanted);
  return FALSE;
}

/* ---- values --------------------------------------------------------------------------------- */

static const gchar *
get_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
get_number (JsonNode *node, gdouble *number)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *number = json_node_get_double (node);
  return isfinite (*number);
}

/* Up to max numbers; 0 when the node is anything else. */
static gint
get_numbers (JsonNode *node, gdouble *numbers, gint max)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array ? json_array_get_length (array) : 0;

  if (n > (guint)max)
    return 0;
  for (guint i = 0; i < n; i++)
    if (!get_number (json_array_get_element (array, i), &numbers[i]))
      return 0;
  return (gint)n;
}

static gboolean
get_side (gdouble number, gint *side)
{
  *side = (gint)CLAMP (number, 0, WHY_MAX_INPUT_SIDE + 1);
  return number == *side && *side >= 1 && *side <= WHY_MAX_INPUT_SIDE;
}

static gboolean
read_text (gchar **field, const gchar *key, JsonNode *node, GError **error)
{
  const gchar *text = get_string (node);

  if (!text)
    return refuse (key, _ ("a text"), error);
  g_free (*field);
  *field = g_strdup (text);
  return TRUE;
}

/* The place of the node's text in names, which end with NULL; -1 with an error that lists them. */
static gint
read_choice (const gchar *const *names, const gchar *key, JsonNode *node, GError **error)
{
  const gchar *text = get_string (node);
  g_autofree gchar *list = NULL;

  for (gint i = 0; text && names[i]; i++)
    if (strcmp (names[i], text) == 0)
      return i;
  list = g_strjoinv ("|", (gchar **)names);
  refuse (key, list, error);
  return -1;
}

static gboolean
read_object (Reading *reading, const Key *keys, gsize n_keys, JsonObject *object, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *member = members; member; member = member->next)
    {
      const gchar *key = member->data;
      gsize i;
      for (i = 0; i < n_keys && strcmp (keys[i].key, key) != 0; i++)
        ;
      if (i == n_keys)
        g_debug ("the model's description has an unknown key '%s'", key);
      else if (!keys[i].read (reading, key, json_object_get_member (object, key), error))
        return FALSE;
    }
  return TRUE;
}

/* ---- keys of "input" ------------------------------------------------------------------------ */

static gboolean
read_input_name (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->input, key, node, error);
}

static gboolean
read_size (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhyPreprocessing *pre = &reading->sidecar->preprocessing;
  gdouble size[2];

  if (get_numbers (node, size, 2) != 2 || !get_side (size[0], &pre->width)
      || !get_side (size[1], &pre->height))
    return refuse (key, _ ("[width, height] in pixels"), error);
  reading->sidecar->said |= WHY_SAID_SIZE;
  return TRUE;
}

static gboolean
read_channels (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  static const gchar *const names[] = { "rgb", "bgr", "gray", NULL };
  gint choice = read_choice (names, key, node, error);

  reading->sidecar->preprocessing.channels = (WhyChannels)MAX (choice, 0);
  reading->sidecar->said |= WHY_SAID_CHANNELS;
  return choice >= 0;
}

static gboolean
read_layout (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  static const gchar *const names[] = { "nchw", "nhwc", NULL };
  gint choice = read_choice (names, key, node, error);

  reading->sidecar->preprocessing.layout = (WhyLayout)MAX (choice, 0);
  reading->sidecar->said |= WHY_SAID_LAYOUT;
  return choice >= 0;
}

/* The first of range, mean and std that a source says resets all three. */
static WhyPreprocessing *
say_pixels (Reading *reading)
{
  WhySidecar *sidecar = reading->sidecar;
  WhyPreprocessing *pre = &sidecar->preprocessing;

  if (sidecar->pixels_source != reading->source)
    {
      pre->range[0] = 0;
      pre->range[1] = 1;
      sidecar->n_mean = sidecar->n_std = 0;
    }
  sidecar->pixels_source = reading->source;
  sidecar->said |= WHY_SAID_PIXELS;
  return pre;
}

static gboolean
read_range (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhyPreprocessing *pre = say_pixels (reading);

  if (get_numbers (node, pre->range, 2) != 2 || pre->range[0] == pre->range[1])
    return refuse (key, _ ("[value of black, value of white]"), error);
  return TRUE;
}

static gboolean
read_mean (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhyPreprocessing *pre = say_pixels (reading);
  gint n = get_numbers (node, pre->mean, 3);

  reading->sidecar->n_mean = n;
  return n == 1 || n == 3 || refuse (key, _ ("one number for each channel"), error);
}

static gboolean
read_std (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhyPreprocessing *pre = say_pixels (reading);
  gint n = get_numbers (node, pre->std, 3);

  reading->sidecar->n_std = n;
  for (gint i = 0; i < n; i++)
    if (pre->std[i] <= 0)
      return refuse (key, _ ("greater than zero"), error);
  return n == 1 || n == 3 || refuse (key, _ ("one number for each channel"), error);
}

static gboolean
read_resize (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  static const gchar *const names[] = { "stretch", "crop", "letterbox", NULL };
  gint choice = read_choice (names, key, node, error);

  reading->sidecar->preprocessing.resize = (WhyResize)MAX (choice, 0);
  reading->sidecar->said |= WHY_SAID_RESIZE;
  return choice >= 0;
}

static gboolean
read_short_side (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhySidecar *sidecar = reading->sidecar;
  gdouble number;

  if (!get_number (node, &number) || !get_side (number, &sidecar->preprocessing.short_side))
    return refuse (key, _ ("a length in pixels"), error);
  if (!(sidecar->said & WHY_SAID_RESIZE))
    sidecar->preprocessing.resize = WHY_RESIZE_CROP;
  sidecar->said |= WHY_SAID_RESIZE;
  return TRUE;
}

static const Key input_keys[] = {
  { "name", read_input_name }, { "size", read_size },     { "channels", read_channels },
  { "layout", read_layout },   { "range", read_range },   { "mean", read_mean },
  { "std", read_std },         { "resize", read_resize }, { "short_side", read_short_side },
};

static gboolean
read_input (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (key, _ ("an object"), error);
  return read_object (reading, input_keys, G_N_ELEMENTS (input_keys), json_node_get_object (node),
                      error);
}

/* ---- keys of "unsure" ----------------------------------------------------------------------- */

static gboolean
read_score (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  static const gchar *const names[] = { "energy", "max-logit", "probability", "output", NULL };
  gint choice = read_choice (names, key, node, error);

  reading->sidecar->unsure = (WhyUnsure)(choice + 1); /* WHY_UNSURE_NONE comes first */
  return choice >= 0;
}

static gboolean
read_below (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return get_number (node, &reading->sidecar->below) || refuse (key, _ ("a number"), error);
}

static gboolean
read_confidence (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->confidence, key, node, error);
}

static const Key unsure_keys[]
    = { { "score", read_score }, { "output", read_confidence }, { "below", read_below } };

static gboolean
read_unsure (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (!object || !json_object_has_member (object, "score")
      || !json_object_has_member (object, "below"))
    return refuse (key, "{\"score\": …, \"below\": …}", error);
  if (!read_object (reading, unsure_keys, G_N_ELEMENTS (unsure_keys), object, error))
    return FALSE;
  return reading->sidecar->unsure != WHY_UNSURE_OUTPUT || reading->sidecar->confidence
         || refuse (key, "{\"score\": \"output\", \"output\": …, \"below\": …}", error);
}

/* ---- top-level keys ------------------------------------------------------------------------- */

static gboolean
read_name (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->name, key, node, error);
}

static gboolean
read_description (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->description, key, node, error);
}

static gboolean
read_licence (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->licence, key, node, error);
}

static gboolean
read_layer (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  return read_text (&reading->sidecar->layer, key, node, error);
}

static gboolean
read_labels (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  WhyLabels *labels = why_labels_new (node, reading->folder, error);

  if (!labels)
    return FALSE;
  why_labels_free (reading->sidecar->labels);
  reading->sidecar->labels = labels;
  return TRUE;
}

static gboolean
read_activation (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  static const gchar *const names[] = { "softmax", "sigmoid", "none", NULL };
  gint choice = read_choice (names, key, node, error);

  reading->sidecar->activation = (WhyActivation)MAX (choice, 0);
  reading->sidecar->said |= WHY_SAID_ACTIVATION;
  return choice >= 0;
}

static gboolean
read_temperature (Reading *reading, const gchar *key, JsonNode *node, GError **error)
{
  gdouble *temperature = &reading->sidecar->temperature;

  return (get_number (node, temperature) && *temperature > 0)
         || refuse (key, _ ("a number greater than zero"), error);
}

static const Key keys[] = {
  { "name", read_name },   { "description", read_description }, { "licence", read_licence },
  { "input", read_input }, { "labels", read_labels },           { "activation", read_activation },
  { "layer", read_layer }, { "temperature", read_temperature }, { "unsure", read_unsure },
};

gboolean
why_sidecar_read (WhySidecar *sidecar, const gchar *text, gsize length, const gchar *source,
                  const gchar *folder, GError **error)
{
  Reading reading = { sidecar, source, folder };
  g_autoptr (JsonObject) object
      = why_json_parse (text, length, WHY_MAX_SIDECAR_BYTES, WHY_ERROR_MODEL_INVALID,
                        _ ("its description cannot be read"), error);

  return object && read_object (&reading, keys, G_N_ELEMENTS (keys), object, error);
}
