/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/cache.h"

typedef struct
{
  gchar *key;
  gpointer value;
} Entry;

static void
entry_free (WhyCache *cache, Entry *entry)
{
  cache->free_value (entry->value);
  g_free (entry->key);
  g_free (entry);
}

void
why_cache_init (WhyCache *cache, guint size, GDestroyNotify free_value)
{
  g_queue_init (&cache->entries);
  cache->size = size;
  cache->free_value = free_value;
}

void
why_cache_clear (WhyCache *cache)
{
  while (!g_queue_is_empty (&cache->entries))
    entry_free (cache, g_queue_pop_tail (&cache->entries));
}

gpointer
why_cache_lookup (WhyCache *cache, const gchar *key)
{
  for (GList *link = cache->entries.head; link; link = link->next)
    {
      Entry *entry = link->data;

      if (!g_str_equal (entry->key, key))
        continue;
      g_queue_unlink (&cache->entries, link);
      g_queue_push_head_link (&cache->entries, link);
      return entry->value;
    }
  return NULL;
}

void
why_cache_take (WhyCache *cache, const gchar *key, gpointer value)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry){ g_strdup (key), value };
  g_queue_push_head (&cache->entries, entry);
  if (g_queue_get_length (&cache->entries) > cache->size)
    entry_free (cache, g_queue_pop_tail (&cache->entries));
}

void
why_cache_copy (const WhyCache *from, WhyCache *to, WhyCacheRef ref)
{
  for (const GList *link = from->entries.tail; link; link = link->prev)
    {
      const Entry *entry = link->data;

      why_cache_take (to, entry->key, ref (entry->value));
    }
}
