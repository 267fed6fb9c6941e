/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many pictures a batch takes at once, and which. */
#include <sys/resource.h>

#include "session/batch-private.h"

#define GIB (G_GINT64_CONSTANT (1) << 30)

static void
test_cores (void)
{
  g_assert_cmpint (why_batch_count_jobs (0, 8, 100 * GIB, GIB, 1000), ==, 8);
  g_assert_cmpint (why_batch_count_jobs (3, 8, 100 * GIB, GIB, 1000), ==, 3);
  g_assert_cmpint (why_batch_count_jobs (500, 8, 100 * GIB, GIB, 1000), ==, 8);
}

static void
test_memory (void)
{
  g_assert_cmpint (why_batch_count_jobs (0, 64, 5 * GIB, GIB, 1000), ==, 5);
  g_assert_cmpint (why_batch_count_jobs (64, 64, 5 * GIB - 1, GIB, 1000), ==, 4);
  g_assert_cmpint (why_batch_count_jobs (0, 64, GIB / 2, GIB, 1000), ==, 1);
}

static void
test_pictures (void)
{
  g_assert_cmpint (why_batch_count_jobs (0, 8, 100 * GIB, GIB, 3), ==, 3);
  g_assert_cmpint (why_batch_count_jobs (0, 8, 100 * GIB, GIB, 0), ==, 1);
}

static void
test_address_space (void)
{
  struct rlimit before, tight;
  gint64 free = why_batch_available_memory (), left;

  g_assert_cmpint (free, >, 0);
  g_assert_cmpint (getrlimit (RLIMIT_AS, &before), ==, 0);
  tight = before;
  tight.rlim_cur = (rlim_t)free / 2;
  g_assert_cmpint (setrlimit (RLIMIT_AS, &tight), ==, 0);
  left = why_batch_available_memory ();
  g_assert_cmpint (setrlimit (RLIMIT_AS, &before), ==, 0);
  g_assert_cmpint (left, ==, free / 2);
}

static void
test_shards (void)
{
  gint index = 0, n = 0;

  for (gint i = 1; i <= 12; i++)
    {
      g_autofree gchar *text = g_strdup_printf ("%d/12", i);

      g_assert_true (why_batch_parse_shard (text, &index, &n, NULL));
      g_assert_cmpint (index, ==, i);
      g_assert_cmpint (n, ==, 12);
    }
  for (const gchar *const *bad
       = (const gchar *const[]){ "", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1/ 3",
                                 "1/3000000", NULL };
       *bad; bad++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (why_batch_parse_shard (*bad, &index, &n, &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/jobs/no-more-than-cores", test_cores);
  g_test_add_func ("/batch/jobs/no-more-than-memory", test_memory);
  g_test_add_func ("/batch/jobs/no-more-than-pictures", test_pictures);
  g_test_add_func ("/batch/jobs/address-space", test_address_space);
  g_test_add_func ("/batch/shard", test_shards);
  return g_test_run ();
}
