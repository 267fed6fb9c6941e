/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list behind every model chooser, in an empty home. */
#include "session/models.h"

#include <glib/gstdio.h>

#include "places.h"

typedef struct
{
  TestFolder *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *state = g_build_filename (g_get_user_state_dir (), "whylayer", NULL);
  g_autofree gchar *recent = g_build_filename (state, "recent-models", NULL);
  g_autofree gchar *bundled = test_source ("models");

  g_setenv ("WHYLAYER_DATA", bundled, TRUE);
  g_remove (recent);
  fixture->folder = test_folder_new ();
  test_folder_write (fixture->folder, "net.onnx", "1");
  test_folder_write (fixture->folder, "a#b.onnx", "1");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  test_folder_free (fixture->folder);
}

static void
remember (const gchar *model, const gchar *preset)
{
  g_autoptr (WhyRequest) request = why_request_new ();
  g_autoptr (GError) error = NULL;

  why_request_set (request, "model", model);
  why_request_set (request, "preset", preset);
  why_models_remember (request, &error);
  g_assert_no_error (error);
}

/* The ids of the recent rows, one after the other. (transfer full) */
static gchar *
recent (void)
{
  g_autoptr (GPtrArray) choices = why_model_choices ();
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < choices->len; i++)
    {
      const WhyModelChoice *choice = choices->pdata[i];

      if (choice->origin == WHY_MODEL_RECENT)
        g_string_append_printf (ids, "%s|", choice->id);
    }
  return g_string_free (ids, FALSE);
}

static void
assert_recent (gchar *expected)
{
  g_autofree gchar *ids = recent ();

  g_assert_cmpstr (ids, ==, expected);
  g_free (expected);
}

static void
test_the_default_comes_first_and_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) choices = why_model_choices ();
  const WhyModelChoice *first = choices->pdata[0];

  g_assert_true (first->is_default);
  g_assert_cmpstr (first->id, ==, WHY_DEFAULT_MODEL);
  g_assert_true (why_model_choices_find (choices, "") == first);
  g_assert_true (why_model_choices_find (choices, WHY_DEFAULT_MODEL) == first);
  g_assert_true (why_model_choices_find (choices, first->path) == first);
  for (guint i = 1; i < choices->len; i++)
    g_assert_false (((WhyModelChoice *)choices->pdata[i])->is_default);
}

static void
test_models_in_the_users_folder_appear_by_name (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_data_dir (), "whylayer", "models", NULL);
  g_autofree gchar *path = g_build_filename (folder, "mine.onnx", NULL);
  g_autoptr (GPtrArray) choices = NULL;
  const WhyModelChoice *mine;

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, "1", 1, NULL));
  choices = why_model_choices ();
  mine = why_model_choices_find (choices, "mine");
  g_assert_nonnull (mine);
  g_assert_cmpstr (mine->nick, ==, "mine");
  g_assert_cmpint (mine->origin, ==, WHY_MODEL_OWN);
  g_assert_cmpstr (mine->path, ==, path);
  remember ("mine", "");
  assert_recent (g_strdup (""));
  g_remove (path);
}

static void
test_files_are_remembered_latest_first (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *net = test_folder_path (fixture->folder, "net.onnx");
  g_autofree gchar *hash = test_folder_path (fixture->folder, "a#b.onnx");

  remember ("", "");
  remember (WHY_DEFAULT_MODEL, "");
  assert_recent (g_strdup (""));
  remember (net, "");
  remember (hash, "");
  assert_recent (g_strdup_printf ("%s|%s|", hash, net));
  remember (net, "");
  assert_recent (g_strdup_printf ("%s|%s|", net, hash));
  g_remove (net);
  assert_recent (g_strdup_printf ("%s|", hash));
}

static void
test_a_preset_is_remembered_with_its_model (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *net = test_folder_path (fixture->folder, "net.onnx");
  g_autofree gchar *with = g_strconcat (net, "#caffe", NULL);
  g_autoptr (GPtrArray) choices = NULL;

  remember (net, "caffe");
  assert_recent (g_strdup_printf ("%s|", with));
  remember (with, "");
  assert_recent (g_strdup_printf ("%s|", with));
  remember ("", "caffe");
  assert_recent (g_strdup_printf ("%s#caffe|%s|", WHY_DEFAULT_MODEL, with));
  choices = why_model_choices ();
  g_assert_nonnull (why_model_choices_find (choices, with));
  g_assert_false (why_model_choices_find (choices, WHY_DEFAULT_MODEL "#caffe")->is_default);
}

static void
test_relative_paths_are_found_again_from_elsewhere (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *net = test_folder_path (fixture->folder, "net.onnx");
  g_autofree gchar *here = g_get_current_dir ();

  g_assert_cmpint (g_chdir (fixture->folder->path), ==, 0);
  remember ("./net.onnx", "");
  g_assert_cmpint (g_chdir (here), ==, 0);
  assert_recent (g_strdup_printf ("%s|", net));
}

static void
test_only_the_latest_eight_stay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) choices = NULL;
  gint n = 0;

  for (gint i = 0; i < 12; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%d.onnx", i);
      g_autofree gchar *path = test_folder_path (fixture->folder, name);

      test_folder_write (fixture->folder, name, "1");
      remember (path, "");
    }
  choices = why_model_choices ();
  for (guint i = 0; i < choices->len; i++)
    n += ((WhyModelChoice *)choices->pdata[i])->origin == WHY_MODEL_RECENT;
  g_assert_cmpint (n, ==, 8);
}

static void
test_a_broken_memory_is_an_empty_one (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *state = g_build_filename (g_get_user_state_dir (), "whylayer", NULL);
  g_autofree gchar *file = g_build_filename (state, "recent-models", NULL);
  g_autofree gchar *net = test_folder_path (fixture->folder, "net.onnx");

  g_mkdir_with_parents (state, 0700);
  g_assert_true (
      g_file_set_contents (file, "no\0\xff key file\n[models]\nrecent=;;#;\n", 34, NULL));
  assert_recent (g_strdup (""));
  remember (net, "");
  assert_recent (g_strdup_printf ("%s|", net));
}

static void
test_presets_are_told_from_names_with_a_hash (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *hash = test_folder_path (fixture->folder, "a#b.onnx");
  g_autofree gchar *plain = why_model_id_with_preset ("net", "tf");
  g_autofree gchar *other = why_model_id_with_preset (plain, "caffe");
  g_autofree gchar *none = why_model_id_with_preset (other, "");
  g_autofree gchar *file = why_model_id_with_preset (hash, "tf");
  g_autofree gchar *expected = g_strconcat (hash, "#tf", NULL);

  g_assert_cmpstr (plain, ==, "net#tf");
  g_assert_cmpstr (other, ==, "net#caffe");
  g_assert_cmpstr (none, ==, "net");
  g_assert_cmpstr (file, ==, expected);
}

int
main (int argc, char *argv[])
{
  const struct
  {
    const gchar *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/models/default-first", test_the_default_comes_first_and_once },
    { "/models/own-by-name", test_models_in_the_users_folder_appear_by_name },
    { "/models/recent", test_files_are_remembered_latest_first },
    { "/models/recent-preset", test_a_preset_is_remembered_with_its_model },
    { "/models/recent-relative", test_relative_paths_are_found_again_from_elsewhere },
    { "/models/recent-eight", test_only_the_latest_eight_stay },
    { "/models/recent-broken", test_a_broken_memory_is_an_empty_one },
    { "/models/hash", test_presets_are_told_from_names_with_a_hash },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
