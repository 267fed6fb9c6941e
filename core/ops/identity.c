/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identity. */
#include "ops/elementwise.h"
#include "ops/move.h"

const WhyOp why_op_identity = { .name = "Identity",
                                .since = 1,
                                .min_inputs = 1,
                                .max_inputs = 1,
                                .infer = why_infer_same,
                                .forward = why_move_all_forward,
                                .backward = why_move_all_backward,
                                .relevance_kind = WHY_RELEVANCE_MOVE,
                                .region_forward = why_region_same,
                                .region_backward = why_region_same };
