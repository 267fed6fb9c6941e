/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/mat-mul-common.h"
#include "ops/check.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Splits a shape into its batch axes and its matrix; vectors become a row (A) or a column (B). */
static void
split (const WhyShape *shape, gboolean is_a, WhyShape *batch, gint64 *rows, gint64 *columns)
{
  gint rank = shape->rank;

  *batch = *shape;
  batch->rank = MAX (rank - 2, 0);
  *rows = rank >= 2 ? shape->dims[rank - 2] : is_a ? 1 : shape->dims[0];
  *columns = rank >= 2 || is_a ? shape->dims[rank - 1] : 1;
}

/* Offsets of an operand's matrices for each item of the broadcast batch. */
static gint64 *
offsets (const WhyShape *operand, const WhyShape *batch, gint64 matrix)
{
  gint64 n = why_shape_numel (batch), *at = g_new (gint64, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    {
      gint64 rest = i, step = matrix;
      at[i] = 0;
      for (gint axis = batch->rank - 1, own = operand->rank - 1; axis >= 0; axis--, own--)
        {
          gint64 index = rest % batch->dims[axis];
          rest /= batch->dims[axis];
          if (own < 0)
            continue;
          if (operand->dims[own] > 1)
            at[i] += index * step;
          step *= operand->dims[own];
        }
    }
  return at;
}

/* One B for every matrix of a densely stored A is a single tall product. */
static void
collapse (WhyMatMul *plan)
{
  for (gint64 i = 0; i < plan->batch; i++)
    if (plan->b_at[i] != 0 || plan->a_at[i] != i * plan->rows * plan->inner)
      return;
  plan->rows *= plan->batch;
  plan->batch = 1;
  plan->b_repeats = FALSE;
}

gboolean
why_matmul_read (const WhyInfer *infer, gint a, gint b, WhyMatMul *plan, WhyShape *shape,
                 GError **error)
{
  const WhyShape *sa, *sb;
  WhyShape batch_a, batch_b, batch;
  gint64 b_rows;

  if (!why_check_input (infer, a, "A", 1, WHY_MAX_RANK, error)
      || !why_check_input (infer, b, "B", 1, WHY_MAX_RANK, error))
    return FALSE;
  sa = &infer->in[a]->shape;
  sb = &infer->in[b]->shape;
  split (sa, TRUE, &batch_a, &plan->rows, &plan->inner);
  split (sb, FALSE, &batch_b, &b_rows, &plan->columns);
  if (b_rows != plan->inner || !why_broadcast_shapes (&batch_a, &batch_b, &batch))
    {
      g_autofree gchar *ta = why_shape_to_string (sa), *tb = why_shape_to_string (sb);
      return why_node_error (infer->node, error, _ ("shapes %s and %s do not multiply"), ta, tb);
    }
  *shape = batch;
  if (sa->rank > 1)
    shape->dims[shape->rank++] = plan->rows;
  if (sb->rank > 1)
    shape->dims[shape->rank++] = plan->columns;

  plan->batch = why_shape_numel (&batch);
  plan->a_at = offsets (&batch_a, &batch, plan->rows * plan->inner);
  plan->b_at = offsets (&batch_b, &batch, plan->inner * plan->columns);
  plan->y_at = offsets (&batch, &batch, plan->rows * plan->columns);
  plan->a_repeats = why_shape_numel (&batch_a) < plan->batch;
  plan->b_repeats = why_shape_numel (&batch_b) < plan->batch;
  plan->a_constant = infer->in[a]->constant != NULL;
  plan->b_constant = infer->in[b]->constant != NULL;
  if (plan->batch > 1)
    collapse (plan);
  return TRUE;
}

void
why_matmul_clear (WhyMatMul *plan)
{
  g_clear_pointer (&plan->a_at, g_free);
  g_clear_pointer (&plan->b_at, g_free);
  g_clear_pointer (&plan->y_at, g_free);
}
