/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json-input.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "limits.h"

/* json-glib also reads comments and single quotes, which could hide brackets from this count: they
 * are no JSON and are refused. */
gboolean
why_json_is_shallow (const gchar *text, gsize length)
{
  gboolean in_string = FALSE;
  gint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      gchar c = text[i];
      if (in_string && c == '\\')
        i++;
      else if (c == '"')
        in_string = !in_string;
      else if (in_string)
        continue;
      else if (c == '{' || c == '[')
        depth++;
      else if (c == '}' || c == ']')
        depth--;
      else if (!g_ascii_isalnum (c) && !strchr (" \t\r\n:,+-.", c))
        return FALSE;
      if (depth > WHY_MAX_JSON_DEPTH)
        return FALSE;
    }
  return TRUE;
}

static const gchar *
find_problem (const gchar *text, gsize length, gsize limit)
{
  if (length == 0)
    return _ ("it is empty");
  if (length > limit)
    return _ ("it is too large");
  if (!g_utf8_validate_len (text, length, NULL))
    return _ ("it is not UTF-8 text");
  if (!why_json_is_shallow (text, length))
    return _ ("it is not plain JSON, or nested too deeply");
  return NULL;
}

JsonObject *
why_json_parse (const gchar *text, gsize length, gsize limit, WhyError code, const gchar *what,
                GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) local = NULL;
  const gchar *problem = find_problem (text, length, limit);
  JsonNode *root;

  if (!problem && !json_parser_load_from_data (parser, text, (gssize)length, &local))
    problem = local->message;
  root = problem ? NULL : json_parser_get_root (parser);
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    return json_node_dup_object (root);
  g_set_error (error, WHY_ERROR, (gint)code, "%s: %s", what,
               problem ? problem : _ ("it is not a JSON object"));
  return NULL;
}
