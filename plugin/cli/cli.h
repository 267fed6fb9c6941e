/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The `whylayer` command: one table of commands, one file each. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/** Exit statuses that scripts rely on. */
enum
{
  WHY_EXIT_DONE = 0,
  WHY_EXIT_SOME_FAILED = 1, /* a picture could not be read or a file not written */
  WHY_EXIT_USAGE = 2,       /* also a method that does not suit the network: the others still run */
  WHY_EXIT_MODEL = 3        /* the model was refused */
};

typedef struct
{
  const gchar *name, *synopsis, *blurb; /* blurb: N_() marked */
  gint (*run) (gint argc, gchar **argv);
} WhyCommand;
const WhyCommand *why_commands (gsize *n);

gint why_cli_classify (gint argc, gchar **argv);
gint why_cli_explain (gint argc, gchar **argv);
gint why_cli_check (gint argc, gchar **argv);
gint why_cli_batch (gint argc, gchar **argv);
gint why_cli_merge (gint argc, gchar **argv);
gint why_cli_inspect (gint argc, gchar **argv);
gint why_cli_models (gint argc, gchar **argv);
gint why_cli_methods (gint argc, gchar **argv);
gint why_cli_metrics (gint argc, gchar **argv);

/* "whylayer: FILE: what is wrong, what would be right" on standard error; file may be NULL. */
void why_cli_complain (const gchar *file, const GError *error);
/* The exit status an error calls for. WHY_EXIT_SOME_FAILED: other pictures may still succeed. */
gint why_cli_exit_status (const GError *error);
/* Writes a line (UTF-8, whatever the locale) to standard output. */
void why_cli_print (const gchar *line);
/* An array or object as indented JSON, and a newline. */
void why_cli_print_json (JsonNode *root);

/** Which options a command has. */
typedef enum
{
  WHY_OPTIONS_MODEL = 1 << 0,   /* --model --preset --view --threads */
  WHY_OPTIONS_PRESET = 1 << 7,  /* --preset */
  WHY_OPTIONS_EXPLAIN = 1 << 1, /* --method --set --target --against --score --layer --repeat */
  WHY_OPTIONS_DRAW = 1 << 2,    /* --style --output --raw */
  WHY_OPTIONS_STYLE = 1 << 5,   /* --style */
  WHY_OPTIONS_METRIC = 1 << 6,  /* --metric */
  WHY_OPTIONS_TOP = 1 << 3,     /* --top */
  WHY_OPTIONS_FILES = 1 << 4,   /* at least one file is needed */
} WhyOptions;

/** The options as given; the command's own entries come on top. */
typedef struct
{
  gchar **models, **methods, **sets, **styles, **metrics;
  gchar *mask, *preset, *view, *target, *against, *score, *layer, *repeat;
  gchar *output, *raw;
  gint threads, top;
  gboolean json;
  gchar **files;
} WhyCliOptions;

/* Reads argv; complains and returns FALSE when it is wrong. own: further entries, or NULL. */
gboolean why_cli_options_read (WhyCliOptions *options, WhyOptions which, const GOptionEntry *own,
                               const gchar *command, gint argc, gchar **argv);
void why_cli_options_clear (WhyCliOptions *options);
/* One request for each model and method asked for, checked. (element-type WhyRequest) */
GPtrArray *why_cli_options_get_requests (const WhyCliOptions *options, GError **error);
/* The models, loaded, and the labels asked for, looked up: what is wrong for every picture is said
 * once, before the first. Complains and returns the exit status. */
gint why_cli_load_models (WhySession *session, const GPtrArray *requests);

/** One picture and one request of a command that goes through pictures. */
typedef struct
{
  WhySession *session;
  const WhyCliOptions *options;
  const WhyRequest *request;
  const gchar *file;
  WhyPixels *pixels;
  const gchar *output, *raw; /* where this one's files go; NULL: not asked for */
} WhyCliTask;
typedef gboolean (*WhyCliTaskFunc) (const WhyCliTask *task, GError **error);
/* Runs the task for every file with every request; returns the exit status. What fails for one
 * picture does not stop the others, and a method that does not suit a network no other method: it
 * is said once, and a JSON line each says it. */
gint why_cli_run_pictures (const WhyCliOptions *options, WhyCliTaskFunc func);

/* Prints a report as a JSON line, or as text where the command has its own. */
void why_cli_print_report (const WhyCliTask *task, WhyReport *report);
/* "97.25 %" */
gchar *why_cli_percent (gdouble probability);

/* A line on standard error while a long command runs on a terminal; NULL elsewhere. */
WhyProgress *why_cli_progress_new (void);
void why_cli_progress_end (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WhyCliOptions, why_cli_options_clear)

G_END_DECLS
