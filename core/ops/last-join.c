/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/elementwise.h"
#include "ops/last.h"

static void
last_join_forward (G_GNUC_UNUSED const WhyRun *run)
{
}

const WhyOp why_op_last_join = {
  .name = "Concat (channels last)",
  .min_inputs = 1,
  .max_inputs = -1,
  .forward = last_join_forward,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .region_forward = why_region_same,
};
