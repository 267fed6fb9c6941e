/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that tests read and write. */
#pragma once

#include <glib.h>

/* A file or folder of the source tree. (transfer full) */
gchar *test_source (const gchar *name);
/* A file of the shared test data, in $WHYLAYER_SHARED or beside the source tree; NULL, with the
 * test marked as skipped, when it is not there. (transfer full) */
gchar *test_shared (const gchar *name);

/** TestFolder: a temporary folder, removed with everything in it. */
typedef struct
{
  gchar *path;
} TestFolder;

TestFolder *test_folder_new (void);
void test_folder_free (TestFolder *folder);
/* Path of a file in the folder. (transfer full) */
gchar *test_folder_path (const TestFolder *folder, const gchar *name);
/* Writes a file, making folders on the way. */
void test_folder_write (const TestFolder *folder, const gchar *name, const gchar *text);
void test_folder_write_bytes (const TestFolder *folder, const gchar *name, GBytes *bytes);

/* Fails unless error has code and its message contains text; clears error. */
void test_assert_error (GError **error, gint code, const gchar *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestFolder, test_folder_free)
