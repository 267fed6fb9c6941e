/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reductions over a set of axes: y = g (Σ h (x)), and the extrema. Axes are an attribute in old
 * opsets (up to 12 for ReduceSum, 17 for the others) and an input in new ones.
 *
 * A sum's file gives
 *   static inline gdouble NAME_h (gdouble x);
 *   static inline gdouble NAME_g (gdouble sum, gdouble n);          (n: elements that were summed)
 *   static inline gdouble NAME_d (gdouble x, gdouble y, gdouble n); (∂y/∂x)
 *   static inline gdouble NAME_m (gdouble x, gdouble x0, gdouble y, gdouble y0);
 *      (DeepLIFT: (h(x) − h(x0)) / (x − x0) · Δg/Δsum; not needed where y is linear)
 */
#pragma once

#include "ops/elementwise.h"

G_BEGIN_DECLS

enum
{
  WHY_REDUCE_Y, /* the loop's operands; it runs over the input's extents in order */
  WHY_REDUCE_X
};

typedef struct
{
  const WhyReal *x, *y, *dy;
  WhyReal *dx;
  gdouble *sum;
  gdouble n;
  gint64 half_x, half_y; /* rescale: distance to the reference */
} WhyReduceCall;

gboolean why_reduce_infer (const WhyInfer *infer, GError **error);
gboolean why_reduce_infer_floating (const WhyInfer *infer, GError **error);
gpointer why_reduce_prepare (const WhyNode *node, const WhyInfer *infer); /* freed with g_free */
/* Scratch of every reduction: one gdouble per output element. */
gsize why_reduce_scratch (const WhyNode *node, const WhyInfer *infer, gint threads);
/* Elements that make one output element. */
gint64 why_reduce_count (const WhyRun *run);
/* Runs a row function over all input elements; threads never share what operand `written` moves
 * along. */
void why_reduce_run (const WhyRun *run, gint written, WhyLoopFunc row, gpointer data);

typedef gdouble (*WhyReduceFinish) (gdouble sum, gdouble n);
void why_reduce_forward (const WhyRun *run, WhyLoopFunc row, WhyReduceFinish finish);
void why_reduce_backward (const WhyRun *run, WhyLoopFunc row);
void why_reduce_rescale (const WhyRun *run, WhyLoopFunc row);
/* int64: y starts at start, then y = f (y, x). */
void why_reduce_forward_int (const WhyRun *run, gint64 start, gint64 (*f) (gint64 y, gint64 x));

#define WHY_DEFINE_REDUCE_FORWARD(id)                                                              \
  static void id##_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)       \
  {                                                                                                \
    const WhyReduceCall *c = data;                                                                 \
    const WhyReal *x = c->x + offset[WHY_REDUCE_X];                                                \
    gdouble *sum = c->sum + offset[WHY_REDUCE_Y];                                                  \
    gint64 sx = stride[WHY_REDUCE_X], sy = stride[WHY_REDUCE_Y];                                   \
    gdouble total = 0;                                                                             \
                                                                                                   \
    if (sy != 0)                                                                                   \
      for (gint64 i = 0; i < n; i++)                                                               \
        sum[i * sy] += id##_h ((gdouble)x[i * sx]);                                                \
    else                                                                                           \
      {                                                                                            \
        for (gint64 i = 0; i < n; i++)                                                             \
          total += id##_h ((gdouble)x[i * sx]);                                                    \
        *sum += total;                                                                             \
      }                                                                                            \
  }                                                                                                \
  static void id##_forward (const WhyRun *run)                                                     \
  {                                                                                                \
    why_reduce_forward (run, id##_row, id##_g);                                                    \
  }

#define WHY_DEFINE_REDUCE_BACKWARD(id)                                                             \
  static void id##_backward_row (gpointer data, const gint64 *offset, const gint64 *stride,        \
                                 gint64 n)                                                         \
  {                                                                                                \
    const WhyReduceCall *c = data;                                                                 \
                                                                                                   \
    for (gint64 i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        gint64 x = offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X];                                \
        gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];                                \
        c->dx[x]                                                                                   \
            += (WhyReal)((gdouble)c->dy[y] * id##_d ((gdouble)c->x[x], (gdouble)c->y[y], c->n));   \
      }                                                                                            \
  }                                                                                                \
  static void id##_backward (const WhyRun *run)                                                    \
  {                                                                                                \
    why_reduce_backward (run, id##_backward_row);                                                  \
  }

#define WHY_DEFINE_REDUCE_RESCALE(id)                                                              \
  static void id##_rescale_row (gpointer data, const gint64 *offset, const gint64 *stride,         \
                                gint64 n)                                                          \
  {                                                                                                \
    const WhyReduceCall *c = data;                                                                 \
                                                                                                   \
    for (gint64 i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        gint64 x = offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X], x0 = x + c->half_x;            \
        gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y], y0 = y + c->half_y;            \
        gboolean tiny = fabs (c->x[x] - c->x[x0]) < WHY_RESCALE_TINY;                              \
        gdouble m = tiny ? id##_d ((gdouble)c->x[x], (gdouble)c->y[y], c->n)                       \
                         : id##_m ((gdouble)c->x[x], (gdouble)c->x[x0], (gdouble)c->y[y],          \
                                   (gdouble)c->y[y0]);                                             \
        c->dx[x] += (WhyReal)((gdouble)c->dy[y] * m);                                              \
        c->dx[x0] += (WhyReal)((gdouble)c->dy[y0] * m);                                            \
      }                                                                                            \
  }                                                                                                \
  static void id##_rescale (const WhyRun *run)                                                     \
  {                                                                                                \
    why_reduce_rescale (run, id##_rescale_row);                                                    \
  }

/* Relevance of each element by its share h (x) / Σh of the sum. */
void why_reduce_share (const WhyRun *run, gdouble (*h) (gdouble x), WhyLoopFunc sum_row);

#define WHY_DEFINE_REDUCE_SHARE(id)                                                                \
  static void id##_relevance (const WhyRun *run)                                                   \
  {                                                                                                \
    why_reduce_share (run, id##_h, id##_row);                                                      \
  }

/* What all rows have in common. */
#define WHY_REDUCE_ROW                                                                             \
  .since = 1, .min_inputs = 1, .max_inputs = 2, .prepare = why_reduce_prepare,                     \
  .unprepare = g_free, .scratch = why_reduce_scratch

G_END_DECLS
