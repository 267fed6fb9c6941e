/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What DeepLIFT and relevance propagation do with a product of two activations. */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/* DeepLIFT for y = b (x, w) linear in each of its inputs: Δy = b (Δx, w̄) + b (x̄, Δw) with x̄, w̄ the
 * means of value and reference, so the multipliers are the gradient at the midpoint. All inputs
 * present must be activations; one whose leading extent is odd carries no batch and stays. */
void why_midpoint_backward (const WhyRun *run, void (*backward) (const WhyRun *run));

/* Relevance of y linear in each of its first `factors` inputs (1 or 2): the epsilon rule for one;
 * for two AttnLRP's (2402.05602, eq. 14), where both get half of every product's share,
 * R_x = x · ∂y/∂x (R_y / 2y). What an input that is not wanted would get goes to the leak. */
void why_product_relevance (const WhyRun *run, gint factors, void (*backward) (const WhyRun *run));

G_END_DECLS
