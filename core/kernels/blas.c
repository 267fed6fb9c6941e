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
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  void *gemm = library ? dlsym (library, GEMM) : NULL;

  if (!gemm)
    g_error ("%s", dlerror ());
  return gemm;
}

WhyBlasGemm *
why_blas_gemm (void)
{
  static GOnce once = G_ONCE_INIT;

  return (WhyBlasGemm *)g_once (&once, load, NULL);
}
