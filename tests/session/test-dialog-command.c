/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "session/dialog-command.h"

static void
assert_command (WhyCommand command, const WhyRequest *request, const gchar *expected)
{
  g_autofree gchar *line = why_command_format (command, request, "a photo.jpg");

  g_assert_cmpstr (line, ==, expected);
}

static WhyRequest *
make_request (void)
{
  WhyRequest *request = why_request_new ();

  why_request_set (request, "method", "occlusion");
  why_request_set (request, "parameters", "window=9;stride=4");
  why_request_set (request, "target", "top"); /* the default: not written */
  why_request_set (request, "output", "layer");
  return request;
}

static void
test_only_what_differs_is_named (void)
{
  g_autoptr (WhyRequest) request = make_request ();

  assert_command (WHY_COMMAND_SCRIPT_FU_3, request,
                  "(plug-in-whylayer-explain #:run-mode RUN-NONINTERACTIVE #:image image "
                  "#:drawables (gimp-image-get-selected-drawables image) #:method \"occlusion\" "
                  "#:parameters \"window=9;stride=4\")");
}

static void
test_positions_are_all_filled (void)
{
  g_autoptr (WhyRequest) request = make_request ();

  assert_command (WHY_COMMAND_SCRIPT_FU_2_10, request,
                  "(plug-in-whylayer-explain RUN-NONINTERACTIVE image "
                  "(car (gimp-image-get-active-drawable image)) \"\" \"occlusion\" "
                  "\"window=9;stride=4\" \"\" \"\" \"\" \"\" \"\" \"\" \"\" \"\")");
}

static void
test_python_sets_properties (void)
{
  g_autoptr (WhyRequest) request = make_request ();
  g_autofree gchar *lines = why_command_format (WHY_COMMAND_PYTHON_FU, request, "x.png");

  g_assert_nonnull (strstr (lines, "config.set_property(\"method\", \"occlusion\")\n"));
  g_assert_nonnull (strstr (lines, "result = procedure.run(config)\n"));
  g_assert_null (strstr (lines, "\"target\""));
}

static void
test_shell_names_the_picture (void)
{
  g_autoptr (WhyRequest) request = make_request ();
  g_autofree gchar *line = why_command_format (WHY_COMMAND_SHELL, request, "a photo.jpg");
  g_auto (GStrv) words = NULL;
  gint n;

  g_assert_true (g_shell_parse_argv (line, &n, &words, NULL));
  g_assert_true (g_strv_contains ((const gchar *const *)words, "a photo.jpg"));
  g_assert_true (g_strv_contains ((const gchar *const *)words, "--method=occlusion"));
  g_assert_null (strstr (line, "--target"));
}

/* A value that would end the string ends nothing. */
static void
test_values_stay_inside_their_quotes (void)
{
  static const gchar hostile[] = "x\") (gimp-quit 1) (\"\\\n\x07";
  g_autoptr (WhyRequest) request = why_request_new ();

  why_request_set (request, "node", hostile);
  for (gint i = WHY_COMMAND_SCRIPT_FU_3; i <= WHY_COMMAND_PYTHON_FU; i++)
    {
      g_autofree gchar *line = why_command_format ((WhyCommand)i, request, "x.png");

      g_assert_nonnull (strstr (line, "\"x\\\") (gimp-quit 1) (\\\"\\\\\\n\\x07\""));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command/only-what-differs-is-named", test_only_what_differs_is_named);
  g_test_add_func ("/command/positions-are-all-filled", test_positions_are_all_filled);
  g_test_add_func ("/command/python-sets-properties", test_python_sets_properties);
  g_test_add_func ("/command/shell-names-the-picture", test_shell_names_the_picture);
  g_test_add_func ("/command/values-stay-inside-their-quotes",
                   test_values_stay_inside_their_quotes);
  return g_test_run ();
}
