/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/models.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

/* Enough for a person to find a model again, few enough for a menu. */
#define MAX_RECENT 8

/* $XDG_STATE_HOME/whylayer/recent-models */
#define GROUP "models"
#define KEY "recent"

void
why_model_choice_free (WhyModelChoice *choice)
{
  if (!choice)
    return;
  g_free (choice->id);
  g_free (choice->nick);
  g_free (choice->path);
  g_free (choice);
}

gchar *
why_model_id_split (const gchar *model, const gchar **preset)
{
  const gchar *hash = strrchr (model, '#');

  *preset = "";
  /* A file may have '#' in its name. */
  if (!hash || g_file_test (model, G_FILE_TEST_EXISTS))
    return g_strdup (model);
  *preset = hash + 1;
  return g_strndup (model, (gsize)(hash - model));
}

gchar *
why_model_id_with_preset (const gchar *model, const gchar *preset)
{
  const gchar *old;
  g_autofree gchar *name = why_model_id_split (model, &old);

  return *preset ? g_strconcat (name, "#", preset, NULL) : g_strdup (name);
}

static const gchar *
preset_nick (const gchar *id)
{
  gsize n;
  const WhyPreset *presets = why_model_presets (&n);

  for (gsize i = 0; i < n; i++)
    if (g_str_equal (presets[i].id, id))
      return _ (presets[i].nick);
  return id;
}

/* --- The rows ------------------------------------------------------------------------------- */

static void
add_choice (GPtrArray *choices, WhyModelOrigin origin, gchar *id, gchar *nick, const gchar *path)
{
  WhyModelChoice *choice = g_new0 (WhyModelChoice, 1);

  *choice
      = (WhyModelChoice){ id, nick, g_strdup (path), origin, g_str_equal (id, WHY_DEFAULT_MODEL) };
  /* The default is what most people want; the others keep their order. */
  g_ptr_array_insert (choices, choice->is_default ? 0 : -1, choice);
}

static void
add_named (GPtrArray *choices, const GPtrArray *entries, gboolean bundled)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const WhyModelEntry *entry = entries->pdata[i];

      if (entry->bundled == bundled)
        add_choice (choices, bundled ? WHY_MODEL_BUNDLED : WHY_MODEL_OWN, g_strdup (entry->name),
                    g_strconcat (entry->name, bundled ? _ (" (bundled)") : "", NULL), entry->path);
    }
}

/* "resnet18 (~/networks)", "resnet18 (~/networks), Caffe" */
static gchar *
recent_nick (const gchar *model, const gchar *path, const gchar *preset)
{
  g_autofree gchar *base = g_filename_display_basename (model);
  g_autofree gchar *folder = g_path_get_dirname (path);
  const gchar *home = g_get_home_dir ();
  GString *nick = g_string_new (base);

  if (g_str_has_suffix (base, ".onnx"))
    g_string_truncate (nick, nick->len - strlen (".onnx"));
  if (g_path_is_absolute (model) && g_str_has_prefix (folder, home))
    g_string_append_printf (nick, " (~%s)", folder + strlen (home));
  else if (g_path_is_absolute (model))
    g_string_append_printf (nick, " (%s)", folder);
  if (*preset)
    g_string_append_printf (nick, ", %s", preset_nick (preset));
  return g_string_free (nick, FALSE);
}

/* (transfer full) */
static GKeyFile *
read_recent (gchar **file, gchar ***models)
{
  GKeyFile *keys = g_key_file_new ();

  *file = g_build_filename (g_get_user_state_dir (), "whylayer", "recent-models", NULL);
  g_key_file_load_from_file (keys, *file, G_KEY_FILE_KEEP_COMMENTS, NULL);
  *models = g_key_file_get_string_list (keys, GROUP, KEY, NULL, NULL);
  if (!*models)
    *models = g_new0 (gchar *, 1);
  return keys;
}

static void
add_recent (GPtrArray *choices)
{
  g_autofree gchar *file = NULL;
  g_auto (GStrv) models = NULL;
  g_autoptr (GKeyFile) keys = read_recent (&file, &models);

  for (gint i = 0; models[i] && i < MAX_RECENT; i++)
    {
      const gchar *preset;
      g_autofree gchar *model = why_model_id_split (models[i], &preset);
      g_autofree gchar *path = why_model_find (model, NULL);

      if (path && *model && !why_model_choices_find (choices, models[i]))
        add_choice (choices, WHY_MODEL_RECENT, g_strdup (models[i]),
                    recent_nick (model, path, preset), path);
    }
}

GPtrArray *
why_model_choices (void)
{
  GPtrArray *choices = g_ptr_array_new_with_free_func ((GDestroyNotify)why_model_choice_free);
  g_autoptr (GPtrArray) entries = why_model_list ();

  add_named (choices, entries, TRUE);
  add_named (choices, entries, FALSE);
  add_recent (choices);
  return choices;
}

const WhyModelChoice *
why_model_choices_find (const GPtrArray *choices, const gchar *model)
{
  for (guint i = 0; i < choices->len; i++)
    {
      const WhyModelChoice *choice = choices->pdata[i];

      if (*model ? g_str_equal (choice->id, model) || g_str_equal (choice->path, model)
                 : choice->is_default)
        return choice;
    }
  return NULL;
}

/* --- What was used lately ------------------------------------------------------------------- */

/* As it is found again from another folder. (transfer full) */
static gchar *
lasting_id (const WhyRequest *request)
{
  const gchar *preset;
  g_autofree gchar *model = why_model_id_split (why_request_get (request, "model"), &preset);
  g_autoptr (GPtrArray) entries = why_model_list ();
  g_autofree gchar *path = NULL;

  if (!*preset)
    preset = why_request_get (request, "preset");
  if (!*model)
    return why_model_id_with_preset (WHY_DEFAULT_MODEL, preset);
  for (guint i = 0; i < entries->len; i++)
    if (g_str_equal (((WhyModelEntry *)entries->pdata[i])->name, model))
      return why_model_id_with_preset (model, preset);
  path = g_canonicalize_filename (model, NULL);
  return why_model_id_with_preset (path, preset);
}

static gboolean
write_recent (GKeyFile *keys, const gchar *file, const GPtrArray *models, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (file);
  g_autoptr (GError) cause = NULL;

  g_key_file_set_string_list (keys, GROUP, KEY, (const gchar *const *)models->pdata, models->len);
  g_mkdir_with_parents (folder, 0700);
  if (g_key_file_save_to_file (keys, file, &cause))
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_OUTPUT, _ ("the recent models could not be kept: %s"),
               cause->message);
  return FALSE;
}

gboolean
why_models_remember (const WhyRequest *request, GError **error)
{
  g_autofree gchar *id = lasting_id (request), *file = NULL;
  g_autoptr (GPtrArray) choices = why_model_choices ();
  const WhyModelChoice *choice = why_model_choices_find (choices, id);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_auto (GStrv) models = NULL;
  g_autoptr (GKeyFile) keys = NULL;

  if (choice && choice->origin != WHY_MODEL_RECENT)
    return TRUE;
  keys = read_recent (&file, &models);
  if (models[0] && g_str_equal (models[0], id))
    return TRUE;
  g_ptr_array_add (kept, id);
  for (gint i = 0; models[i] && kept->len < MAX_RECENT; i++)
    if (!g_str_equal (models[i], id))
      g_ptr_array_add (kept, models[i]);
  return write_recent (keys, file, kept, error);
}
