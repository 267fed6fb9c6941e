/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nearly every infer checks and fills. */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/* Input `index` (called `what` in ONNX's documentation) is present, its shape is known with
 * min_rank … max_rank axes, and it is not int64, which arithmetic operators do not read. */
gboolean why_check_input (const WhyInfer *infer, gint index, const gchar *what, gint min_rank,
                          gint max_rank, GError **error);
gboolean why_has_input (const WhyInfer *infer, gint index);
/* Input `index` is absent, or a vector of n elements. */
gboolean why_check_vector (const WhyInfer *infer, gint index, const gchar *what, gint64 n,
                           GError **error);
/* Input `index` is absent, or one number in whatever rank. */
gboolean why_check_scalar (const WhyInfer *infer, gint index, const gchar *what, GError **error);
/* Input `index` is absent, one number, or a vector of n. */
gboolean why_check_scalar_or_vector (const WhyInfer *infer, gint index, const gchar *what, gint64 n,
                                     GError **error);
/* Input `index` is absent, or broadcasts to shape without changing it. */
gboolean why_check_broadcasts (const WhyInfer *infer, gint index, const gchar *what,
                               const WhyShape *shape, GError **error);
/* The attribute, when present, is an integer from low to high. */
gboolean why_check_int (const WhyNode *node, const gchar *name, gint64 low, gint64 high,
                        GError **error);
/* Output 0 takes input 0's type and this shape. */
void why_set_output (const WhyInfer *infer, const WhyShape *shape);

/* Data of an optional input at run time, or NULL. */
static inline const WhyReal *
why_run_in (const WhyRun *run, gint index)
{
  return index < run->node->n_inputs && run->in[index] != NULL ? run->in[index]->real : NULL;
}

/* Where the gradient of an input goes, or NULL when it is not wanted. */
static inline WhyReal *
why_run_grad (const WhyRun *run, gint index)
{
  return index < run->node->n_inputs ? run->grad_in[index] : NULL;
}

G_END_DECLS
