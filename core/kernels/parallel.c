/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/parallel.h"

#include <sched.h>

/* A job is cut into chunks, and whoever is awake takes the next one: the caller never waits for a
 * worker that the system has put aside, only for chunks that somebody has begun.
 *
 * ticket holds the job's number (upper half) and the next chunk (lower half). A worker reads the
 * ticket, then the job, then tries to advance the ticket: it succeeds only if the job is still the
 * one it read. While a job is being written the ticket is CLOSED. */
#define CLOSED G_GUINT64_CONSTANT (0xffffffff)

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
  gint sleepers; /* under lock: workers waiting for start */
  gint stop;     /* atomic */

  guint64 ticket;  /* atomic */
  gint64 finished; /* atomic: chunks of the job that are done */
  WhyPoolFunc func;
  gpointer data;
  gint64 n, chunk, n_chunks;
};

static void
take_chunks (WhyPool *pool, gint thread)
{
  for (;;)
    {
      guint64 ticket = __atomic_load_n (&pool->ticket, __ATOMIC_ACQUIRE);
      gint64 index = (gint64)(ticket & CLOSED);
      WhyPoolFunc func = __atomic_load_n (&pool->func, __ATOMIC_RELAXED);
      gpointer data = __atomic_load_n (&pool->data, __ATOMIC_RELAXED);
      gint64 n = __atomic_load_n (&pool->n, __ATOMIC_RELAXED);
      gint64 chunk = __atomic_load_n (&pool->chunk, __ATOMIC_RELAXED);
      gint64 n_chunks = __atomic_load_n (&pool->n_chunks, __ATOMIC_RELAXED);

      if (index >= n_chunks)
        return;
      if (!__atomic_compare_exchange_n (&pool->ticket, &ticket, ticket + 1, FALSE, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
        continue;
      func (data, index * chunk, MIN ((index + 1) * chunk, n), thread);
      if (__atomic_add_fetch (&pool->finished, 1, __ATOMIC_ACQ_REL) == n_chunks && thread != 0)
        {
          g_mutex_lock (&pool->lock);
          g_cond_signal (&pool->done);
          g_mutex_unlock (&pool->lock);
        }
    }
}

/* Layers follow each other within microseconds, and short steps that one thread does alone lie
 * between: for that long it is cheaper to look again than to sleep and be woken, which takes a
 * virtual machine tens of microseconds. */
#define SPIN_MICROSECONDS 400
#define LOOKS 32 /* between two looks at the clock */

static inline void
relax (void)
{
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause ();
#endif
}

static guint64
job_of (WhyPool *pool)
{
  return __atomic_load_n (&pool->ticket, __ATOMIC_ACQUIRE) >> 32;
}

static gboolean
has_news (WhyPool *pool, guint64 seen)
{
  return job_of (pool) != seen || __atomic_load_n (&pool->stop, __ATOMIC_ACQUIRE);
}

static gboolean
is_finished (WhyPool *pool, G_GNUC_UNUSED guint64 seen)
{
  return __atomic_load_n (&pool->finished, __ATOMIC_ACQUIRE) == pool->n_chunks;
}

static gboolean
spin_until (gboolean (*is_so) (WhyPool *pool, guint64 seen), WhyPool *pool, guint64 seen)
{
  gint64 end = g_get_monotonic_time () + SPIN_MICROSECONDS;

  do
    for (gint i = 0; i < LOOKS; i++)
      {
        if (is_so (pool, seen))
          return TRUE;
        relax ();
      }
  while (g_get_monotonic_time () < end);
  return FALSE;
}

static void
wait_for_news (WhyPool *pool, guint64 seen)
{
  if (spin_until (has_news, pool, seen))
    return;
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
  guint64 seen = 0;

  for (;;)
    {
      wait_for_news (pool, seen);
      if (__atomic_load_n (&pool->stop, __ATOMIC_ACQUIRE))
        return NULL;
      seen = job_of (pool);
      take_chunks (pool, worker->index);
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
  pool->ticket = CLOSED;
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
post_job (WhyPool *pool, gint64 n, gint64 chunk, WhyPoolFunc func, gpointer data)
{
  guint64 job = (job_of (pool) + 1) << 32;

  __atomic_store_n (&pool->ticket, job | CLOSED, __ATOMIC_SEQ_CST);
  __atomic_store_n (&pool->func, func, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->data, data, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->n, n, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->chunk, chunk, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->n_chunks, (n + chunk - 1) / chunk, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->finished, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&pool->ticket, job, __ATOMIC_SEQ_CST);
  g_mutex_lock (&pool->lock);
  if (pool->sleepers > 0)
    g_cond_broadcast (&pool->start);
  g_mutex_unlock (&pool->lock);
}

static void
wait_for_chunks (WhyPool *pool)
{
  if (spin_until (is_finished, pool, 0))
    return;
  g_mutex_lock (&pool->lock);
  while (!is_finished (pool, 0))
    g_cond_wait (&pool->done, &pool->lock);
  g_mutex_unlock (&pool->lock);
}

void
why_pool_run (WhyPool *pool, gint64 n, gint64 grain, WhyPoolFunc func, gpointer data)
{
  gint64 parts = 4 * (gint64)why_pool_get_threads (pool), chunk;

  if (n <= 0)
    return;
  /* A few chunks a thread: uneven ones level out, the ticket stays cold. */
  chunk = MAX (MAX (grain, 1), (n + parts - 1) / parts);
  if (!pool || pool->threads == 1 || chunk >= n)
    {
      func (data, 0, n, 0);
      return;
    }
  post_job (pool, n, chunk, func, data);
  take_chunks (pool, 0);
  wait_for_chunks (pool);
}
