/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "session/process.h"

typedef const gchar *(*GetCore) (void);

/* What the loaded OpenBLAS calls the processor that it runs for, or NULL. */
static const gchar *
get_running_core (void)
{
  void *library = dlopen ("libopenblas.so.0", RTLD_NOW | RTLD_NOLOAD);
  GetCore get_core = NULL;

  if (library)
    *(void **)&get_core = dlsym (library, "openblas_get_corename");
  return get_core ? get_core () : NULL;
}

static void
test_openblas_uses_the_instructions_that_our_kernels_use (void)
{
  const gchar *core = why_kernels_get_blas_core (), *running;

  if (!why_blas_gemm () || !core)
    {
      g_test_skip ("no OpenBLAS, or no instructions to choose among");
      return;
    }
  running = get_running_core ();
  g_assert_nonnull (running);
  g_assert_cmpint (g_ascii_strcasecmp (running, core), ==, 0);
}

static void
test_openblas_has_no_threads_of_its_own (void)
{
  g_assert_cmpstr (g_getenv ("OPENBLAS_NUM_THREADS"), ==, "1");
}

#ifdef MADV_POPULATE_WRITE
#  define MODEL (8 << 20)
#  define BLOCK (20 << 20)

/* The share of its pages that are there, though nobody has written to them. */
static gdouble
share_ready (gpointer block, gsize bytes)
{
  gsize page = (gsize)sysconf (_SC_PAGESIZE), ready = 0;
  gchar *begin = (gchar *)(((gsize)block + page - 1) / page * page);
  gsize pages = bytes / page - 1;
  g_autofree guchar *state = g_new0 (guchar, pages);

  g_assert_cmpint (mincore (begin, pages * page, state), ==, 0);
  for (gsize i = 0; i < pages; i++)
    ready += state[i] & 1;
  return (gdouble)ready / (gdouble)pages;
}

static gboolean
can_make_ready (void)
{
  gsize page = (gsize)sysconf (_SC_PAGESIZE);
  gpointer memory = mmap (NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  gboolean can = madvise (memory, page, MADV_POPULATE_WRITE) == 0;

  munmap (memory, page);
  return can;
}

static void
test_memory_for_a_model_is_made_ready (void)
{
  g_autofree gchar *path = NULL;
  gpointer block;
  gint fd = g_file_open_tmp ("model-XXXXXX", &path, NULL);

  g_assert_cmpint (ftruncate (fd, MODEL), ==, 0);
  g_assert_true (g_close (fd, NULL));
  why_process_expect_model (path);
  block = malloc (BLOCK);
  if (!can_make_ready () || (gchar *)block + BLOCK > (gchar *)sbrk (0))
    g_test_skip ("an old kernel, or another malloc");
  else
    for (gint tries = 0; share_ready (block, BLOCK) < 0.9; tries++)
      {
        g_assert_cmpint (tries, <, 1000);
        g_usleep (10000);
      }
  free (block);
  g_remove (path);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("OPENBLAS_CORETYPE");
  why_process_prepare ();
  g_test_add_func ("/process/openblas/core",
                   test_openblas_uses_the_instructions_that_our_kernels_use);
  g_test_add_func ("/process/openblas/threads", test_openblas_has_no_threads_of_its_own);
#ifdef MADV_POPULATE_WRITE
  g_test_add_func ("/process/memory", test_memory_for_a_model_is_made_ready);
#endif
  return g_test_run ();
}
