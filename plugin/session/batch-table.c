/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV summary of a batch. */
#include <math.h>
#include <string.h>

#include "session/batch-private.h"

#define N_CLASSES 3

/* A text cell. A spreadsheet would run what begins like a formula. */
static void
append_text (GString *row, const gchar *text)
{
  if (text)
    g_string_append_c (row, '"');
  if (text && *text && strchr ("=+-@\t\r\n", *text))
    g_string_append_c (row, '\'');
  for (const gchar *c = text; c && *c; c++)
    g_string_append_printf (row, *c == '"' ? "\"\"" : "%c", *c);
  g_string_append (row, text ? "\"," : ",");
}

static void
append_number (GString *row, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_string_append (row, g_ascii_formatd (text, sizeof text, "%.7g", value));
  g_string_append_c (row, ',');
}

static void
append_classes (GString *row, JsonArray *predictions)
{
  for (guint i = 0; i < N_CLASSES; i++)
    {
      JsonObject *p = predictions && i < json_array_get_length (predictions)
                          ? json_array_get_object_element (predictions, i)
                          : NULL;

      append_text (row, why_batch_get_string (p, "label"));
      append_number (row, why_batch_get_number (p, "probability"));
    }
}

/* "deletion=0.12; insertion=0.61" */
static gchar *
join_checks (JsonObject *checks)
{
  g_autoptr (GList) names = checks ? json_object_get_members (checks) : NULL;
  GString *text = g_string_new (NULL);

  for (const GList *link = names; link; link = link->next)
    {
      gchar number[G_ASCII_DTOSTR_BUF_SIZE];
      gdouble value = why_batch_get_number (why_batch_get_object (checks, link->data), "value");

      if (isfinite (value))
        g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "; " : "",
                                (const gchar *)link->data,
                                g_ascii_formatd (number, sizeof number, "%.7g", value));
    }
  return g_string_free (text, FALSE);
}

static void
append_line (GString *row, JsonObject *line)
{
  JsonObject *evidence = why_batch_get_object (line, "evidence");
  JsonObject *outputs = why_batch_get_object (line, "outputs");
  const gchar *picture = why_batch_get_string (outputs, "png");
  const gchar *failure = why_batch_get_string (line, "error");
  const gchar *unsure = why_batch_get_bool (line, "unsure") ? "yes" : "no";
  g_autofree gchar *checks = join_checks (why_batch_get_object (line, "checks"));

  append_text (row, why_batch_get_string (line, "image"));
  append_text (row, failure);
  append_text (row, why_batch_get_string (why_batch_get_object (line, "model"), "name"));
  append_text (row, why_batch_get_string (why_batch_get_object (line, "method"), "id"));
  append_text (row, why_batch_get_string (why_batch_get_object (line, "target"), "label"));
  append_classes (row, why_batch_get_array (line, "predictions"));
  append_text (row, failure ? NULL : unsure);
  append_number (row, why_batch_get_number (evidence, "outside_middle"));
  append_number (row, why_batch_get_number (evidence, "agreement"));
  append_number (row,
                 why_batch_get_number (why_batch_get_object (line, "residual"), "completeness"));
  append_text (row, checks);
  append_text (row, picture ? picture : why_batch_get_string (outputs, "layer"));
  append_text (row, why_batch_get_string (outputs, "raw"));
  append_number (row, why_batch_get_number (line, "elapsed_ms"));
  row->str[row->len - 1] = '\n'; /* the last comma */
}

static void
append_row (WhyBatchRow *row, const GPtrArray *lines, const gchar *text, gsize length,
            gpointer user_data)
{
  for (guint i = 0; i < lines->len; i++)
    append_line (row->text, g_ptr_array_index (lines, i));
}

gboolean
why_batch_write_table (const gchar *report, GError **error)
{
  g_autofree gchar *path = why_batch_beside (report, ".csv");
  g_autoptr (GPtrArray) rows = why_batch_rows_new ();

  if (!why_batch_rows_add (rows, report, append_row, NULL, error))
    return FALSE;
  why_batch_rows_sort (rows);
  return why_batch_rows_write (
      rows,
      "image,error,model,method,target,class1,probability1,class2,probability2,class3,"
      "probability3,unsure,outside_middle,agreement,completeness,checks,picture,raw,elapsed_ms\n",
      "", path, error);
}
