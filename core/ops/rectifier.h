/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backward of rectifiers (Relu, and Clip from 0), the one place where guided backpropagation
 * (Springenberg 2014, 1412.6806: keep dY > 0 where the unit is active) and the deconvolutional
 * network (Zeiler 2013, 1311.2901: keep dY > 0 everywhere) differ from the gradient.
 */
#pragma once

#include "ops/unary.h"

/* Makes NAME_rectify from NAME_backward and NAME_d. */
#define WHY_DEFINE_RECTIFY(id, parameters)                                                         \
  static void id##_guided_range (gpointer data, gint64 begin, gint64 end, gint thread)             \
  {                                                                                                \
    const WhyUnaryCall *c = data;                                                                  \
    for (gint64 i = begin; i < end; i++)                                                           \
      c->out[i] += c->dy[i] > 0 ? c->dy[i] * id##_d (c->x[i], c->y[i], c->p) : 0;                  \
  }                                                                                                \
  static void id##_deconv_range (gpointer data, gint64 begin, gint64 end, gint thread)             \
  {                                                                                                \
    const WhyUnaryCall *c = data;                                                                  \
    for (gint64 i = begin; i < end; i++)                                                           \
      c->out[i] += c->dy[i] > 0 ? c->dy[i] : 0;                                                    \
  }                                                                                                \
  static void id##_rectify (const WhyRun *run)                                                     \
  {                                                                                                \
    if (run->rule == WHY_BACKWARD_GUIDED)                                                          \
      why_unary_backward (run, parameters, id##_guided_range);                                     \
    else if (run->rule == WHY_BACKWARD_DECONV)                                                     \
      why_unary_backward (run, parameters, id##_deconv_range);                                     \
    else                                                                                           \
      id##_backward (run);                                                                         \
  }
