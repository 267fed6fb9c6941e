/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ArgMin. */
#include "ops/arg-extremum.h"

static void
arg_min_forward (const WhyRun *run)
{
  why_arg_extremum_forward (run, -1);
}

const WhyOp why_op_arg_min = { .name = "ArgMin",
                               .since = 1,
                               .min_inputs = 1,
                               .max_inputs = 1,
                               .infer = why_arg_extremum_infer,
                               .forward = arg_min_forward };
