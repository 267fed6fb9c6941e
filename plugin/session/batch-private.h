/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/batch.h"
#include "session/session-private.h"

G_BEGIN_DECLS

/** Goes through a report line by line; a torn last line is not one. */
typedef struct
{
  GMappedFile *file;
  const gchar *at, *end;
} WhyBatchLines;
/* FALSE with WHY_ERROR_OUTPUT when the file is there but cannot be read; a missing one is empty. */
gboolean why_batch_lines_init (WhyBatchLines *lines, const gchar *path, GError **error);
void why_batch_lines_clear (WhyBatchLines *lines);
/* The next line, parsed; what is no JSON object is passed over. text: the line with its newline.
 * (transfer full) */
JsonNode *why_batch_lines_next (WhyBatchLines *lines, const gchar **text, gsize *length);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WhyBatchLines, why_batch_lines_clear)

/** What is written about each picture, kept until all are known and can be sorted. */
typedef struct
{
  gchar *name;
  gboolean failed;
  GString *text;
} WhyBatchRow;
/* Appends to row->text what is to be said about one picture's lines. text: the lines as they are.
 */
typedef void (*WhyBatchRowFunc) (WhyBatchRow *row, const GPtrArray *lines, const gchar *text,
                                 gsize length, gpointer user_data);
GPtrArray *why_batch_rows_new (void);
/* Adds a row for each picture of a report. (element-type WhyBatchRow) */
gboolean why_batch_rows_add (GPtrArray *rows, const gchar *report, WhyBatchRowFunc func,
                             gpointer user_data, GError **error);
void why_batch_rows_sort (GPtrArray *rows);
/* head, the rows' texts and tail as one file. */
gboolean why_batch_rows_write (const GPtrArray *rows, const gchar *head, const gchar *tail,
                               const gchar *path, GError **error);

/* Members of a line; NULL, NAN or FALSE when absent or of another type. */
const gchar *why_batch_get_string (JsonObject *object, const gchar *name);
gdouble why_batch_get_number (JsonObject *object, const gchar *name);
gboolean why_batch_get_bool (JsonObject *object, const gchar *name);
JsonObject *why_batch_get_object (JsonObject *object, const gchar *name);
JsonArray *why_batch_get_array (JsonObject *object, const gchar *name);

/** A report being written: lines are appended whole, by any thread. */
typedef struct _WhyBatchReport WhyBatchReport;
/* settings: of this run; with resume, lines of finished pictures stay, and all others go. n_lines:
 * how many a finished picture has. */
WhyBatchReport *why_batch_report_open (const WhyBatch *batch, const gchar *settings,
                                       WhyProgress *progress, GError **error);
void why_batch_report_close (WhyBatchReport *report);
/* Whether an earlier run finished the picture. */
gboolean why_batch_report_has (const WhyBatchReport *report, const gchar *name);
gboolean why_batch_report_append (WhyBatchReport *report, const gchar *lines, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyBatchReport, why_batch_report_close)

/* SHA-256 of a file's bytes; NULL with WHY_ERROR_IMAGE. (transfer full) */
gchar *why_batch_hash_file (const gchar *path, GError **error);

/* Where a picture's files lie below the report's folder: its name without what leads out of it.
 * (transfer full) */
gchar *why_batch_stem (const gchar *name);

/* Bytes that this process may still take: of the machine, its control groups and its limits. */
gint64 why_batch_available_memory (void);
/* Bytes that one job takes besides its picture. */
gint64 why_batch_job_bytes (const WhyBatch *batch);
/* As many as wanted (0: as there are cores), but no more than there are cores and pictures and
 * than memory has room for; at least one. */
gint why_batch_count_jobs (gint wanted, gint cores, gint64 memory, gint64 bytes, guint n_pictures);

/* The contact sheet and the table of a finished report, beside it: same name, .html and .csv. */
gboolean why_batch_write_sheet (const gchar *report, GError **error);
gboolean why_batch_write_table (const gchar *report, GError **error);
/* "report.jsonl" → "report.csv". (transfer full) */
gchar *why_batch_beside (const gchar *report, const gchar *extension);

/* Where the contact sheet finds a picture's thumbnail, from the report's folder. (transfer full) */
gchar *why_batch_thumbnail (const gchar *stem, const gchar *tag);
#define WHY_BATCH_THUMBNAIL_SIDE 160

G_END_DECLS
