/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numpy.matmul, shared by MatMul, MatMulInteger and QLinearMatMul. */
#pragma once

#include "kernels/dense.h"
#include "kernels/gemm.h"
#include "ops/op.h"

G_BEGIN_DECLS

/**
 * WhyMatMul: [batch] products of rows × inner by inner × columns; item i of the broadcast batch
 * lies at a_at[i], b_at[i] and y_at[i] elements from the start.
 */
typedef struct
{
  gint64 batch, rows, inner, columns;
  gint64 *a_at, *b_at, *y_at;
  gboolean a_repeats, b_repeats; /* an operand is broadcast: its gradient sums several items */
  gboolean a_constant, b_constant;
  WhyDense *dense,
      *dense_gradient; /* a constant B and its transpose, packed at first use; or NULL */
} WhyMatMul;

/* Reads inputs a and b of the node into plan (the offsets are allocated) and the shape of Y.
 * FALSE leaves nothing allocated. */
gboolean why_matmul_read (const WhyInfer *infer, gint a, gint b, WhyMatMul *plan, WhyShape *shape,
                          GError **error);
void why_matmul_clear (WhyMatMul *plan);

/* Callbacks of a run whose plan is a WhyMatMul and whose first two inputs are A and B. */
void why_matmul_forward (const WhyRun *run);
void why_matmul_forward_biased (const WhyRun *run, const WhyReal *bias); /* [columns] or NULL */
void why_matmul_backward (const WhyRun *run);
void why_matmul_rescale (const WhyRun *run);
void why_matmul_relevance (const WhyRun *run);
/* MatMul by a constant and a bias [columns] that is added to every row: no file can ask for it,
 * graph/fuse.c puts it in. Forward only. */
extern const WhyOp why_op_biased_mat_mul;
/* Multiply-adds; a: which input is A. */
guint64 why_matmul_macs (const WhyInfer *infer, gint a);

G_END_DECLS
