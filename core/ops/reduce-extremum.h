/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceMax and ReduceMin (sign 1 and −1): gradient and relevance go to the first extremum,
 * DeepLIFT as through a max-pooling window.
 */
#pragma once

#include "ops/reduce.h"

G_BEGIN_DECLS

void why_reduce_extremum_forward (const WhyRun *run, gint sign);
void why_reduce_extremum_backward (const WhyRun *run);
void why_reduce_extremum_rescale (const WhyRun *run, gint sign);

G_END_DECLS
