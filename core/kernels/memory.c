/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/memory.h"

#include <stdlib.h>

#ifdef __linux__
#  include <sys/mman.h>
#endif

#define ALIGNMENT 64                /* a cache line, and the widest vector register */
#define LARGE_PAGE ((gsize)2 << 20) /* x86-64's and, with pages of 4 KiB, ARM's */

static gsize
round_up (gsize number, gsize unit)
{
  return (number + unit - 1) / unit * unit;
}

static gint large_pages = TRUE;

void
why_memory_use_large_pages (gboolean use)
{
  g_atomic_int_set (&large_pages, use);
}

/* Those that lie within the block: beginning each on one would waste up to 2 MiB before it. */
static void
use_large_pages (gpointer data, gsize bytes)
{
#ifdef MADV_HUGEPAGE
  gsize begin = round_up ((gsize)data, LARGE_PAGE);
  gsize end = ((gsize)data + bytes) / LARGE_PAGE * LARGE_PAGE;

  if (begin < end)
    madvise ((gpointer)begin, end - begin, MADV_HUGEPAGE);
#endif
}

gpointer
why_memory_try_new (gsize bytes)
{
  gpointer data = aligned_alloc (ALIGNMENT, round_up (MAX (bytes, 1), ALIGNMENT));

  if (data && g_atomic_int_get (&large_pages))
    use_large_pages (data, bytes);
  return data;
}

gpointer
why_memory_new (gsize bytes)
{
  gpointer data = why_memory_try_new (bytes);

  if (!data)
    g_error ("out of memory: %" G_GSIZE_FORMAT " bytes", bytes);
  return data;
}
