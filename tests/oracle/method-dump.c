/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: method-dump MODEL H W INPUT < ORDERS
 * Explains one normalised input (raw doubles, [C,H,W]) as each line of ORDERS says; fields are
 * separated by tabs:
 *   explain METHOD NAME=VALUE;… LAYER TARGET FILE   the raw map
 *   draw SEED STREAM KINDS FILE                     random numbers as the methods draw them
 * KINDS is a list of COUNT and u (uniform), g (Gaussian) or bEND (whole number below END), such as
 * "64u 1b8". Files are raw doubles; built with the float and with the double library. */
#include <stdio.h>
#include <stdlib.h>

#include "whylayer/explainer.h"
#include "whylayer/rng.h"

typedef struct
{
  WhyExplainer *explainer;
  WhyReal *input;
} Session;

static void
write_doubles (const gchar *path, const gdouble *values, gsize n)
{
  if (!g_file_set_contents (path, (const gchar *) values, (gssize) (n * sizeof (gdouble)), NULL))
    exit (1);
}

static gboolean
explain (const Session *session, gchar **fields, GError **error)
{
  WhyQuestion question = { .method = why_method_lookup (fields[0], error),
                           .node = fields[2],
                           .target = { atoi (fields[3]), -1, WHY_SCORE_LOGIT } };
  g_autoptr (WhyParams) params = NULL;
  g_autoptr (WhyExplanation) out = NULL;
  g_autofree gdouble *values = NULL;
  gint64 n;

  if (!question.method)
    return FALSE;
  params = why_params_new (why_method_get_params (question.method));
  if (!why_params_parse (params, fields[1], error))
    return FALSE;
  question.params = params;
  out = why_explainer_explain (session->explainer, session->input, &question, NULL, error);
  if (!out)
    return FALSE;
  n = why_tensor_numel (out->map);
  values = g_new (gdouble, n);
  for (gint64 i = 0; i < n; i++)
    values[i] = (gdouble) out->map->real[i];
  write_doubles (fields[4], values, (gsize) n);
  return TRUE;
}

static void
draw (gchar **fields)
{
  g_auto (GStrv) kinds = g_strsplit (fields[2], " ", -1);
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (gdouble));
  WhyRng rng;

  why_rng_init (&rng, (guint64) atoi (fields[0]), (guint64) atoi (fields[1]));
  for (gint k = 0; kinds[k]; k++)
    {
      gchar *kind;
      glong count = strtol (kinds[k], &kind, 10);
      for (glong i = 0; i < count; i++)
        {
          gdouble value = *kind == 'u'   ? why_rng_uniform (&rng)
                          : *kind == 'g' ? why_rng_gaussian (&rng)
                                         : why_rng_below (&rng, (guint32) atoi (kind + 1));
          g_array_append_val (values, value);
        }
    }
  write_doubles (fields[3], (const gdouble *) (gpointer) values->data, values->len);
}

static gboolean
obey (const Session *session, const gchar *line, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", -1);

  if (g_str_equal (fields[0], "explain") && g_strv_length (fields) == 6)
    return explain (session, fields + 1, error);
  if (g_str_equal (fields[0], "draw") && g_strv_length (fields) == 5)
    {
      draw (fields + 1);
      return TRUE;
    }
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, "no such order: %s", line);
  return FALSE;
}

static gboolean
session_init (Session *session, gchar **argv, GError **error)
{
  g_autoptr (WhyModel) model = why_model_load (argv[0], NULL, error);
  g_autofree gchar *data = NULL;
  gsize length, n;

  if (!model || !g_file_get_contents (argv[3], &data, &length, error))
    return FALSE;
  session->explainer = why_explainer_new (model, atoi (argv[1]), atoi (argv[2]), 0, error);
  if (!session->explainer)
    return FALSE;
  n = length / sizeof (gdouble);
  session->input = g_new (WhyReal, n);
  for (gsize i = 0; i < n; i++)
    session->input[i] = (WhyReal) ((gdouble *) (gpointer) data)[i];
  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  Session session = { NULL, NULL };
  gchar line[4096];
  gboolean ok = argc == 5 && session_init (&session, argv + 1, &error);

  while (ok && fgets (line, sizeof line, stdin))
    ok = obey (&session, g_strchomp (line), &error);
  if (!ok)
    g_printerr ("%s\n", error ? error->message : "MODEL H W INPUT are needed");
  g_clear_pointer (&session.explainer, why_explainer_free);
  g_free (session.input);
  return ok ? 0 : 1;
}
