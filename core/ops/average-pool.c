/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/pool-common.h"

static void
average_pool_forward (const WhyRun *run)
{
  const WhyPooling *p = run->plan;

  why_average_pool_forward (&p->window, p->planes, p->count_padding, run->in[0]->real,
                            run->out[0]->real, run->pool);
}

static void
average_pool_backward (const WhyRun *run)
{
  const WhyPooling *p = run->plan;

  if (run->grad_in[0] != NULL)
    why_average_pool_backward (&p->window, p->planes, p->count_padding, run->grad_out[0],
                               run->grad_in[0], run->pool);
}

const WhyOp why_op_average_pool = {
  .name = "AveragePool",
  .since = 1,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = why_pooling_infer,
  .prepare = why_pooling_prepare,
  .unprepare = g_free,
  .forward = average_pool_forward,
  .backward = average_pool_backward,
  .picture = TRUE,
  .relevance_kind = WHY_RELEVANCE_LINEAR,
  .region_forward = why_pooling_region_forward,
  .region_backward = why_pooling_region_backward,
};
