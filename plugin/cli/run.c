/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every picture with every request: what classify, explain and check share. */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <string.h>

#include "session/picture-write.h"
#include "cli/picture.h"
#include "session/output.h"

/** Where one kind of output goes. */
typedef struct
{
  const gchar *path, *extension;
  gboolean is_folder;
} Place;

static gboolean
has_extension (const gchar *path, const gchar *extension)
{
  return g_str_equal (extension, ".png") ? why_picture_can_write (path)
                                         : g_str_has_suffix (path, extension);
}

/* OUT.png or DIR: a folder when it is one, when several files go there, or when its name has no
 * extension. */
static gboolean
place_init (Place *place, const gchar *path, const gchar *extension, gboolean several,
            GError **error)
{
  g_autofree gchar *name = path ? g_path_get_basename (path) : NULL;

  *place = (Place){ path, extension, FALSE };
  if (!path)
    return TRUE;
  place->is_folder = g_file_test (path, G_FILE_TEST_IS_DIR) || g_str_has_suffix (path, "/")
                     || !strchr (name, '.');
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_DIR))
    place->is_folder = FALSE;
  if (place->is_folder)
    return why_output_make_folder (path, error);
  if (several)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("%s: one file cannot hold several results: name a folder"), path);
  else if (strchr (name, '.') && !has_extension (path, extension))
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("%s: this cannot be written: name a %s file or a folder"), path, extension);
  else
    return TRUE;
  return FALSE;
}

/** The whole command. */
typedef struct
{
  const WhyCliOptions *options;
  WhyCliTaskFunc func;
  GPtrArray *requests;
  WhySession *session;
  gchar **tags;
  Place output, raw;
  GHashTable *names;    /* base names so far: two folders may hold the same one */
  GHashTable *refusals; /* requests that are left out from now on, and the GError that says why */
  gint status;
  gboolean stopped; /* the other pictures would fail alike */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->session, why_session_free);
  g_clear_pointer (&run->requests, g_ptr_array_unref);
  g_clear_pointer (&run->names, g_hash_table_unref);
  g_clear_pointer (&run->refusals, g_hash_table_unref);
  g_strfreev (run->tags);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gchar *
place_file (const Place *place, const gchar *base, const gchar *tag)
{
  g_autofree gchar *name = g_strconcat (base, ".", tag, place->extension, NULL);

  if (!place->path)
    return NULL;
  return place->is_folder ? g_build_filename (place->path, name, NULL) : g_strdup (place->path);
}

static gchar *
unique_base (Run *run, const gchar *file)
{
  gchar *name = g_path_get_basename (file);
  g_autofree gchar *first = g_strdup (name);

  for (gint n = 2; g_hash_table_contains (run->names, name); n++)
    {
      g_free (name);
      name = g_strdup_printf ("%s-%d", first, n);
    }
  g_hash_table_add (run->names, g_strdup (name));
  return name;
}

static void
print_failure (const Run *run, const gchar *file, const WhyRequest *request, const GError *error)
{
  g_autofree gchar *name = g_filename_display_basename (file);
  g_autofree gchar *line = why_error_to_json_line (name, request, error);

  if (run->options->json)
    why_cli_print (line);
}

static void
note_failure (Run *run, const gchar *file, const WhyRequest *request, const GError *error)
{
  why_cli_complain (file, error);
  run->status = MAX (run->status, why_cli_exit_status (error));
  print_failure (run, file, request, error);
}

/* What the network cannot be asked: so for every picture, and other methods may suit it. */
static gboolean
is_unsuited (const GError *error)
{
  return g_error_matches (error, WHY_ERROR, WHY_ERROR_METHOD_UNSUITED)
         || g_error_matches (error, WHY_ERROR, WHY_ERROR_NODE);
}

static void
run_request (Run *run, guint i, const gchar *file, WhyPixels *pixels, const gchar *base)
{
  WhyRequest *request = g_ptr_array_index (run->requests, i);
  g_autofree gchar *output = place_file (&run->output, base, run->tags[i]);
  g_autofree gchar *raw = place_file (&run->raw, base, run->tags[i]);
  const WhyCliTask task = { run->session, run->options, request, file, pixels, output, raw };
  g_autoptr (GError) error = NULL;

  if (run->func (&task, &error))
    return;
  if (run->requests->len > 1)
    g_prefix_error (&error, "%s: ", run->tags[i]);
  note_failure (run, file, request, error);
  if (is_unsuited (error))
    g_hash_table_insert (run->refusals, request, g_steal_pointer (&error));
  else
    run->stopped = why_cli_exit_status (error) > WHY_EXIT_SOME_FAILED;
}

static void
run_file (Run *run, const gchar *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyPixels) pixels = why_picture_read (file, &error);
  g_autofree gchar *base = unique_base (run, file);

  if (!pixels)
    {
      note_failure (run, file, NULL, error);
      return;
    }
  for (guint i = 0; i < run->requests->len && !run->stopped; i++)
    {
      const WhyRequest *request = g_ptr_array_index (run->requests, i);
      const GError *refusal = g_hash_table_lookup (run->refusals, request);

      if (refusal)
        print_failure (run, file, request, refusal);
      else
        run_request (run, i, file, pixels, base);
    }
  why_session_forget_picture (run->session);
}

static gboolean
run_prepare (Run *run, GError **error)
{
  const WhyCliOptions *options = run->options;
  gboolean several;

  run->requests = why_cli_options_get_requests (options, error);
  if (!run->requests)
    return FALSE;
  several = run->requests->len > 1 || g_strv_length (options->files) > 1;
  run->tags = why_output_tags (run->requests);
  run->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  run->refusals = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_error_free);
  run->session = why_session_new (options->threads);
  run->status = why_cli_load_models (run->session, run->requests);
  run->stopped = run->status != WHY_EXIT_DONE;
  return run->stopped
         || (place_init (&run->output, options->output, ".png", several, error)
             && place_init (&run->raw, options->raw, ".npy", several, error));
}

gint
why_cli_run_pictures (const WhyCliOptions *options, WhyCliTaskFunc func)
{
  g_auto (Run) run = { .options = options, .func = func };
  g_autoptr (GError) error = NULL;

  if (!run_prepare (&run, &error))
    {
      why_cli_complain (NULL, error);
      return why_cli_exit_status (error);
    }
  for (gint i = 0; options->files[i] && !run.stopped; i++)
    run_file (&run, options->files[i]);
  return run.status;
}

void
why_cli_print_report (const WhyCliTask *task, WhyReport *report)
{
  g_autofree gchar *line = NULL;

  g_free (report->image);
  report->image = g_filename_display_basename (task->file);
  line = why_report_to_json_line (report, task->options->top);
  why_cli_print (line);
}

gchar *
why_cli_percent (gdouble probability)
{
  return g_strdup_printf ("%.2f %%", probability * 100);
}
