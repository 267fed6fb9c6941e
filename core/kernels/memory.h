/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory for numbers: as it comes, aligned for vectors, to be freed by free(). Large blocks ask for
 * large pages: fewer interruptions to get them, fewer entries to find them by. NULL when there is
 * none. */
gpointer why_memory_try_new (gsize bytes);
/* The same, but ends the program when there is none. */
gpointer why_memory_new (gsize bytes);

/* Whether they do; TRUE at first. For programs that know better. */
void why_memory_use_large_pages (gboolean use);

G_END_DECLS
