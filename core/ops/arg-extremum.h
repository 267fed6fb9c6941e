/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/* ArgMax and ArgMin: index along `axis` of the first (or last) extremum. */
gboolean why_arg_extremum_infer (const WhyInfer *infer, GError **error);
void why_arg_extremum_forward (const WhyRun *run, gint sign); /* 1: largest, -1: smallest */

G_END_DECLS
