/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/explanation.h"

#include <math.h>

#include "methods/method.h"

WhyExplanation *
why_explanation_new (void)
{
  WhyExplanation *explanation = g_new0 (WhyExplanation, 1);

  explanation->target.against = -1;
  explanation->residual = explanation->residual_of = NAN;
  explanation->residuals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  explanation->notes = g_ptr_array_new_with_free_func (g_free);
  return explanation;
}

void
why_explanation_free (WhyExplanation *explanation)
{
  if (explanation == NULL)
    return;
  why_tensor_unref (explanation->map);
  why_tensor_unref (explanation->error);
  why_params_free (explanation->params);
  g_free (explanation->layer);
  g_hash_table_unref (explanation->residuals);
  g_ptr_array_unref (explanation->notes);
  g_free (explanation);
}

void
why_explanation_take_map (WhyExplanation *explanation, WhyTensor *map)
{
  g_return_if_fail (map != NULL && map->shape.rank == 3 && map->dtype != WHY_DTYPE_INT64);

  why_tensor_unref (explanation->map);
  explanation->map = map;
}

void
why_explanation_set_residual (WhyExplanation *explanation, const gchar *name, gdouble value)
{
  g_hash_table_replace (explanation->residuals, g_strdup (name), g_memdup2 (&value, sizeof value));
}

void
why_explanation_add_note (WhyExplanation *explanation, const gchar *note)
{
  g_ptr_array_add (explanation->notes, g_strdup (note));
}

WhyTensor *
why_explanation_reduce (const WhyExplanation *explanation)
{
  const WhyTensor *map = explanation->map;
  WhyReduce reduce = explanation->method != NULL ? explanation->method->reduce : WHY_REDUCE_SUM;
  WhyTensor *cells;
  gint64 n;

  g_return_val_if_fail (map != NULL, NULL);

  cells = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (map->shape.dims[1], map->shape.dims[2]));
  n = why_tensor_numel (cells);
  for (gint64 c = 0; c < map->shape.dims[0]; c++)
    for (gint64 i = 0; i < n; i++)
      {
        gdouble value = map->real[c * n + i];

        if (reduce == WHY_REDUCE_MAX_ABS)
          cells->real[i] = MAX (cells->real[i], fabs (value));
        else
          cells->real[i] += value;
      }
  return cells;
}
