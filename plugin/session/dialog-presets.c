/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/dialog-presets.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define PRESETS "presets"
#define LAST "last"

/* A name longer than this, or a field, is no preset of ours. */
#define MAX_NAME 200
#define MAX_FIELD 65536

struct _WhyPresets
{
  gchar *path;
  JsonObject *root; /* { "presets": { NAME: { FIELD: TEXT } }, "last": { HOST: { … } } } */
};

static JsonObject *
read_root (const gchar *path)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *node;

  if (!json_parser_load_from_file (parser, path, NULL))
    return json_object_new ();
  node = json_parser_get_root (parser);
  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return json_object_new ();
  return json_node_dup_object (node);
}

WhyPresets *
why_presets_load (const gchar *path)
{
  WhyPresets *presets = g_new0 (WhyPresets, 1);

  presets->path
      = path ? g_strdup (path)
             : g_build_filename (g_get_user_config_dir (), "whylayer", "presets.json", NULL);
  presets->root = read_root (presets->path);
  return presets;
}

void
why_presets_free (WhyPresets *presets)
{
  if (!presets)
    return;
  json_object_unref (presets->root);
  g_free (presets->path);
  g_free (presets);
}

static JsonObject *
get_object (JsonObject *parent, const gchar *name)
{
  JsonNode *node = json_object_get_member (parent, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const gchar *const *)a, *(const gchar *const *)b);
}

gchar **
why_presets_list (WhyPresets *presets)
{
  JsonObject *group = get_object (presets->root, PRESETS);
  GPtrArray *names = g_ptr_array_new ();
  g_autoptr (GList) members = group ? json_object_get_members (group) : NULL;

  for (GList *l = members; l; l = l->next)
    if (strlen (l->data) <= MAX_NAME && get_object (group, l->data))
      g_ptr_array_add (names, g_strdup (l->data));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (gchar **)g_ptr_array_free (names, FALSE);
}

static gboolean
get_settings (WhyPresets *presets, const gchar *group_name, const gchar *name, WhyRequest *request)
{
  JsonObject *group = get_object (presets->root, group_name);
  JsonObject *settings = group ? get_object (group, name) : NULL;

  if (!settings)
    return FALSE;
  for (const gchar *const *field = why_request_names (); *field; field++)
    {
      JsonNode *node = json_object_get_member (settings, *field);
      const gchar *text = node && json_node_get_value_type (node) == G_TYPE_STRING
                              ? json_node_get_string (node)
                              : NULL;

      why_request_set (request, *field, text && strlen (text) <= MAX_FIELD ? text : "");
    }
  return TRUE;
}

static JsonObject *
settings_new (const WhyRequest *request)
{
  JsonObject *settings = json_object_new ();

  for (const gchar *const *field = why_request_names (); *field; field++)
    if (*why_request_get (request, *field))
      json_object_set_string_member (settings, *field, why_request_get (request, *field));
  return settings;
}

static gboolean
write_root (WhyPresets *presets, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), presets->root);
  g_autofree gchar *text = json_to_string (node, TRUE);
  g_autofree gchar *folder = g_path_get_dirname (presets->path);
  g_autoptr (GError) cause = NULL;

  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents (presets->path, text, -1, &cause))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("the settings could not be kept: %s"),
               cause->message);
  return FALSE;
}

static gboolean
set_settings (WhyPresets *presets, const gchar *group_name, const gchar *name,
              const WhyRequest *request, GError **error)
{
  JsonObject *group;

  /* Another dialog may have written meanwhile. */
  json_object_unref (presets->root);
  presets->root = read_root (presets->path);
  group = get_object (presets->root, group_name);
  if (!group)
    {
      group = json_object_new ();
      json_object_set_object_member (presets->root, group_name, group);
    }
  if (request)
    json_object_set_object_member (group, name, settings_new (request));
  else if (json_object_has_member (group, name))
    json_object_remove_member (group, name);
  return write_root (presets, error);
}

gboolean
why_presets_get (WhyPresets *presets, const gchar *name, WhyRequest *request)
{
  return get_settings (presets, PRESETS, name, request);
}

gboolean
why_presets_set (WhyPresets *presets, const gchar *name, const WhyRequest *request, GError **error)
{
  if (!*name || strlen (name) > MAX_NAME || !g_utf8_validate (name, -1, NULL))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("a preset's name has 1 to %d bytes"),
                   MAX_NAME);
      return FALSE;
    }
  return set_settings (presets, PRESETS, name, request, error);
}

gboolean
why_presets_get_last (WhyPresets *presets, const gchar *host, WhyRequest *request)
{
  return get_settings (presets, LAST, host, request);
}

gboolean
why_presets_set_last (WhyPresets *presets, const gchar *host, const WhyRequest *request,
                      GError **error)
{
  return set_settings (presets, LAST, host, request, error);
}
