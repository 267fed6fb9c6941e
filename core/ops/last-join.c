/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/last.h"

static void
last_join_forward (G_GNUC_UNUSED const WhyRun *run)
{
}

static void
last_join_forward_part (G_GNUC_UNUSED const WhyRun *run, G_GNUC_UNUSED const WhyPart *part)
{
}

static WhyRegion
same_cells (G_GNUC_UNUSED const WhyNode *node, G_GNUC_UNUSED const WhyInfer *infer,
            WhyRegion changed)
{
  return changed;
}

const WhyOp why_op_last_join = {
  .name = "Concat (channels last)",
  .min_inputs = 1,
  .max_inputs = -1,
  .forward = last_join_forward,
  .forward_part = last_join_forward_part,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .region_forward = same_cells,
};
