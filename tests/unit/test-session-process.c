/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <glib.h>

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("OPENBLAS_CORETYPE");
  why_process_prepare ();
  g_test_add_func ("/process/openblas/core",
                   test_openblas_uses_the_instructions_that_our_kernels_use);
  g_test_add_func ("/process/openblas/threads", test_openblas_has_no_threads_of_its_own);
  return g_test_run ();
}
