/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/parallel.h"

#include <sched.h>

typedef struct
{
  WhyPool *pool;
  gint index;
} Worker;

struct _WhyPool
{
  gint threads; /* with the caller's */
  GThread **workers;
  Worker *arguments;
  GMutex lock;
  GCond start, done;
  guint generation; /* atomic: of the job the workers should take */
  gint busy;        /* atomic: workers that have not finished it */
  gint sleepers;    /* under lock: workers waiting for start */
  gint stop;        /* atomic */

  WhyPoolFunc func;
  gpointer data;
  gint64 n, chunk;
  gint64 next; /* atomic */
};

static void
take_chunks (WhyPool *pool, gint thread)
{
  for (;;)
    {
      gint64 begin = __atomic_fetch_add (&pool->next, pool->chunk, __ATOMIC_RELAXED);
      if (begin >= pool->n)
        return;
      pool->func (pool->data, begin, MIN (begin + pool->chunk, pool->n), thread);
    }
}

/* Layers follow each other within microseconds: for that long it is cheaper to look again than to
 * sleep and be woken. */
#define SPINS 4000

static inline void
relax (void)
{
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause ();
#endif
}

static gboolean
has_news (WhyPool *pool, guint seen)
{
  return __atomic_load_n (&pool->generation, __ATOMIC_ACQUIRE) != seen
         || __atomic_load_n (&pool->stop, __ATOMIC_ACQUIRE);
}

static void
wait_for_news (WhyPool *pool, guint seen)
{
  for (gint i = 0; i < SPINS; i++)
    {
      if (has_news (pool, seen))
        return;
      relax ();
    }
  g_mutex_lock (&pool->lock);
  pool->sleepers++;
  while (!has_news (pool, seen))
    g_cond_wait (&pool->start, &pool->lock);
  pool->sleepers--;
  g_mutex_unlock (&pool->lock);
}

static gpointer
worker_main (gpointer user_data)
{
  Worker *worker = user_data;
  WhyPool *pool = worker->pool;

  for (guint seen = 0;; seen++)
    {
      wait_for_news (pool, seen);
      if (__atomic_load_n (&pool->stop, __ATOMIC_ACQUIRE))
        return NULL;
      take_chunks (pool, worker->index);
      if (__atomic_sub_fetch (&pool->busy, 1, __ATOMIC_ACQ_REL) == 0)
        {
          g_mutex_lock (&pool->lock);
          g_cond_signal (&pool->done);
          g_mutex_unlock (&pool->lock);
        }
    }
}

/* The cores this process may run on: a container or taskset may allow fewer than exist. */
static gint
available_cores (void)
{
#ifdef CPU_COUNT
  cpu_set_t set;

  if (sched_getaffinity (0, sizeof set, &set) == 0)
    return MAX (CPU_COUNT (&set), 1);
#endif
  return (gint)g_get_num_processors ();
}

WhyPool *
why_pool_new (gint threads)
{
  WhyPool *pool = g_new0 (WhyPool, 1);

  pool->threads = threads > 0 ? threads : available_cores ();
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->start);
  g_cond_init (&pool->done);
  pool->workers = g_new0 (GThread *, pool->threads);
  pool->arguments = g_new0 (Worker, pool->threads);
  for (gint i = 1; i < pool->threads; i++)
    {
      pool->arguments[i] = (Worker){ pool, i };
      pool->workers[i] = g_thread_new ("why-worker", worker_main, &pool->arguments[i]);
    }
  return pool;
}

void
why_pool_free (WhyPool *pool)
{
  if (!pool)
    return;
  g_mutex_lock (&pool->lock);
  __atomic_store_n (&pool->stop, TRUE, __ATOMIC_RELEASE);
  g_cond_broadcast (&pool->start);
  g_mutex_unlock (&pool->lock);
  for (gint i = 1; i < pool->threads; i++)
    g_thread_join (pool->workers[i]);
  g_free (pool->workers);
  g_free (pool->arguments);
  g_cond_clear (&pool->start);
  g_cond_clear (&pool->done);
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

gint
why_pool_get_threads (const WhyPool *pool)
{
  return pool ? pool->threads : 1;
}

static void
wake_sleepers (WhyPool *pool)
{
  g_mutex_lock (&pool->lock);
  if (pool->sleepers > 0)
    g_cond_broadcast (&pool->start);
  g_mutex_unlock (&pool->lock);
}

static void
wait_for_workers (WhyPool *pool)
{
  for (gint i = 0; i < SPINS; i++)
    {
      if (__atomic_load_n (&pool->busy, __ATOMIC_ACQUIRE) == 0)
        return;
      relax ();
    }
  g_mutex_lock (&pool->lock);
  while (__atomic_load_n (&pool->busy, __ATOMIC_ACQUIRE) > 0)
    g_cond_wait (&pool->done, &pool->lock);
  g_mutex_unlock (&pool->lock);
}

void
why_pool_run (WhyPool *pool, gint64 n, gint64 grain, WhyPoolFunc func, gpointer data)
{
  gint64 chunk;

  if (n <= 0)
    return;
  /* A few chunks a thread: uneven ones level out, the counter stays cold. */
  chunk = MAX (MAX (grain, 1),
               (n + 4 * why_pool_get_threads (pool) - 1) / (4 * why_pool_get_threads (pool)));
  if (!pool || pool->threads == 1 || chunk >= n)
    {
      func (data, 0, n, 0);
      return;
    }
  pool->func = func;
  pool->data = data;
  pool->n = n;
  pool->chunk = chunk;
  pool->next = 0;
  pool->busy = pool->threads - 1;
  __atomic_add_fetch (&pool->generation, 1, __ATOMIC_RELEASE);
  wake_sleepers (pool);
  take_chunks (pool, 0);
  wait_for_workers (pool);
}
