/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of quantised matrices, shared by MatMulInteger and QLinearMatMul: zero points are taken
 * off, products are summed exactly in 32 bits, and everything but the forward pass is MatMul's.
 */
#pragma once

#include "ops/mat-mul-common.h"
#include "ops/quantise.h"

G_BEGIN_DECLS

typedef struct
{
  WhyMatMul product;
  gint a, b, a_zero, b_zero; /* inputs; zero points may be absent */
  gint64 rows;               /* of one matrix A */
  WhyShape a_shape, b_shape, y_shape;
} WhyIntegerMatMul;

/* On success the plan wants why_matmul_clear (&plan->product). */
gboolean why_integer_mat_mul_read (const WhyInfer *infer, gint a, gint b, gint a_zero, gint b_zero,
                                   WhyIntegerMatMul *plan, GError **error);
gsize why_integer_mat_mul_scratch (const WhyIntegerMatMul *plan, gint threads);

/** A MatMul of the numbers without zero points, to which MatMul's callbacks apply. The arrays lie
 * in the run's scratch. */
typedef struct
{
  WhyRun run;
  WhyNode node;
  WhyTensor a, b, y;
  const WhyTensor *in[2];
  WhyTensor *out[1];
  WhyReal *grad_in[2];
  const WhyReal *grad_out[1];
  gint32 *sums;
  gpointer kernel;
} WhyInnerMatMul;

/* Fills a and b; the run's plan begins with a WhyIntegerMatMul. inner must stay where it is. */
void why_integer_mat_mul_inner (const WhyRun *run, WhyInnerMatMul *inner);
/* Fills sums, and y with their values. */
void why_integer_mat_mul_sums (WhyInnerMatMul *inner);

G_END_DECLS
