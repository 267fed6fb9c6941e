/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Not: logical negation. */
#include "ops/unary.h"

#include <glib/gi18n-lib.h>

static inline WhyReal
not_f (WhyReal x, const WhyReal *p)
{
  return x == 0 ? 1 : 0;
}

WHY_DEFINE_UNARY_FORWARD (not, why_unary_no_parameters)

static gboolean
not_infer (const WhyInfer *infer, GError **error)
{
  if (infer->in[0]->dtype != WHY_DTYPE_BOOL)
    return why_node_error (infer->node, error, _ ("its input is %s; bool is meant"),
                           why_dtype_name (infer->in[0]->dtype));
  return why_infer_same (infer, error);
}

const WhyOp why_op_not = { .name = "Not",
                           .since = 1,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .infer = not_infer,
                           .forward = not_forward,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
