/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WhyPool: persistent worker threads of one net. The calling thread works too, so a pool of one
 * has no threads at all.
 */
typedef struct _WhyPool WhyPool;

WhyPool *why_pool_new (gint threads); /* 0: one per core this process may run on */
void why_pool_free (WhyPool *pool);
gint why_pool_get_threads (const WhyPool *pool);

typedef void (*WhyPoolFunc) (gpointer data, gint64 begin, gint64 end, gint thread);
/* Calls func on disjoint ranges that cover 0 … n, each at least grain long, and waits. A NULL pool
 * runs everything in the caller. Not reentrant. */
void why_pool_run (WhyPool *pool, gint64 n, gint64 grain, WhyPoolFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyPool, why_pool_free)

G_END_DECLS
