/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What only a program may decide for its whole process, and not a library: called once,
 * before there are threads of ours. */
void why_process_prepare (void);

/* Has memory made ready for a model's file that is read next, by a thread ahead of the reader. Once
 * a process, and nothing without why_process_prepare (); harmless where there is no such file. */
void why_process_expect_model (const gchar *path);

G_END_DECLS
