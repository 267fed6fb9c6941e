/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/parallel.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

/* A job is split evenly: every thread has its own share of consecutive units, the same one in job
 * after job, because what a thread wrote lies in its core's cache and may be very far from the
 * other's. Whoever is through with his share goes on at the end of another's, so that the caller
 * never waits for a worker that the system has put aside, only for what somebody has begun.
 *
 * What is left of a share is one word: the job's number, the next unit and the end. Units are taken
 * by exchanging the word, which succeeds only if the job is still the one that was read; a share
 * with nothing left gives nothing, whatever becomes of its other fields. */
#define UNIT_BITS 22
#define LINE 64
#define MOST_UNITS (G_GUINT64_CONSTANT (1) << UNIT_BITS)

/** A cache line for what its owner looks at while it waits, and one for what the caller looks at.
 */
typedef struct
{
  guint64 left; /* atomic */
  WhyPoolFunc func;
  gpointer data;
  gint64 n, grain;
  guint64 done
      __attribute__ ((aligned (LINE))); /* atomic: units its owner ever did, of any share */
} Share;

static inline guint64
pack_share (guint64 job, guint64 next, guint64 end)
{
  return job << 2 * UNIT_BITS | next << UNIT_BITS | end;
}

typedef struct
{
  WhyPool *pool;
  gint index;
} Worker;

/** The caller's alone, and not where workers look. */
typedef struct
{
  guint64 count, units; /* so far */
} Jobs;

struct _WhyPool
{
  gint threads;  /* with the caller's */
  Share *shares; /* [threads] */
  GThread **workers;
  Worker *arguments;
  GMutex lock;
  GCond start, done;
  gint sleepers; /* atomic: workers waiting for start */
  gint waits;    /* atomic: the caller waits for done */
  gint stop;     /* atomic */
  Jobs *jobs;
};

/* A part of what is left of a share, smaller towards its end: its owner takes it from the front,
 * others from the back. */
static gboolean
take_units (WhyPool *pool, gint owner, gint thread)
{
  Share *share = &pool->shares[owner];
  guint64 left = __atomic_load_n (&share->left, __ATOMIC_ACQUIRE);
  guint64 next = left >> UNIT_BITS & (MOST_UNITS - 1), end = left & (MOST_UNITS - 1);
  guint64 piece = (end - next + 3) / 4, rest;
  WhyPoolFunc func = __atomic_load_n (&share->func, __ATOMIC_RELAXED);
  gpointer data = __atomic_load_n (&share->data, __ATOMIC_RELAXED);
  gint64 n = __atomic_load_n (&share->n, __ATOMIC_RELAXED);
  gint64 grain = __atomic_load_n (&share->grain, __ATOMIC_RELAXED);
  gint64 first = (gint64)(owner == thread ? next : end - piece);

  if (next >= end)
    return FALSE;
  rest = owner == thread ? left + (piece << UNIT_BITS) : left - piece;
  if (!__atomic_compare_exchange_n (&share->left, &left, rest, FALSE, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
    return TRUE; /* somebody else was faster: look again */
  func (data, first * grain, MIN ((first + (gint64)piece) * grain, n), thread);
  __atomic_add_fetch (&pool->shares[thread].done, piece, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&pool->waits, __ATOMIC_SEQ_CST))
    {
      g_mutex_lock (&pool->lock);
      g_cond_signal (&pool->done);
      g_mutex_unlock (&pool->lock);
    }
  return TRUE;
}

static void
take_shares (WhyPool *pool, gint thread)
{
  for (gint i = 0; i < pool->threads; i++)
    while (take_units (pool, (thread + i) % pool->threads, thread))
      ;
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
job_of (WhyPool *pool, gint thread)
{
  return __atomic_load_n (&pool->shares[thread].left, __ATOMIC_ACQUIRE) >> 2 * UNIT_BITS;
}

/** What a thread waits for: a job other than the one it has seen, or the end of a job. */
typedef struct
{
  WhyPool *pool;
  gint thread;
  guint64 seen;
} Wait;

static gboolean
has_news (const Wait *wait)
{
  return job_of (wait->pool, wait->thread) != wait->seen
         || __atomic_load_n (&wait->pool->stop, __ATOMIC_ACQUIRE);
}

static gboolean
is_finished (const Wait *wait)
{
  guint64 done = 0;

  for (gint t = 0; t < wait->pool->threads; t++)
    done += __atomic_load_n (&wait->pool->shares[t].done, __ATOMIC_SEQ_CST);
  return done == wait->pool->jobs->units;
}

static gboolean
spin_until (gboolean (*is_so) (const Wait *wait), const Wait *wait)
{
  gint64 end = g_get_monotonic_time () + SPIN_MICROSECONDS;

  do
    for (gint i = 0; i < LOOKS; i++)
      {
        if (is_so (wait))
          return TRUE;
        relax ();
      }
  while (g_get_monotonic_time () < end);
  return FALSE;
}

static void
wait_for_news (const Wait *wait)
{
  WhyPool *pool = wait->pool;

  if (spin_until (has_news, wait))
    return;
  g_mutex_lock (&pool->lock);
  __atomic_add_fetch (&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  while (!has_news (wait))
    g_cond_wait (&pool->start, &pool->lock);
  __atomic_sub_fetch (&pool->sleepers, 1, __ATOMIC_SEQ_CST);
  g_mutex_unlock (&pool->lock);
}

static gpointer
worker_main (gpointer user_data)
{
  Worker *worker = user_data;
  WhyPool *pool = worker->pool;
  Wait wait = { pool, worker->index, 0 };

  for (;;)
    {
      wait_for_news (&wait);
      if (__atomic_load_n (&pool->stop, __ATOMIC_ACQUIRE))
        return NULL;
      wait.seen = job_of (pool, worker->index);
      take_shares (pool, worker->index);
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
  pool->shares = why_memory_new ((gsize)pool->threads * sizeof (Share));
  memset (pool->shares, 0, (gsize)pool->threads * sizeof (Share));
  pool->jobs = g_new0 (Jobs, 1);
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
  free (pool->shares);
  g_free (pool->jobs);
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

/* Job numbers come round again; a worker that was put aside for so many jobs in the middle of
 * take_units() would also have to meet the same units. */
static void
post_job (WhyPool *pool, gint64 n, gint64 grain, WhyPoolFunc func, gpointer data)
{
  guint64 units = (guint64)((n + grain - 1) / grain), threads = (guint64)pool->threads;

  pool->jobs->count++;
  pool->jobs->units += units;
  for (guint64 t = threads; t-- > 0;)
    {
      Share *share = &pool->shares[t];
      __atomic_store_n (&share->func, func, __ATOMIC_RELAXED);
      __atomic_store_n (&share->data, data, __ATOMIC_RELAXED);
      __atomic_store_n (&share->n, n, __ATOMIC_RELAXED);
      __atomic_store_n (&share->grain, grain, __ATOMIC_RELAXED);
      __atomic_store_n (
          &share->left,
          pack_share (pool->jobs->count, units * t / threads, units * (t + 1) / threads),
          __ATOMIC_SEQ_CST);
    }
  if (__atomic_load_n (&pool->sleepers, __ATOMIC_SEQ_CST) == 0)
    return;
  g_mutex_lock (&pool->lock);
  g_cond_broadcast (&pool->start);
  g_mutex_unlock (&pool->lock);
}

static void
wait_for_units (WhyPool *pool)
{
  Wait wait = { .pool = pool };

  if (spin_until (is_finished, &wait))
    return;
  g_mutex_lock (&pool->lock);
  __atomic_store_n (&pool->waits, TRUE, __ATOMIC_SEQ_CST);
  while (!is_finished (&wait))
    g_cond_wait (&pool->done, &pool->lock);
  __atomic_store_n (&pool->waits, FALSE, __ATOMIC_SEQ_CST);
  g_mutex_unlock (&pool->lock);
}

void
why_pool_run (WhyPool *pool, gint64 n, gint64 grain, WhyPoolFunc func, gpointer data)
{
  if (n <= 0)
    return;
  grain = MAX (MAX (grain, 1), n / ((gint64)MOST_UNITS / 2));
  if (!pool || pool->threads == 1 || grain >= n)
    {
      func (data, 0, n, 0);
      return;
    }
  post_job (pool, n, grain, func, data);
  take_shares (pool, 0);
  wait_for_units (pool);
}
