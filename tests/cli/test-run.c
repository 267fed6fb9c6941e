/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command itself, several methods in one go: what a network cannot be asked stops nothing else.
 * Reads WHYLAYER, the program. */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "onnx-builder.h"

#define W 24
#define H 16

static gchar *folder, *model;
static gchar *pictures[2];

static void
write_inputs (void)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 12, 4);
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, W, H);

  model = g_build_filename (folder, "small.onnx", NULL);
  g_assert_true (g_file_set_contents (model, g_bytes_get_data (bytes, NULL),
                                      (gssize)g_bytes_get_size (bytes), NULL));
  for (gint i = 0; i < 2; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%d.png", i);

      pictures[i] = g_build_filename (folder, name, NULL);
      gdk_pixbuf_fill (pixbuf, i == 0 ? 0x4080c0ff : 0xc08040ff);
      g_assert_true (gdk_pixbuf_save (pixbuf, pictures[i], "png", NULL, NULL));
    }
}

/* Runs `whylayer COMMAND 0.png 1.png --model small.onnx FURTHER…`; returns the exit status. */
static gint
run (const gchar *command, const gchar *further, gchar ***lines, gchar ***errors)
{
  g_auto (GStrv) words = g_strsplit (further, " ", -1);
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_auto (GStrv) arguments = NULL;
  g_autofree gchar *out = NULL, *err = NULL;
  gint status;

  g_strv_builder_add_many (argv, g_getenv ("WHYLAYER"), command, pictures[0], pictures[1],
                           "--model", model, NULL);
  g_strv_builder_addv (argv, (const gchar **)words);
  arguments = g_strv_builder_end (argv);
  g_assert_true (
      g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, NULL));
  g_assert_true (WIFEXITED (status));
  *lines = g_strsplit (g_strchomp (out), "\n", -1);
  *errors = g_strsplit (g_strchomp (err), "\n", -1);
  return WEXITSTATUS (status);
}

/* What a line says: the file, the method asked for, and whether it is an error. */
static void
assert_line (const gchar *line, gint picture, const gchar *method, gboolean error)
{
  g_autoptr (JsonNode) root = json_from_string (line, NULL);
  g_autofree gchar *name = g_path_get_basename (pictures[picture]);
  JsonObject *object;

  g_assert_nonnull (root);
  object = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (object, "image"), ==, name);
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (object, "request"), "method"),
      ==, method);
  g_assert_cmpint (json_object_has_member (object, "error"), ==, error);
  g_assert_cmpint (json_object_has_member (object, "predictions"), ==, !error);
}

static void
test_other_methods_go_on (gconstpointer command)
{
  g_auto (GStrv) lines = NULL, errors = NULL;
  gint status
      = run (command, "--method grad-cam --method attention-rollout --method gradient --json",
             &lines, &errors);

  g_assert_cmpint (status, ==, 2);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  for (gint i = 0; i < 2; i++)
    {
      assert_line (lines[3 * i], i, "grad-cam", FALSE);
      assert_line (lines[3 * i + 1], i, "attention-rollout", TRUE);
      assert_line (lines[3 * i + 2], i, "gradient", FALSE);
    }
  /* Said once, by name, for both pictures. */
  g_assert_cmpuint (g_strv_length (errors), ==, 1);
  g_assert_nonnull (strstr (errors[0], "attention-rollout: "));
}

static void
test_text_goes_on_too (gconstpointer command)
{
  g_auto (GStrv) lines = NULL, errors = NULL;
  g_autofree gchar *out = NULL;

  g_assert_cmpint (run (command, "--method legrad --method gradient", &lines, &errors), ==, 2);
  out = g_strjoinv ("\n", lines);
  g_assert_nonnull (strstr (out, "0.png: "));
  g_assert_nonnull (strstr (out, "1.png: "));
  g_assert_cmpuint (g_strv_length (errors), ==, 1);
  g_assert_nonnull (strstr (errors[0], "legrad: "));
}

/* What is wrong for every method is said before the first map. */
static void
test_wrong_usage_still_stops (gconstpointer command)
{
  static const gchar *const wrong[]
      = { "--method grad-cam --method gradient --target zebra --json",
          "--method gradient --method rise --set masks=-1", "--method gradient --method gradcam" };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (GStrv) lines = NULL, errors = NULL;

      g_assert_cmpint (run (command, wrong[i], &lines, &errors), ==, 2);
      g_assert_cmpuint (g_strv_length (lines), ==, 0);
      g_assert_cmpuint (g_strv_length (errors), ==, 1);
    }
}

static void
add (const gchar *command, const gchar *what, GTestDataFunc func)
{
  g_autofree gchar *path = g_strdup_printf ("/run/%s/%s", command, what);

  g_test_add_data_func (path, command, func);
}

static void
remove_inputs (void)
{
  g_unlink (model);
  for (gint i = 0; i < 2; i++)
    {
      g_unlink (pictures[i]);
      g_free (pictures[i]);
    }
  g_rmdir (folder);
  g_free (model);
  g_free (folder);
}

int
main (int argc, char *argv[])
{
  static const gchar *const commands[] = { "explain", "check" };
  gint status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("whylayer-run-XXXXXX", NULL);
  write_inputs ();
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      add (commands[i], "other-methods-go-on", test_other_methods_go_on);
      add (commands[i], "text-goes-on-too", test_text_goes_on_too);
      add (commands[i], "wrong-usage-still-stops", test_wrong_usage_still_stops);
    }
  status = g_test_run ();
  remove_inputs ();
  return status;
}
