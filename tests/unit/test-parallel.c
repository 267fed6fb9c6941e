/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/parallel.h"

#define MOST 1000

typedef struct
{
  gint counts[MOST]; /* atomic */
  gint most_thread;
} Marks;

static void
mark (gpointer data, gint64 begin, gint64 end, gint thread)
{
  Marks *marks = data;

  g_assert_cmpint (begin, <, end);
  for (gint64 i = begin; i < end; i++)
    g_atomic_int_inc (&marks->counts[i]);
  if (thread > g_atomic_int_get (&marks->most_thread))
    g_atomic_int_set (&marks->most_thread, thread);
}

static void
test_every_item_is_done_once_however_often_jobs_follow (void)
{
  for (gint threads = 1; threads <= 5; threads += 2)
    {
      g_autoptr (WhyPool) pool = why_pool_new (threads);
      for (gint n = 1; n < MOST; n += 37)
        for (gint repeat = 0; repeat < 20; repeat++)
          {
            Marks marks = { { 0 }, 0 };
            why_pool_run (pool, n, 1 + repeat % 3, mark, &marks);
            for (gint i = 0; i < n; i++)
              g_assert_cmpint (marks.counts[i], ==, 1);
            g_assert_cmpint (marks.most_thread, <, threads);
          }
    }
}

static void
test_nothing_to_do_and_no_pool_are_fine (void)
{
  Marks marks = { { 0 }, 0 };

  why_pool_run (NULL, 0, 1, mark, &marks);
  why_pool_run (NULL, 7, 100, mark, &marks);
  g_assert_cmpint (marks.counts[6], ==, 1);
  g_assert_cmpint (marks.counts[7], ==, 0);
}

static void
add_length (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  gint64 *sum = data;

  __atomic_add_fetch (sum, end - begin, __ATOMIC_RELAXED);
}

static void
test_millions_of_items_are_done_once (void)
{
  const gint64 many = 9999991;
  g_autoptr (WhyPool) pool = why_pool_new (3);
  gint64 sum = 0;

  why_pool_run (pool, many, 1, add_length, &sum);
  g_assert_cmpint (sum, ==, many);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/every-item-once", test_every_item_is_done_once_however_often_jobs_follow);
  g_test_add_func ("/pool/nothing-to-do", test_nothing_to_do_and_no_pool_are_fine);
  g_test_add_func ("/pool/millions-of-items", test_millions_of_items_are_done_once);
  return g_test_run ();
}
