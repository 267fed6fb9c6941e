/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of two numbers with broadcasting. An operator's file gives its formula
 *
 *   static inline WhyReal NAME_f (WhyReal a, WhyReal b);
 *   static inline gint64 NAME_i (gint64 a, gint64 b);     (the same for int64, exact)
 *   static inline WhyReal NAME_da (WhyReal a, WhyReal b);  (∂f/∂a)
 *   static inline WhyReal NAME_db (WhyReal a, WhyReal b);
 *
 * and the WHY_DEFINE_… macros make the loops.
 */
#pragma once

#include "ops/elementwise.h"

#include <tgmath.h>

G_BEGIN_DECLS

enum
{
  WHY_BINARY_Y, /* the loop's operands: output (or its gradient), both inputs, gradient written */
  WHY_BINARY_A,
  WHY_BINARY_B,
  WHY_BINARY_GRAD
};

/** Pointers of one call; a row adds the loop's offsets to them. */
typedef struct
{
  gpointer y;
  gconstpointer a, b;
  const WhyReal *dy;
  WhyReal *grad;
} WhyBinaryCall;

/** The formula as functions, for what need not be fast. */
typedef struct
{
  WhyReal (*f) (WhyReal a, WhyReal b);
  WhyReal (*d[2]) (WhyReal a, WhyReal b);
  WhyLoopFunc row[2]; /* of the gradient */
  gboolean linear[2]; /* in that input, while the other stays */
} WhyBinaryFormula;

/* Input b's shape as it is broadcast: before opset 7 the attribute "axis" says where it is
 * aligned; since then at the last axis. */
WhyShape why_binary_shape_b (const WhyNode *node, const WhyShape *a, const WhyShape *b);
/* Both inputs of one type, out[0] of that type and the broadcast shape. */
gboolean why_binary_infer (const WhyInfer *infer, GError **error);
/* The same with a bool output. */
gboolean why_binary_infer_bool (const WhyInfer *infer, GError **error);

/* Runs one row function over the broadcast inputs. */
void why_binary_run (const WhyRun *run, WhyLoopFunc row);
/* The same with row real for everything stored as WhyReal, integer for int64. */
void why_binary_forward (const WhyRun *run, WhyLoopFunc real, WhyLoopFunc integer);
/* Adds to the gradient of both inputs, row[0] for a and row[1] for b. */
void why_binary_backward (const WhyRun *run, const WhyLoopFunc row[2]);
/* DeepLIFT for two activations: each operand gets the mean of what its change does with the other
 * at x and at the reference (its Shapley value), so that Σ m·Δx = Δy exactly. Plain gradients where
 * the formula is linear and the other operand fixed, and where the leading axis is no batch (the
 * [tokens, batch, …] layout of exported attention, in which only linear operators occur). */
void why_binary_rescale (const WhyRun *run, const WhyBinaryFormula *formula);

#define WHY_BINARY_ROW(id, formula, type_a, type_b, type_y)                                        \
  static void id (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)             \
  {                                                                                                \
    const WhyBinaryCall *c = data;                                                                 \
    const type_a *a = (const type_a *)c->a + offset[WHY_BINARY_A];                                 \
    const type_b *b = (const type_b *)c->b + offset[WHY_BINARY_B];                                 \
    type_y *y = (type_y *)c->y + offset[WHY_BINARY_Y];                                             \
    gint64 sa = stride[WHY_BINARY_A], sb = stride[WHY_BINARY_B];                                   \
                                                                                                   \
    if (sa == 1 && sb == 1)                                                                        \
      for (gint64 i = 0; i < n; i++)                                                               \
        y[i] = formula (a[i], b[i]);                                                               \
    else if (sa == 1 && sb == 0)                                                                   \
      for (gint64 i = 0; i < n; i++)                                                               \
        y[i] = formula (a[i], *b);                                                                 \
    else                                                                                           \
      for (gint64 i = 0; i < n; i++)                                                               \
        y[i] = formula (a[i * sa], b[i * sb]);                                                     \
  }

#define WHY_BINARY_GRADIENT_ROW(id, derivative)                                                    \
  static void id (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)             \
  {                                                                                                \
    const WhyBinaryCall *c = data;                                                                 \
    const WhyReal *a = (const WhyReal *)c->a + offset[WHY_BINARY_A];                               \
    const WhyReal *b = (const WhyReal *)c->b + offset[WHY_BINARY_B];                               \
    const WhyReal *dy = c->dy + offset[WHY_BINARY_Y];                                              \
    WhyReal *grad = c->grad + offset[WHY_BINARY_GRAD];                                             \
    gint64 sa = stride[WHY_BINARY_A], sb = stride[WHY_BINARY_B], sg = stride[WHY_BINARY_GRAD];     \
    gint64 sy = stride[WHY_BINARY_Y];                                                              \
    gdouble sum = 0;                                                                               \
                                                                                                   \
    if (sg == 0)                                                                                   \
      {                                                                                            \
        for (gint64 i = 0; i < n; i++)                                                             \
          sum += dy[i * sy] * derivative (a[i * sa], b[i * sb]);                                   \
        *grad += (WhyReal)sum;                                                                     \
      }                                                                                            \
    else if (sa == 1 && sb == 1)                                                                   \
      for (gint64 i = 0; i < n; i++)                                                               \
        grad[i] += dy[i] * derivative (a[i], b[i]);                                                \
    else                                                                                           \
      for (gint64 i = 0; i < n; i++)                                                               \
        grad[i * sg] += dy[i * sy] * derivative (a[i * sa], b[i * sb]);                            \
  }

#define WHY_DEFINE_BINARY_FORWARD(id)                                                              \
  WHY_BINARY_ROW (id##_row, id##_f, WhyReal, WhyReal, WhyReal)                                     \
  WHY_BINARY_ROW (id##_row_int, id##_i, gint64, gint64, gint64)                                    \
  static void id##_forward (const WhyRun *run)                                                     \
  {                                                                                                \
    why_binary_forward (run, id##_row, id##_row_int);                                              \
  }

#define WHY_DEFINE_BINARY_BACKWARD(id)                                                             \
  WHY_BINARY_GRADIENT_ROW (id##_row_da, id##_da)                                                   \
  WHY_BINARY_GRADIENT_ROW (id##_row_db, id##_db)                                                   \
  static void id##_backward (const WhyRun *run)                                                    \
  {                                                                                                \
    why_binary_backward (run, (const WhyLoopFunc[]){ id##_row_da, id##_row_db });                  \
  }

#define WHY_DEFINE_BINARY_RESCALE(id, linear_a, linear_b)                                          \
  static void id##_rescale (const WhyRun *run)                                                     \
  {                                                                                                \
    static const WhyBinaryFormula formula                                                          \
        = { id##_f, { id##_da, id##_db }, { id##_row_da, id##_row_db }, { linear_a, linear_b } };  \
    why_binary_rescale (run, &formula);                                                            \
  }

/* Comparisons: NAME_f for WhyReal and NAME_i for int64, both 0 or 1. */
#define WHY_DEFINE_COMPARISON(id)                                                                  \
  WHY_BINARY_ROW (id##_row, id##_f, WhyReal, WhyReal, WhyReal)                                     \
  WHY_BINARY_ROW (id##_row_int, id##_i, gint64, gint64, WhyReal)                                   \
  static void id##_forward (const WhyRun *run)                                                     \
  {                                                                                                \
    why_binary_forward (run, id##_row, id##_row_int);                                              \
  }

#define WHY_COMPARISON_ROW(id)                                                                     \
  .min_inputs = 2, .max_inputs = 2, .infer = why_binary_infer_bool, .forward = id##_forward,       \
  .region_forward = why_region_same, .region_backward = why_region_same

G_END_DECLS
