/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/process.h"

#include <stdlib.h>

#include "kernels/kernels.h"

#ifdef __linux__
#  include <malloc.h>
#  include <sys/mman.h>
#  include <sys/prctl.h>
#  include <unistd.h>
#endif

#if defined __GLIBC__ && defined MADV_HUGEPAGE
#  define LARGE_PAGE ((gsize)2 << 20)
#  define HEAP_AHEAD (256 << 20)   /* bytes; address space only, until they are written to */
#  define LARGEST_BLOCK (32 << 20) /* of the heap: the most malloc can be told */

#  define TRIAL (3 * LARGE_PAGE) /* two whole ones lie in it wherever it begins */
#  define SLOW 1500              /* microseconds for a large page, which takes some 250 */

/* A virtual machine whose host has taken unused memory back waits for it page by page, eight
 * milliseconds for a large one. Of small ones it still has many. */
static gboolean
is_slow (gchar *page)
{
  gint64 start = g_get_monotonic_time ();

  *(volatile gchar *)page = 0;
  return g_get_monotonic_time () - start > SLOW;
}

/* Reading a network writes its weights to fresh memory several times over. In pages of 4 KiB that
 * is ten thousand interruptions for a small one, more than half of the time from process start to
 * map; so the heap is made of large pages, and keeps what is freed for the next block. */
static void
prepare_heap (void)
{
  gchar *first, *begin;

  mallopt (M_MMAP_THRESHOLD, LARGEST_BLOCK);
  mallopt (M_TRIM_THRESHOLD, HEAP_AHEAD);
  mallopt (M_TOP_PAD, HEAP_AHEAD);
  mallopt (M_ARENA_MAX, 1); /* threads' own heaps would be made of small pages */
  first = malloc (TRIAL);
  begin = (gchar *)(((gsize)first + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
  if (first && (gsize)((gchar *)sbrk (0) - begin) <= HEAP_AHEAD + TRIAL)
    {
      madvise (begin, (gsize)((gchar *)sbrk (0) - begin), MADV_HUGEPAGE);
      if (is_slow (begin) || is_slow (begin + LARGE_PAGE))
        prctl (PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
  free (first);
}
#else
static void
prepare_heap (void)
{
}
#endif

/* OpenBLAS is not loaded yet. Its own threads would compete with ours, and a processor that is
 * younger than the library gets the code for one of 2004, at a sixth of the speed. */
static void
prepare_blas (void)
{
  const gchar *core = why_kernels_get_blas_core ();

  g_setenv ("OPENBLAS_NUM_THREADS", "1", TRUE);
  if (core)
    g_setenv ("OPENBLAS_CORETYPE", core, FALSE);
}

void
why_process_prepare (void)
{
  prepare_blas ();
  prepare_heap ();
}
