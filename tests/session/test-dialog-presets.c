/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "session/dialog-presets.h"

typedef struct
{
  gchar *folder, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("whylayer-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "new", "presets.json", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *folder = g_path_get_dirname (fixture->path);

  g_remove (fixture->path);
  g_rmdir (folder);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static WhyRequest *
make_request (const gchar *method, const gchar *style)
{
  WhyRequest *request = why_request_new ();

  why_request_set (request, "method", method);
  why_request_set (request, "style", style);
  return request;
}

static void
test_presets_outlive_the_program (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) saved = make_request ("occlusion", "opacity=30");
  g_autoptr (WhyRequest) read = make_request ("gradient", "");
  g_autoptr (GError) error = NULL;

  why_request_set (read, "target", "7");
  {
    g_autoptr (WhyPresets) presets = why_presets_load (fixture->path);
    g_assert_true (why_presets_set (presets, "Fein \"1\"", saved, &error));
    g_assert_no_error (error);
  }
  {
    g_autoptr (WhyPresets) presets = why_presets_load (fixture->path);
    g_auto (GStrv) names = why_presets_list (presets);
    const gchar *const expected[] = { "Fein \"1\"", NULL };

    g_assert_cmpstrv (names, expected);
    g_assert_true (why_presets_get (presets, "Fein \"1\"", read));
    g_assert_cmpstr (why_request_get (read, "method"), ==, "occlusion");
    g_assert_cmpstr (why_request_get (read, "style"), ==, "opacity=30");
    /* What the preset does not name is the default, not what was there. */
    g_assert_cmpstr (why_request_get (read, "target"), ==, "");
    g_assert_false (why_presets_get (presets, "another", read));
  }
}

/* Two dialogs are open at once: neither loses what the other saved. */
static void
test_two_writers_keep_both (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = make_request ("gradient", "");
  g_autoptr (WhyPresets) one = why_presets_load (fixture->path);
  g_autoptr (WhyPresets) other = why_presets_load (fixture->path);
  g_autoptr (WhyPresets) after = NULL;
  g_auto (GStrv) names = NULL;
  const gchar *const expected[] = { "a", "b", NULL };

  g_assert_true (why_presets_set (one, "b", request, NULL));
  g_assert_true (why_presets_set (other, "a", request, NULL));
  g_assert_true (why_presets_set_last (one, "gimp", request, NULL));
  after = why_presets_load (fixture->path);
  names = why_presets_list (after);
  g_assert_cmpstrv (names, expected);
  g_assert_true (why_presets_get_last (after, "gimp", request));
}

static void
test_removing_leaves_the_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = make_request ("gradient", "");
  g_autoptr (WhyPresets) presets = why_presets_load (fixture->path);
  g_auto (GStrv) names = NULL;
  const gchar *const expected[] = { "b", NULL };

  g_assert_true (why_presets_set (presets, "a", request, NULL));
  g_assert_true (why_presets_set (presets, "b", request, NULL));
  g_assert_true (why_presets_set (presets, "a", NULL, NULL));
  g_assert_true (why_presets_set (presets, "never", NULL, NULL));
  names = why_presets_list (presets);
  g_assert_cmpstrv (names, expected);
}

static void
test_foreign_files_read_as_empty (Fixture *fixture, gconstpointer data)
{
  static const gchar *const contents[]
      = { "", "{", "[1]", "null", "{\"presets\":7}", "{\"presets\":{\"a\":[]}}" };
  g_autofree gchar *folder = g_path_get_dirname (fixture->path);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (WhyRequest) request = make_request ("gradient", "");
      g_autoptr (WhyPresets) presets = NULL;
      g_auto (GStrv) names = NULL;

      g_assert_true (g_file_set_contents (fixture->path, contents[i], -1, NULL));
      presets = why_presets_load (fixture->path);
      names = why_presets_list (presets);
      g_assert_cmpuint (g_strv_length (names), ==, 0);
      g_assert_false (why_presets_get (presets, "a", request));
    }
}

/* A field of another type is no text: the rest is still read. */
static void
test_wrong_fields_are_empty (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = make_request ("gradient", "opacity=1");
  g_autofree gchar *folder = g_path_get_dirname (fixture->path);
  g_autoptr (WhyPresets) presets = NULL;

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (
      fixture->path,
      "{\"presets\":{\"a\":{\"method\":\"rise\",\"style\":{},\"target\":null,\"odd\":\"x\"}}}", -1,
      NULL));
  presets = why_presets_load (fixture->path);
  g_assert_true (why_presets_get (presets, "a", request));
  g_assert_cmpstr (why_request_get (request, "method"), ==, "rise");
  g_assert_cmpstr (why_request_get (request, "style"), ==, "");
}

static void
test_bad_names_are_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = make_request ("gradient", "");
  g_autoptr (WhyPresets) presets = why_presets_load (fixture->path);
  g_autoptr (GError) error = NULL;

  g_assert_false (why_presets_set (presets, "", request, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (why_presets_set (presets, "\xff", request, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
}

static void
test_an_unwritable_place_is_an_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = make_request ("gradient", "");
  g_autoptr (WhyPresets) presets = why_presets_load ("/dev/null/whylayer/presets.json");
  g_autoptr (GError) error = NULL;

  g_assert_false (why_presets_set (presets, "a", request, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_OUTPUT);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/presets/outlive-the-program", test_presets_outlive_the_program },
    { "/presets/two-writers-keep-both", test_two_writers_keep_both },
    { "/presets/removing-leaves-the-others", test_removing_leaves_the_others },
    { "/presets/foreign-files-read-as-empty", test_foreign_files_read_as_empty },
    { "/presets/wrong-fields-are-empty", test_wrong_fields_are_empty },
    { "/presets/bad-names-are-refused", test_bad_names_are_refused },
    { "/presets/an-unwritable-place-is-an-error", test_an_unwritable_place_is_an_error },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
