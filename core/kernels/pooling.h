/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pooling of `planes` pictures [planes] × window.in to [planes] × window.out. Every window must
 * hold at least one cell of the input, except for averages that count the padding.
 */
#pragma once

#include "kernels/parallel.h"
#include "kernels/window.h"

G_BEGIN_DECLS

/* The maximum of the cells inside the input. */
void why_max_pool_forward (const WhyWindow *window, gint64 planes, const WhyReal *x, WhyReal *y,
                           WhyPool *pool);
/* The row-major cell of its plane in which each maximum was found first. */
void why_max_pool_winners (const WhyWindow *window, gint64 planes, const WhyReal *x,
                           gint64 *winners, WhyPool *pool);
/* gx[winner] += gy. */
void why_max_pool_backward (const WhyWindow *window, gint64 planes, const WhyReal *x,
                            const WhyReal *gy, WhyReal *gx, WhyPool *pool);

/* The mean of the cells inside the input or, with count_padding, of all cells inside the input and
 * its padding (but not of those beyond it that ceil_mode adds). */
void why_average_pool_forward (const WhyWindow *window, gint64 planes, gboolean count_padding,
                               const WhyReal *x, WhyReal *y, WhyPool *pool);
void why_average_pool_backward (const WhyWindow *window, gint64 planes, gboolean count_padding,
                                const WhyReal *gy, WhyReal *gx, WhyPool *pool);

G_END_DECLS
