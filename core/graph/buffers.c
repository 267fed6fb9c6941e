/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "graph/net-private.h"
#include "kernels/memory.h"

typedef struct
{
  gint64 numel;
  WhyReal *data;
} WhyBuffer;

static void
buffer_free (gpointer data)
{
  WhyBuffer *buffer = data;

  free (buffer->data);
  g_free (buffer);
}

WhyBufferPool *
why_buffer_pool_new (void)
{
  WhyBufferPool *pool = g_new0 (WhyBufferPool, 1);

  pool->idle = g_ptr_array_new ();
  pool->all = g_ptr_array_new_with_free_func (buffer_free);
  return pool;
}

void
why_buffer_pool_free (WhyBufferPool *pool)
{
  if (!pool)
    return;
  g_ptr_array_unref (pool->idle);
  g_ptr_array_unref (pool->all);
  g_free (pool);
}

/* The smallest idle buffer that is large enough but not wastefully larger. */
static WhyBuffer *
find_idle (WhyBufferPool *pool, gint64 numel)
{
  gint best = -1;

  for (guint i = 0; i < pool->idle->len; i++)
    {
      gint64 size = ((WhyBuffer *)pool->idle->pdata[i])->numel;
      if (size >= numel && size <= 2 * numel
          && (best < 0 || size < ((WhyBuffer *)pool->idle->pdata[best])->numel))
        best = (gint)i;
    }
  return best < 0 ? NULL : g_ptr_array_remove_index_fast (pool->idle, (guint)best);
}

WhyReal *
why_buffer_pool_take (WhyBufferPool *pool, gint64 numel)
{
  WhyReal *data = why_buffer_pool_take_bare (pool, numel);

  memset (data, 0, (gsize)numel * sizeof *data);
  return data;
}

WhyReal *
why_buffer_pool_take_bare (WhyBufferPool *pool, gint64 numel)
{
  WhyBuffer *buffer = find_idle (pool, MAX (numel, 1));

  if (!buffer)
    {
      gsize bytes = (gsize)MAX (numel, 1) * sizeof (WhyReal);
      buffer = g_new (WhyBuffer, 1);
      *buffer = (WhyBuffer){ MAX (numel, 1), why_memory_new (bytes) };
      pool->bytes += bytes;
      g_ptr_array_add (pool->all, buffer);
    }
  return buffer->data;
}

void
why_buffer_pool_give (WhyBufferPool *pool, WhyReal *data)
{
  for (guint i = 0; data && i < pool->all->len; i++)
    if (((WhyBuffer *)pool->all->pdata[i])->data == data)
      {
        g_ptr_array_add (pool->idle, pool->all->pdata[i]);
        return;
      }
}
