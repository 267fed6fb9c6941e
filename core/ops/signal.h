/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relevance through operators of two or more activations. */
#pragma once

#include "ops/elementwise.h"

G_BEGIN_DECLS

/* Inputs whose bit is set, as a plan (WhyRun.plan). */
#define WHY_INPUT_BIT(i) (1u << (i))
#define WHY_PLAN_BITS(plan) GPOINTER_TO_UINT (plan)

/* prepare for sums: which of the first 32 inputs are constants. */
gpointer why_prepare_constants (const WhyNode *node, const WhyInfer *infer);
/* prepare for products: which inputs are the signal that takes all relevance.
 *  1. A constant is never the signal.
 *  2. x·g(x): the operand that the other one is computed from is the signal (swish, GELU,
 *     squeeze-and-excite).
 *  3. An operand that comes from a bounded function (Sigmoid, HardSigmoid, Tanh, Softmax, Erf,
 *     Clip) or is the scale of DynamicQuantizeLinear, maybe scaled, shifted or reshaped, is a gate;
 *     the other is the signal (GLU, dequantisation).
 *  4. Otherwise both share equally (the uniform rule for products, AttnLRP 2402.05602). */
gpointer why_prepare_signal (const WhyNode *node, const WhyInfer *infer);
/* prepare for quotients and powers: input 0, or input 1 where input 0 is constant. */
gpointer why_prepare_first (const WhyNode *node, const WhyInfer *infer);

/* Relevance of the plan's signals: equal shares, summed over broadcast axes. */
void why_relevance_signal (const WhyRun *run);
/* Relevance of a sum Σ sign_i·x_i = scale·y: R_i = R·sign_i·x_i / (scale·y), stabilised by epsilon;
 * with WHY_LRP_EXCITATION only positive terms count, and constants win nothing: beside them the one
 * data input takes all. Otherwise constants' shares go to the leak.
 * sign: NULL where all are 1. */
void why_relevance_sum (const WhyRun *run, gdouble scale, const gdouble *sign);

G_END_DECLS
