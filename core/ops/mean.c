/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean of any number of inputs. Relevance: each takes its share of the sum. */
#include "ops/signal.h"
#include "ops/variadic.h"

static inline WhyReal
mean_f (WhyReal a, WhyReal b)
{
  return a + b;
}

WHY_BINARY_ROW (mean_row, mean_f, WhyReal, WhyReal, WhyReal)

static gboolean
mean_infer (const WhyInfer *infer, GError **error)
{
  return why_infer_floating (infer, 0, error) && why_variadic_infer (infer, error);
}

static void
mean_forward (const WhyRun *run)
{
  gint64 n = why_tensor_numel (run->out[0]);

  why_variadic_forward (run, mean_row, NULL);
  for (gint64 i = 0; i < n; i++)
    run->out[0]->real[i] /= (WhyReal)run->node->n_inputs;
}

static void
mean_backward (const WhyRun *run)
{
  why_variadic_backward_linear (run, 1 / (WhyReal)run->node->n_inputs);
}

static void
mean_relevance (const WhyRun *run)
{
  why_relevance_sum (run, run->node->n_inputs, NULL);
}

const WhyOp why_op_mean = { .name = "Mean",
                            .since = 1,
                            .min_inputs = 1,
                            .max_inputs = -1,
                            .infer = mean_infer,
                            .prepare = why_prepare_constants,
                            .forward = mean_forward,
                            .backward = mean_backward,
                            .relevance_kind = WHY_RELEVANCE_OWN,
                            .relevance = mean_relevance,
                            .region_forward = why_region_same,
                            .region_backward = why_region_same };
