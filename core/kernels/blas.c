/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/blas.h"

#include <dlfcn.h>
#include <glib.h>

#define LIBRARY "libopenblas.so.0"

#ifdef WHY_REAL_DOUBLE
#  define GEMM "cblas_dgemm"
#else
#  define GEMM "cblas_sgemm"
#endif

static gpointer
load (G_GNUC_UNUSED gpointer data)
{
  gboolean wanted = g_strcmp0 (g_getenv ("WHYLAYER_BLAS"), "none") != 0; /* tests */
  void *library = wanted ? dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL) : NULL;

  return library ? dlsym (library, GEMM) : NULL;
}

WhyBlasGemm *
why_blas_gemm (void)
{
  static GOnce once = G_ONCE_INIT;

  return (WhyBlasGemm *)g_once (&once, load, NULL);
}
