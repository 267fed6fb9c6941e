/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to requests, and what can be said about them before the first picture. */
#include "cli/cli.h"

#include <glib/gi18n.h>

static gchar *
join (gchar **parts)
{
  return parts ? g_strjoinv (";", parts) : NULL;
}

GPtrArray *
why_cli_options_get_requests (const WhyCliOptions *options, GError **error)
{
  g_autoptr (WhyRequest) request = why_request_new ();
  g_autofree gchar *parameters = join (options->sets);
  g_autofree gchar *style = join (options->styles);

  why_request_set (request, "preset", options->preset);
  why_request_set (request, "parameters", parameters);
  why_request_set (request, "node", options->layer);
  why_request_set (request, "target", options->target);
  why_request_set (request, "against", options->against);
  why_request_set (request, "score", options->score);
  why_request_set (request, "view", options->view);
  why_request_set (request, "style", style);
  why_request_set (request, "repeat", options->repeat);
  return why_request_expand (request, (const gchar *const *)options->models,
                             (const gchar *const *)options->methods, error);
}

gint
why_cli_load_models (WhySession *session, const GPtrArray *requests)
{
  for (guint i = 0; i < requests->len; i++)
    {
      const WhyRequest *request = g_ptr_array_index (requests, i);
      const gchar *name = why_request_get (request, "model");
      g_autoptr (GError) error = NULL;

      if (why_session_prepare (session, request, &error))
        continue;
      why_cli_complain (*name ? name : NULL, error);
      return why_cli_exit_status (error);
    }
  return WHY_EXIT_DONE;
}
