/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noisy linear imputation (Rong et al. 2022, arXiv:2202.00449): a missing pixel is the weighted
 * mean of its eight neighbours, missing or not, so that a hole has no shape that could be
 * recognised. */
#pragma once

#include <glib.h>
#include "whylayer/real.h"

G_BEGIN_DECLS

/* Fills plane [H,W] where missing [H,W] is set; at least one pixel must be there. */
void why_impute (WhyReal *plane, const gboolean *missing, gint height, gint width);

G_END_DECLS
