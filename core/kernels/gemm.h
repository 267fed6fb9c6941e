/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernels/parallel.h"
#include "whylayer/real.h"

G_BEGIN_DECLS

/**
 * C = alpha · op (A) · op (B) + beta · C in WhyReal, row-major; op (A) is rows × inner and op (B)
 * is inner × columns; ld* are the distances between stored rows. With beta 0, C may hold anything.
 *
 * The call itself is single-threaded as far as this library is concerned: work is split among the
 * threads of a WhyPool around it. OpenBLAS keeps threads of its own unless told not to, and telling
 * it is process-global, so host executables set OPENBLAS_NUM_THREADS and, for new processors,
 * OPENBLAS_CORETYPE at start; the library never does.
 */
void why_gemm (gboolean transpose_a, gboolean transpose_b, gint64 rows, gint64 columns,
               gint64 inner, WhyReal alpha, const WhyReal *a, gint64 lda, const WhyReal *b,
               gint64 ldb, WhyReal beta, WhyReal *c, gint64 ldc);

/**
 * WhyGemm: one shape of product for a batch of matrices. Item i reads A at a_at[i], B at b_at[i]
 * and adds to C at c_at[i] (elements from the start; NULL: all at 0). Items may share a C.
 */
typedef struct
{
  gboolean transpose_a, transpose_b;
  gint64 rows, columns, inner;
  gint64 lda, ldb, ldc;
  WhyReal alpha;
  gint64 batch;
  const gint64 *a_at, *b_at, *c_at;
  gboolean shared_c;
} WhyGemm;

/* C += alpha · op (A) · op (B) for every item, split among the pool's threads. */
void why_gemm_run (const WhyGemm *gemm, const WhyReal *a, const WhyReal *b, WhyReal *c,
                   WhyPool *pool);

G_END_DECLS
