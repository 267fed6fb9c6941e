/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of one number, applied to every element. An operator's file gives its formula
 *
 *   static inline WhyReal NAME_f (WhyReal x, const WhyReal *p);
 *   static inline WhyReal NAME_d (WhyReal x, WhyReal y, const WhyReal *p);   (its derivative)
 *   static void NAME_parameters (const WhyRun *run, WhyReal *p);             (attributes → p)
 *
 * and WHY_DEFINE_UNARY makes the loops and WHY_UNARY_ROW the row. <tgmath.h> picks the function of
 * WhyReal's width.
 */
#pragma once

#include "ops/elementwise.h"

#include <tgmath.h>

G_BEGIN_DECLS

#define WHY_UNARY_PARAMETERS 4

typedef struct
{
  const WhyReal *x, *y, *dy;
  WhyReal *out; /* forward's y or backward's dx */
  gint64 half;  /* rescale: distance to the reference */
  WhyReal p[WHY_UNARY_PARAMETERS];
} WhyUnaryCall;

typedef void (*WhyUnaryParameters) (const WhyRun *run, WhyReal *p);

void why_unary_forward (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range);
void why_unary_backward (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range);
void why_unary_rescale (const WhyRun *run, WhyUnaryParameters parameters, WhyPoolFunc range);
/* Applies f to int64 elements. */
void why_unary_forward_int (const WhyRun *run, gint64 (*f) (gint64 x));
gboolean why_unary_infer (const WhyInfer *infer, GError **error);     /* floating types only */
gboolean why_unary_infer_any (const WhyInfer *infer, GError **error); /* every number type */
void why_unary_no_parameters (const WhyRun *run, WhyReal *p);

#define WHY_DEFINE_UNARY_FORWARD(id, parameters)                                                   \
  static void id##_forward_range (gpointer data, gint64 begin, gint64 end, gint thread)            \
  {                                                                                                \
    const WhyUnaryCall *c = data;                                                                  \
    for (gint64 i = begin; i < end; i++)                                                           \
      c->out[i] = id##_f (c->x[i], c->p);                                                          \
  }                                                                                                \
  static void id##_forward (const WhyRun *run)                                                     \
  {                                                                                                \
    why_unary_forward (run, parameters, id##_forward_range);                                       \
  }

#define WHY_DEFINE_UNARY_BACKWARD(id, parameters)                                                  \
  static void id##_backward_range (gpointer data, gint64 begin, gint64 end, gint thread)           \
  {                                                                                                \
    const WhyUnaryCall *c = data;                                                                  \
    for (gint64 i = begin; i < end; i++)                                                           \
      c->out[i] += c->dy[i] * id##_d (c->x[i], c->y[i], c->p);                                     \
  }                                                                                                \
  static void id##_backward (const WhyRun *run)                                                    \
  {                                                                                                \
    why_unary_backward (run, parameters, id##_backward_range);                                     \
  }

/* Both of a pair get the same multiplier, Δy/Δx. */
#define WHY_DEFINE_UNARY_RESCALE(id, parameters)                                                   \
  static void id##_rescale_range (gpointer data, gint64 begin, gint64 end, gint thread)            \
  {                                                                                                \
    const WhyUnaryCall *c = data;                                                                  \
    for (gint64 i = begin; i < end; i++)                                                           \
      {                                                                                            \
        gint64 j = i + c->half;                                                                    \
        WhyReal dx = c->x[i] - c->x[j];                                                            \
        WhyReal m = fabs (dx) < WHY_RESCALE_TINY ? id##_d (c->x[i], c->y[i], c->p)                 \
                                                 : (c->y[i] - c->y[j]) / dx;                       \
        c->out[i] += c->dy[i] * m;                                                                 \
        c->out[j] += c->dy[j] * m;                                                                 \
      }                                                                                            \
  }                                                                                                \
  static void id##_rescale (const WhyRun *run)                                                     \
  {                                                                                                \
    why_unary_rescale (run, parameters, id##_rescale_range);                                       \
  }

#define WHY_DEFINE_UNARY(id, parameters)                                                           \
  WHY_DEFINE_UNARY_FORWARD (id, parameters)                                                        \
  WHY_DEFINE_UNARY_BACKWARD (id, parameters)                                                       \
  WHY_DEFINE_UNARY_RESCALE (id, parameters)

#define WHY_UNARY_ROW(id)                                                                          \
  .min_inputs = 1, .max_inputs = 1, .infer = why_unary_infer, .forward = id##_forward,             \
  .backward = id##_backward, .rescale = id##_rescale, .relevance_kind = WHY_RELEVANCE_PASS,        \
  .region_forward = why_region_same, .region_backward = why_region_same

/* Where the ONNX operator takes int64 too, by `static gint64 NAME_i (gint64 x)`. */
#define WHY_DEFINE_UNARY_ANY(id)                                                                   \
  static void id##_forward_any (const WhyRun *run)                                                 \
  {                                                                                                \
    if (run->in[0]->dtype == WHY_DTYPE_INT64)                                                      \
      why_unary_forward_int (run, id##_i);                                                         \
    else                                                                                           \
      id##_forward (run);                                                                          \
  }

/* Steps: their derivative is 0 wherever they have one, so the gradient stops. */
#define WHY_UNARY_STEP_ROW(id)                                                                     \
  .min_inputs = 1, .max_inputs = 1, .infer = why_unary_infer, .forward = id##_forward,             \
  .relevance_kind = WHY_RELEVANCE_PASS, .region_forward = why_region_same,                         \
  .region_backward = why_region_same

G_END_DECLS
