/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/midpoint.h"
#include "ops/linear.h"

/* Both halves of the batch replaced by their mean. (transfer full) */
static WhyTensor *
midpoint (const WhyTensor *x)
{
  WhyTensor *mean = why_tensor_copy (x);
  gint64 half = why_tensor_numel (x) / 2;

  if (x->shape.rank == 0 || x->shape.dims[0] % 2 != 0)
    return mean;
  for (gint64 i = 0; i < half; i++)
    mean->real[i] = mean->real[half + i] = (x->real[i] + x->real[half + i]) / 2;
  return mean;
}

void
why_midpoint_backward (const WhyRun *run, void (*backward) (const WhyRun *run))
{
  gint n = run->node->n_inputs;
  g_autofree const WhyTensor **in = g_new0 (const WhyTensor *, n);
  WhyRun at_midpoint = *run;

  for (gint i = 0; i < n; i++)
    if (run->in[i] != NULL)
      in[i] = midpoint (run->in[i]);
  at_midpoint.in = in;
  backward (&at_midpoint);
  for (gint i = 0; i < n; i++)
    why_tensor_unref ((WhyTensor *)in[i]);
}

void
why_product_relevance (const WhyRun *run, gint factors, void (*backward) (const WhyRun *run))
{
  gint n = run->node->n_inputs;
  gint64 n_y = why_tensor_numel (run->out[0]);
  g_autofree WhyReal *ratio = g_new (WhyReal, n_y);
  g_autofree WhyReal **gradient = g_new0 (WhyReal *, n);
  const WhyReal *grad_out[] = { ratio };
  WhyRun inner = *run;
  gdouble given = 0;

  for (gint64 i = 0; i < n_y; i++)
    ratio[i] = why_stable_ratio (run->grad_out[0][i], (WhyReal)factors * run->out[0]->real[i],
                                 run->lrp->epsilon);
  for (gint i = 0; i < factors; i++)
    if (run->grad_in[i] != NULL)
      gradient[i] = g_new0 (WhyReal, why_tensor_numel (run->in[i]));
  inner.grad_out = grad_out;
  inner.grad_in = gradient;
  backward (&inner);
  for (gint i = 0; i < factors; i++)
    {
      for (gint64 k = 0; gradient[i] != NULL && k < why_tensor_numel (run->in[i]); k++)
        {
          WhyReal share = run->in[i]->real[k] * gradient[i][k];
          run->grad_in[i][k] += share;
          given += share;
        }
      g_free (gradient[i]);
    }
  run->lrp->leak += why_sum (run->grad_out[0], n_y) - given;
}
