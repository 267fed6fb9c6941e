/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strided loops over several tensors at once: broadcasting, reductions, transposes and slices are
 * all the same loop with other strides.
 */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

#define WHY_LOOP_RANK (2 * WHY_MAX_RANK) /* Tile and DepthToSpace split axes in two */
#define WHY_LOOP_OPERANDS 4

/** A nest of loops over extents; operand k moves by stride[k][axis] elements. */
typedef struct
{
  gint n; /* operands */
  gint rank;
  gint64 extent[WHY_LOOP_RANK];
  gint64 stride[WHY_LOOP_OPERANDS][WHY_LOOP_RANK]; /* 0: broadcast or reduced; may be negative */
  gint64 offset[WHY_LOOP_OPERANDS];                /* of the first element */
} WhyLoop;

/* One innermost row: operand k's elements are offset[k] + i·stride[k], i < n. */
typedef void (*WhyLoopFunc) (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n);

/* Extents of shape, n operands, all strides 0. */
void why_loop_init (WhyLoop *loop, const WhyShape *shape, gint n);
/* Operand k is dense with exactly the loop's extents. */
void why_loop_dense (WhyLoop *loop, gint k);
/* Operand k of this shape is broadcast to the loop's extents (aligned at the last axis). */
void why_loop_broadcast (WhyLoop *loop, gint k, const WhyShape *shape);
/* Runs func on every row. Threads share the work so that no two write the same element of operand
 * `written`; axes that operand does not move along stay inside one thread. */
void why_loop_run (const WhyLoop *loop, WhyPool *pool, gint written, WhyLoopFunc func,
                   gpointer data);

/* Elements one thread should at least have. */
#define WHY_LOOP_GRAIN 16384

/* Row-major strides of a shape. */
void why_shape_strides (const WhyShape *shape, gint64 *stride);

G_END_DECLS
