/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution of quantised numbers, shared by ConvInteger and QLinearConv: zero points are taken
 * off, then products are summed exactly in 32 bits.
 */
#pragma once

#include "kernels/exact.h"
#include "ops/conv-common.h"
#include "ops/linear.h"

G_BEGIN_DECLS

typedef struct
{
  WhyConv conv;
  WhyConvInputs inputs;
  gint x_zero, w_zero; /* inputs; either may be absent */
  gint64 n_x, n_w, n_y;
} WhyIntegerConv;

/* Parts of the run's scratch. */
typedef struct
{
  WhyReal *x, *w;  /* without zero points */
  gint32 *y;       /* the sums, without bias */
  gpointer kernel; /* what the kernels want */
} WhyIntegerConvWork;

gboolean why_integer_conv_read (const WhyInfer *infer, const WhyConvInputs *inputs, gint x_zero,
                                gint w_zero, WhyIntegerConv *plan, GError **error);
gsize why_integer_conv_scratch (const WhyIntegerConv *plan, gint threads);
/* Fills work->x and work->w. */
WhyIntegerConvWork why_integer_conv_operands (const WhyRun *run, const WhyIntegerConv *plan);
/* Fills work->y. */
void why_integer_conv_sums (const WhyRun *run, const WhyIntegerConv *plan,
                            const WhyIntegerConvWork *work);
/* Callbacks for why_linear_relevance(); the run's plan begins with a WhyIntegerConv. */
void why_integer_conv_linear (const WhyRun *run, WhyLinear *linear);

G_END_DECLS
