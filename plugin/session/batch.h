/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many pictures: one report line and a few files each. A run may be killed at any moment and
 * resumed, and it may be cut into shards for several machines.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/** One picture of the list. */
typedef struct
{
  gchar *path;
  gchar
      *name; /* in the report: below the folder it was found in, or its base name; unique, UTF-8 */
} WhyBatchItem;

/* A folder (everything in it and below but hidden files and the folder `exclude`), a file, or a
 * pattern such as "holiday/IMG*.jpg". WHY_ERROR_ARGUMENT when there is nothing of that name. */
gboolean why_batch_add_source (GPtrArray *items, const gchar *source, const gchar *exclude,
                               GError **error);
/* A path a line (or between NUL characters), such as find writes. */
void why_batch_add_lines (GPtrArray *items, const gchar *text, gsize length);
GPtrArray *why_batch_items_new (void); /* (element-type WhyBatchItem) */
/* To be called once the list is complete: drops what is named twice, makes names unique, sorts. */
void why_batch_items_finish (GPtrArray *items);
/* Keeps shard index (1…n) of n: which pictures are in it depends on their names alone. */
void why_batch_items_keep_shard (GPtrArray *items, gint index, gint n);
/* Reads "I/N". WHY_ERROR_ARGUMENT. */
gboolean why_batch_parse_shard (const gchar *text, gint *index, gint *n, GError **error);

/** How a host reads pictures and, if it can, writes them with layers. With more than one job these
 * are called in several threads at once. */
typedef struct
{
  WhyPixels *(*read) (const gchar *path, gpointer host, GError **error);
  /* Bytes that reading it will take, 0 when unknown; NULL: not known for any. */
  gint64 (*measure) (const gchar *path, gpointer host);
  /* Writes the layered format of `format`; NULL when the host has none. */
  gboolean (*write) (const gchar *path, const WhyReport *report, WhyPixels *pixels, gpointer host,
                     GError **error);
  /* Told of every picture that failed; may be NULL. */
  void (*complain) (const gchar *path, const GError *error, gpointer host);
  gpointer host;
} WhyBatchHost;

/** What to do. */
typedef struct
{
  WhySession *session; /* with the models loaded */
  GPtrArray *items;
  GPtrArray *requests; /* WhyRequest: what is asked about each picture */
  GPtrArray *measures; /* WhyMeasure: computed for each map; NULL: none */
  const gchar *folder; /* where everything is written */
  const gchar *format; /* "png", "jpeg", "none", or a layered one of the host's: "xcf" */
  gboolean raw;        /* also .npy */
  gboolean resume;
  gint shard, n_shards; /* 1, 1: everything */
  gint jobs;            /* pictures at once; 0: as many as cores and memory allow */
  gint threads;         /* in all; 0: one a core */
  gint top;             /* predictions a line lists */
  WhyBatchHost host;
} WhyBatch;

typedef struct
{
  gint total, done, failed, skipped; /* pictures; skipped: finished by an earlier run */
} WhyBatchTotals;

/* Returns FALSE when the run had to stop: cancelled, nothing can be written, or an error that every
 * picture would have. Pictures that fail on their own are lines with "error". Writes
 * FOLDER/report.jsonl (report-I-of-N.jsonl), and beside it the contact sheet .html and .csv. */
gboolean why_batch_run (const WhyBatch *batch, WhyProgress *progress, WhyBatchTotals *totals,
                        GError **error);

/* FOLDER/report.jsonl or FOLDER/report-I-of-N.jsonl. (transfer full) */
gchar *why_batch_report_path (const gchar *folder, gint shard, gint n_shards);
/* Joins reports into one, sorted by picture; of a picture that several name, the line that did not
 * fail wins. Writes the contact sheet and the table beside it. */
gboolean why_batch_merge (const gchar *const *reports, const gchar *path, GError **error);

/* Whether an error would meet every picture, so that going on is of no use. */
gboolean why_batch_is_fatal (const GError *error);

G_END_DECLS
