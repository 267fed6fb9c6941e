/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** WhyCache: the few most recently used objects by key; the oldest goes first. */
typedef struct
{
  GQueue entries;
  guint size;
  GDestroyNotify free_value;
} WhyCache;

void why_cache_init (WhyCache *cache, guint size, GDestroyNotify free_value);
void why_cache_clear (WhyCache *cache);
gpointer why_cache_lookup (WhyCache *cache, const gchar *key); /* (transfer none) */
/* Refers to the same objects from another, empty cache. */
typedef gpointer (*WhyCacheRef) (gpointer value);
void why_cache_copy (const WhyCache *from, WhyCache *to, WhyCacheRef ref);
void why_cache_take (WhyCache *cache, const gchar *key, gpointer value); /* a new key */

G_END_DECLS
