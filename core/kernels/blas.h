/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <cblas.h>

#ifdef WHY_REAL_DOUBLE
typedef __typeof__ (cblas_dgemm) WhyBlasGemm;
#else
typedef __typeof__ (cblas_sgemm) WhyBlasGemm;
#endif

/* OpenBLAS's matrix product. The library is loaded when it is first needed: from then on its
 * threads look for work for a tenth of a second, and most explanations never need it. NULL when it
 * is not installed. */
WhyBlasGemm *why_blas_gemm (void);
