/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session/process.h"

static const WhyCommand commands[] = {
  { "classify", N_ ("IMAGE…"), N_ ("Name what a model sees in pictures"), why_cli_classify },
  { "explain", N_ ("IMAGE…"), N_ ("Show why a model calls pictures what it calls them"),
    why_cli_explain },
  { "check", N_ ("IMAGE…"), N_ ("Measure how far maps can be trusted"), why_cli_check },
  { "batch", N_ ("DIR|GLOB|-"), N_ ("Explain a folder of pictures, with a report"), why_cli_batch },
  { "merge", N_ ("REPORT.jsonl…"), N_ ("Join the reports of a batch's shards"), why_cli_merge },
  { "inspect", N_ ("MODEL.onnx"), N_ ("Show what a model file holds and what can be done with it"),
    why_cli_inspect },
  { "models", "", N_ ("List the models that can be chosen by name"), why_cli_models },
  { "methods", "", N_ ("List the attribution methods and their parameters"), why_cli_methods },
  { "metrics", "", N_ ("List the metrics that judge a map"), why_cli_metrics },
};

const WhyCommand *
why_commands (gsize *n)
{
  *n = G_N_ELEMENTS (commands);
  return commands;
}

/* A model's sentences begin with its base name, which the path says already. */
static const gchar *
skip_name (const gchar *message, const gchar *file)
{
  g_autofree gchar *base = g_path_get_basename (file);
  g_autofree gchar *prefix = g_strconcat (base, ": ", NULL);

  return g_str_has_prefix (message, prefix) ? message + strlen (prefix) : message;
}

void
why_cli_complain (const gchar *file, const GError *error)
{
  why_cli_progress_end ();
  if (file)
    fprintf (stderr, "whylayer: %s: %s\n", file, skip_name (error->message, file));
  else
    fprintf (stderr, "whylayer: %s\n", error->message);
}

gint
why_cli_exit_status (const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return WHY_EXIT_USAGE;
  if (error->domain != WHY_ERROR)
    return WHY_EXIT_SOME_FAILED;
  switch ((WhyError)error->code)
    {
    case WHY_ERROR_ARGUMENT:
    case WHY_ERROR_LABEL:
    case WHY_ERROR_NODE:
    case WHY_ERROR_METHOD_UNSUITED:
      return WHY_EXIT_USAGE;
    case WHY_ERROR_MODEL_NOT_FOUND:
    case WHY_ERROR_MODEL_INVALID:
    case WHY_ERROR_MODEL_UNSUPPORTED:
    case WHY_ERROR_MODEL_DATA:
    case WHY_ERROR_MODEL_SHAPE:
    case WHY_ERROR_MEMORY:
      return WHY_EXIT_MODEL;
    case WHY_ERROR_FAILED:
    case WHY_ERROR_CANCELLED:
    case WHY_ERROR_IMAGE:
    case WHY_ERROR_OUTPUT:
    case WHY_ERROR_PARASITE:
      break;
    }
  return WHY_EXIT_SOME_FAILED;
}

void
why_cli_print (const gchar *line)
{
  why_cli_progress_end ();
  fputs (line, stdout);
  fputc ('\n', stdout);
}

void
why_cli_print_json (JsonNode *root)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree gchar *text = NULL;

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  why_cli_print (text);
}

static void
set_locale (void)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers are read and written as programs expect them */
  bindtextdomain (GETTEXT_PACKAGE, WHY_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static void
print_help (FILE *out)
{
  fputs (_ ("Usage: whylayer COMMAND [OPTION…] [FILE…]\n\nCommands:\n"), out);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (out, "  %-10s %-10s %s\n", commands[i].name,
             *commands[i].synopsis ? _ (commands[i].synopsis) : "", _ (commands[i].blurb));
  fputs (_ ("\n“whylayer COMMAND --help” lists a command's options.\n"), out);
}

static gint
refuse_command (const gchar *name)
{
  const gchar *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  const gchar *nearest;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  nearest = why_nearest_word (name, names);
  if (nearest)
    fprintf (stderr, _ ("whylayer: there is no command “%s”: did you mean “%s”?\n"), name, nearest);
  else
    fprintf (stderr, _ ("whylayer: there is no command “%s”: “whylayer --help” lists them\n"),
             name);
  return WHY_EXIT_USAGE;
}

static gint
run_command (gint argc, gchar **argv)
{
  if (argc < 2)
    {
      print_help (stderr);
      return WHY_EXIT_USAGE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")
      || g_str_equal (argv[1], "help"))
    {
      print_help (stdout);
      return WHY_EXIT_DONE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      why_cli_print ("whylayer " WHY_VERSION);
      return WHY_EXIT_DONE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  return refuse_command (argv[1]);
}

int
main (int argc, char **argv)
{
  gint status;

  why_process_prepare ();
  set_locale ();
  g_set_prgname ("whylayer");
  status = run_command (argc, argv);
  why_cli_progress_end ();
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      fprintf (stderr,
               _ ("whylayer: standard output: cannot be written (%s): free some space or "
                  "write elsewhere\n"),
               g_strerror (errno));
      status = MAX (status, WHY_EXIT_SOME_FAILED);
    }
  return status;
}
