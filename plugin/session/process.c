/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/process.h"

#include <stdlib.h>

#include <glib/gstdio.h>

#include "kernels/kernels.h"
#include "kernels/memory.h"

#ifdef __linux__
#  include <malloc.h>
#  include <sys/mman.h>
#  include <unistd.h>
#endif

#if defined __GLIBC__ && defined MADV_HUGEPAGE
#  ifndef MADV_POPULATE_WRITE
#    define MADV_POPULATE_WRITE 23 /* of Linux 5.14: older ones refuse it */
#  endif
#  define LARGE_PAGE ((gsize)2 << 20)
#  define HEAP_AHEAD (256 << 20)   /* bytes; address space only, until they are written to */
#  define LARGEST_BLOCK (32 << 20) /* of the heap: the most malloc can be told */

#  define EXPECTED 4                      /* times a model's file that reading it takes at least */
#  define MOST_EXPECTED ((gsize)64 << 20) /* bytes */
#  define STEP ((gsize)256 << 10)         /* bytes that are made ready at a time */
#  define SLOW 1500                       /* microseconds for a large page, which takes some 250 */

/* The heap's whole large pages; NULL: malloc has its memory elsewhere. */
static gchar *heap_begin, *heap_end;

static gboolean
are_large_pages_fast (void)
{
  gchar *room
      = mmap (NULL, 2 * LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  gchar *page = (gchar *)(((gsize)room + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
  gint64 start = g_get_monotonic_time ();
  gint64 took;

  if (room == MAP_FAILED)
    return FALSE;
  madvise (page, LARGE_PAGE, MADV_HUGEPAGE);
  *(volatile gchar *)page = 0;
  took = g_get_monotonic_time () - start;
  munmap (room, 2 * LARGE_PAGE);
  return took < SLOW;
}

/* A virtual machine whose host has taken unused memory back waits for it page by page, eight
 * milliseconds for a large one; of small ones it still has many. One page tells, while the program
 * starts. */
static gpointer
try_large_pages (G_GNUC_UNUSED gpointer data)
{
  /* The first of the heap is in use already, in small pages: left alone, or the kernel would make a
   * large one of it some time later, and the process seem to grow. */
  if (are_large_pages_fast ())
    {
      gchar *untouched = heap_begin + LARGE_PAGE;
      madvise (untouched, (gsize)(heap_end - untouched), MADV_HUGEPAGE);
      why_memory_use_large_pages (TRUE);
    }
  return NULL;
}

/* Reading a network writes its weights to fresh memory several times over. In pages of 4 KiB that
 * is ten thousand interruptions for a small one, more than half of the time from process start to
 * map; so the heap is made of large pages where they come fast, and keeps what is freed for the
 * next block. */
static void
prepare_heap (void)
{
  gchar *first, *end;

  mallopt (M_MMAP_THRESHOLD, LARGEST_BLOCK);
  mallopt (M_TRIM_THRESHOLD, HEAP_AHEAD);
  mallopt (M_TOP_PAD, HEAP_AHEAD);
  mallopt (M_ARENA_MAX, 1); /* threads' own heaps would be made of small pages */
  first = malloc (LARGE_PAGE);
  end = sbrk (0);
  if (first && (gsize)(end - first) <= HEAP_AHEAD + 2 * LARGE_PAGE)
    {
      heap_begin = (gchar *)(((gsize)first + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
      heap_end = (gchar *)((gsize)end & ~(LARGE_PAGE - 1));
      why_memory_use_large_pages (FALSE);
      g_thread_unref (g_thread_new ("why-try", try_large_pages, NULL));
    }
  free (first);
}

static gpointer
fill_heap (gpointer end)
{
  for (gchar *at = heap_begin; at < (gchar *)end; at += STEP)
    if (madvise (at, STEP, MADV_POPULATE_WRITE) != 0)
      break;
  return NULL;
}

void
why_process_expect_model (const gchar *path)
{
  static gint filled = FALSE;
  GStatBuf info;
  gsize bytes;

  if (!heap_begin || g_stat (path, &info) != 0
      || !g_atomic_int_compare_and_exchange (&filled, FALSE, TRUE))
    return;
  bytes = MIN (EXPECTED * (gsize)info.st_size, MOST_EXPECTED);
  g_thread_unref (g_thread_new ("why-fill", fill_heap, heap_begin + bytes));
}
#else
static void
prepare_heap (void)
{
}

void
why_process_expect_model (G_GNUC_UNUSED const gchar *path)
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
