/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ArgMax. */
#include "ops/arg-extremum.h"

static void
arg_max_forward (const WhyRun *run)
{
  why_arg_extremum_forward (run, 1);
}

const WhyOp why_op_arg_max = { .name = "ArgMax",
                               .since = 1,
                               .min_inputs = 1,
                               .max_inputs = 1,
                               .infer = why_arg_extremum_infer,
                               .forward = arg_max_forward };
