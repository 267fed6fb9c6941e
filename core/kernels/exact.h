/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of whole numbers, exact in 32-bit integers, by way of the floating GEMM: a float holds
 * every integer up to 2^24, and 256 products of two numbers within ±255 stay below that, in any
 * order of summation. Longer sums are cut into pieces of 256 and added as integers.
 */
#pragma once

#include "kernels/conv.h"

G_BEGIN_DECLS

/** Item i of a batch: C at c_at[i] = A at a_at[i] · B at b_at[i], all dense and row-major. */
typedef struct
{
  gint64 batch, rows, columns, inner;
  const gint64 *a_at, *b_at, *c_at;
} WhyExact;

gsize why_exact_scratch (const WhyExact *exact, gint threads);
/* Every element of a and b is a whole number within ±255. */
void why_exact_run (const WhyExact *exact, const WhyReal *a, const WhyReal *b, gint32 *c,
                    WhyPool *pool, gpointer scratch);

gsize why_exact_conv_scratch (const WhyConv *conv, gint threads);
/* y = conv (x, w), both within ±255; padding is 0. */
void why_exact_conv (const WhyConv *conv, const WhyReal *x, const WhyReal *w, gint32 *y,
                     WhyPool *pool, gpointer scratch);

G_END_DECLS
