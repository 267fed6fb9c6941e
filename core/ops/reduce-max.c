/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReduceMax. */
#include "ops/reduce-extremum.h"

static void
reduce_max_forward (const WhyRun *run)
{
  why_reduce_extremum_forward (run, 1);
}

static void
reduce_max_rescale (const WhyRun *run)
{
  why_reduce_extremum_rescale (run, 1);
}

const WhyOp why_op_reduce_max = { .name = "ReduceMax",
                                  WHY_REDUCE_ROW,
                                  .infer = why_reduce_infer,
                                  .forward = reduce_max_forward,
                                  .backward = why_reduce_extremum_backward,
                                  .rescale = reduce_max_rescale,
                                  .relevance_kind = WHY_RELEVANCE_MOVE };
