/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators that only move or copy elements (Transpose, Slice, Concat …): each says where elements
 * come from as strided loops; forward copies, backward adds the gradient the other way.
 */
#pragma once

#include "ops/loop.h"

G_BEGIN_DECLS

enum
{
  WHY_MOVE_OUT, /* the loop's operands */
  WHY_MOVE_IN
};

/** Elements of output `out` that come from input `in`. */
typedef struct
{
  gint in, out;
  WhyLoop loop; /* two operands: WHY_MOVE_OUT, WHY_MOVE_IN */
} WhyMove;

/* Fills the i-th move of a node; FALSE when there are no more. */
typedef gboolean (*WhyMoveFunc) (const WhyRun *run, gint i, WhyMove *move);

/* Elements of one storage size, whatever the type. */
void why_move_forward (const WhyRun *run, WhyMoveFunc func);
void why_move_backward (const WhyRun *run, WhyMoveFunc func);

/* The only move of Reshape and its kin: input 0 to output 0 in order. */
gboolean why_move_all (const WhyRun *run, gint i, WhyMove *move);
void why_move_all_forward (const WhyRun *run);
void why_move_all_backward (const WhyRun *run);

/* Copies n elements of `size` bytes (4 or 8). */
void why_copy_row (gpointer to, gint64 to_stride, gconstpointer from, gint64 from_stride,
                   gsize size, gint64 n);

#define WHY_DEFINE_MOVE(id, func)                                                                  \
  static void id##_forward (const WhyRun *run)                                                     \
  {                                                                                                \
    why_move_forward (run, func);                                                                  \
  }                                                                                                \
  static void id##_backward (const WhyRun *run)                                                    \
  {                                                                                                \
    why_move_backward (run, func);                                                                 \
  }

G_END_DECLS
