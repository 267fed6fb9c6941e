/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "places.h"
#include "whylayer/model.h"

/* Two folders to search: $WHYLAYER_DATA and the user's data directory. */
typedef struct
{
  TestFolder *chosen, *user;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *home = g_build_filename (g_get_user_data_dir (), NULL);

  fixture->chosen = test_folder_new ();
  fixture->user = g_new0 (TestFolder, 1);
  fixture->user->path = g_build_filename (home, "whylayer", NULL);
  test_folder_write (fixture->chosen, "both.onnx", "1");
  test_folder_write (fixture->chosen, "alpha.onnx", "1");
  test_folder_write (fixture->chosen, "notes.txt", "1");
  test_folder_write (fixture->chosen, ".onnx", "1");
  test_folder_write (fixture->chosen, "models/nested.onnx", "1");
  test_folder_write (fixture->user, "models/both.onnx", "1");
  test_folder_write (fixture->user, "models/mine.onnx", "1");
  g_setenv ("WHYLAYER_DATA", fixture->chosen->path, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unsetenv ("WHYLAYER_DATA");
  test_folder_free (fixture->chosen);
  test_folder_free (fixture->user);
}

static void
test_list_searches_in_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = why_model_list ();
  const gchar *wanted[] = { "alpha", "both", "nested", "mine" };

  g_assert_cmpuint (entries->len, >=, 4);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      const WhyModelEntry *entry = entries->pdata[i];
      g_assert_cmpstr (entry->name, ==, wanted[i]);
      g_assert_false (entry->bundled);
      g_assert_true (
          g_str_has_prefix (entry->path, i < 3 ? fixture->chosen->path : fixture->user->path));
    }
  for (guint i = 4; i < entries->len; i++)
    g_assert_true (((WhyModelEntry *)entries->pdata[i])->bundled);
}

static void
test_names_and_paths_are_found (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *direct = test_folder_path (fixture->user, "models/both.onnx");
  g_autofree gchar *mine = why_model_find ("mine", NULL);
  g_autofree gchar *both = why_model_find ("both", NULL);
  g_autofree gchar *path = why_model_find (direct, NULL);

  g_assert_true (g_str_has_suffix (mine, "models/mine.onnx"));
  g_assert_true (g_str_has_prefix (both, fixture->chosen->path));
  g_assert_cmpstr (path, ==, direct);
}

static void
test_unknown_names_get_the_nearest (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  g_assert_null (why_model_find ("alhpa", &error));
  g_assert_nonnull (strstr (error->message, fixture->chosen->path));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, "'alpha'");
  g_assert_null (why_model_find ("entirely different", &error));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, fixture->user->path);
  g_assert_null (why_model_find ("no/such/file.onnx", &error));
  test_assert_error (&error, WHY_ERROR_MODEL_NOT_FOUND, "no/such/file.onnx");
}

static void
test_the_default_is_the_bundled_model (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *models = test_source ("models");
  g_autofree gchar *named = NULL, *empty = NULL, *null = NULL;

  g_setenv ("WHYLAYER_DATA", models, TRUE);
  named = why_model_find ("whylayer-tiny64", NULL);
  empty = why_model_find ("", NULL);
  null = why_model_find (NULL, NULL);
  g_assert_true (g_str_has_suffix (named, "whylayer-tiny64.onnx"));
  g_assert_cmpstr (empty, ==, named);
  g_assert_cmpstr (null, ==, named);
}

int
main (int argc, char *argv[])
{
  const struct
  {
    const gchar *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/discovery/list-searches-in-order", test_list_searches_in_order },
    { "/discovery/names-and-paths-are-found", test_names_and_paths_are_found },
    { "/discovery/unknown-names-get-the-nearest", test_unknown_names_get_the_nearest },
    { "/discovery/the-default-is-the-bundled-model", test_the_default_is_the_bundled_model },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
