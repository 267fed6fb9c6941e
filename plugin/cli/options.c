/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that commands share; their help is the argument tables'. */
#include "cli/cli.h"

#include <glib/gi18n.h>
#include <string.h>

#include "session/arguments.h"

#define MAX_THREADS 1024

/* The sentence of the argument that an option sets. */
static const gchar *
blurb (const gchar *argument)
{
  const WhyParam *table = why_procedure_lookup ("plug-in-whylayer-explain")->arguments;

  return _ (why_param_lookup (table, argument)->blurb);
}

static void
add_model_entries (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->models, blurb ("model"), "M" },
    { "view", 0, 0, G_OPTION_ARG_FILENAME, &o->view, blurb ("view"), "stretch|crop|letterbox" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &o->threads,
      N_ ("How many threads compute; 0: one for each processor core."), "N" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_preset_entry (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "preset", 0, 0, G_OPTION_ARG_FILENAME, &o->preset,
      N_ ("Preprocessing for models whose file says nothing: torchvision, tf, caffe …"), "ID" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_explain_entries (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "method", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->methods, blurb ("method"), "ID" },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->sets, blurb ("parameters"), "NAME=VALUE" },
    { "target", 't', 0, G_OPTION_ARG_FILENAME, &o->target, blurb ("target"), "T" },
    { "against", 0, 0, G_OPTION_ARG_FILENAME, &o->against, blurb ("against"), "T" },
    { "score", 0, 0, G_OPTION_ARG_FILENAME, &o->score, blurb ("score"),
      "logit|probability|log-probability" },
    { "layer", 0, 0, G_OPTION_ARG_FILENAME, &o->layer, blurb ("node"), "NODE" },
    { "repeat", 0, 0, G_OPTION_ARG_FILENAME, &o->repeat,
      N_ ("Averages N maps, over seeds or over jittered crops, and reports the standard error."),
      "N" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_style_entry (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "style", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->styles, blurb ("style"), "NAME=VALUE" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_metric_entry (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "metric", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->metrics,
      N_ ("A metric that judges the map, with its parameters if they are not the defaults "
          "(\"whylayer metrics\" lists them)."),
      "ID[:NAME=VALUE;…]" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_draw_entries (GOptionGroup *group, WhyCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
      N_ ("The picture with the map blended over it; a folder for several."), "OUT.png|DIR" },
    { "raw", 0, 0, G_OPTION_ARG_FILENAME, &o->raw,
      N_ ("The map itself as NumPy float32, neither normalised nor enlarged; a folder for "
          "several."),
      "OUT.npy|DIR" },
    { NULL },
  };
  g_option_group_add_entries (group, entries);
}

static void
add_common_entries (GOptionGroup *group, WhyCliOptions *o, WhyOptions which)
{
  const GOptionEntry top[] = {
    { "top", 0, 0, G_OPTION_ARG_INT, &o->top, N_ ("How many classes are listed; 5 by default."),
      "K" },
    { NULL },
  };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &o->json, N_ ("Prints JSON."), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->files, NULL, NULL },
    { NULL },
  };
  if (which & WHY_OPTIONS_TOP)
    g_option_group_add_entries (group, top);
  g_option_group_add_entries (group, entries);
}

static const WhyCommand *
find_command (const gchar *name)
{
  gsize n;
  const WhyCommand *commands = why_commands (&n);

  for (gsize i = 0; i < n; i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  g_return_val_if_reached (NULL);
}

static GOptionContext *
make_context (const WhyCommand *command)
{
  g_autofree gchar *usage = g_strdup_printf ("%s%s%s", command->name, *command->synopsis ? " " : "",
                                             *command->synopsis ? _ (command->synopsis) : "");
  GOptionContext *context = g_option_context_new (usage);

  g_option_context_set_summary (context, _ (command->blurb));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  return context;
}

static gboolean
check_numbers (const WhyCliOptions *options, GError **error)
{
  if (options->threads < 0 || options->threads > MAX_THREADS)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("--threads is %d: it should be a number from 0 to %d"), options->threads,
                 MAX_THREADS);
  else if (options->top < 1)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("--top is %d: it should be a number from 1"), options->top);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_files (const WhyCliOptions *options, WhyOptions which, GError **error)
{
  if (!(which & WHY_OPTIONS_FILES) || (options->files && options->files[0]))
    return TRUE;
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                       _ ("no file is named: name at least one"));
  return FALSE;
}

gboolean
why_cli_options_read (WhyCliOptions *options, WhyOptions which, const GOptionEntry *own,
                      const gchar *command_name, gint argc, gchar **argv)
{
  const WhyCommand *command = find_command (command_name);
  g_autoptr (GOptionContext) context = make_context (command);
  g_autoptr (GError) error = NULL;
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, NULL, NULL);

  options->top = 5;
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  if (which & WHY_OPTIONS_MODEL)
    add_model_entries (group, options);
  if (which & (WHY_OPTIONS_MODEL | WHY_OPTIONS_PRESET))
    add_preset_entry (group, options);
  if (which & WHY_OPTIONS_EXPLAIN)
    add_explain_entries (group, options);
  if (which & WHY_OPTIONS_DRAW)
    add_draw_entries (group, options);
  if (which & (WHY_OPTIONS_DRAW | WHY_OPTIONS_STYLE))
    add_style_entry (group, options);
  if (which & WHY_OPTIONS_METRIC)
    add_metric_entry (group, options);
  if (own)
    g_option_group_add_entries (group, own);
  add_common_entries (group, options, which);
  g_option_context_set_main_group (context, group);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !check_numbers (options, &error)
      || !check_files (options, which, &error))
    {
      why_cli_complain (NULL, error);
      return FALSE;
    }
  return TRUE;
}

void
why_cli_options_clear (WhyCliOptions *options)
{
  g_strfreev (options->models);
  g_strfreev (options->methods);
  g_strfreev (options->sets);
  g_strfreev (options->styles);
  g_strfreev (options->metrics);
  g_free (options->preset);
  g_free (options->view);
  g_free (options->target);
  g_free (options->against);
  g_free (options->score);
  g_free (options->layer);
  g_free (options->repeat);
  g_free (options->output);
  g_free (options->raw);
  g_strfreev (options->files);
}
