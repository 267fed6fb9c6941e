/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/memory.h"

#include <stdlib.h>

#ifdef __linux__
#  include <sys/mman.h>
#endif

#define ALIGNMENT 64                /* a cache line, and the widest vector register */
#define LARGE_PAGE ((gsize)2 << 20) /* x86-64's and, with pages of 4 KiB, ARM's */

static gsize
round_up (gsize bytes, gsize unit)
{
  return (bytes + unit - 1) / unit * unit;
}

gpointer
why_memory_try_new (gsize bytes)
{
  gsize alignment = bytes >= LARGE_PAGE ? LARGE_PAGE : ALIGNMENT;
  gpointer data = aligned_alloc (alignment, round_up (MAX (bytes, 1), alignment));

#ifdef MADV_HUGEPAGE
  if (data && bytes >= LARGE_PAGE) /* not for the rest of the last page, which is never touched */
    madvise (data, bytes / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
#endif
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
