/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/check.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

gboolean
why_has_input (const WhyInfer *infer, gint index)
{
  return index < infer->node->n_inputs && infer->in[index] != NULL;
}

gboolean
why_check_input (const WhyInfer *infer, gint index, const gchar *what, gint min_rank, gint max_rank,
                 GError **error)
{
  const WhyValue *value = why_has_input (infer, index) ? infer->in[index] : NULL;

  if (value == NULL)
    return why_node_error (infer->node, error, _ ("input %s is missing"), what);
  if (!why_shape_is_known (&value->shape))
    return why_node_unsupported (infer->node, error,
                                 _ ("the shape of input %s depends on the data"), what);
  if (value->dtype == WHY_DTYPE_INT64)
    return why_node_unsupported (infer->node, error,
                                 _ ("input %s is int64; only other types are computed with"), what);
  if (value->shape.rank < min_rank || value->shape.rank > max_rank)
    return why_node_error (infer->node, error, _ ("input %s has %d axes; expected %d to %d"), what,
                           value->shape.rank, min_rank, max_rank);
  return TRUE;
}

gboolean
why_check_vector (const WhyInfer *infer, gint index, const gchar *what, gint64 n, GError **error)
{
  if (!why_has_input (infer, index))
    return TRUE;
  if (!why_check_input (infer, index, what, 1, 1, error))
    return FALSE;
  if (infer->in[index]->shape.dims[0] != n)
    return why_node_error (infer->node, error,
                           _ ("input %s has %" PRId64 " elements; expected %" PRId64), what,
                           infer->in[index]->shape.dims[0], n);
  return TRUE;
}

gboolean
why_check_scalar (const WhyInfer *infer, gint index, const gchar *what, GError **error)
{
  if (!why_has_input (infer, index))
    return TRUE;
  if (!why_check_input (infer, index, what, 0, WHY_MAX_RANK, error))
    return FALSE;
  return why_shape_numel (&infer->in[index]->shape) == 1
         || why_node_error (infer->node, error, _ ("input %s is not one number"), what);
}

gboolean
why_check_scalar_or_vector (const WhyInfer *infer, gint index, const gchar *what, gint64 n,
                            GError **error)
{
  if (why_has_input (infer, index) && why_shape_numel (&infer->in[index]->shape) == 1)
    return why_check_scalar (infer, index, what, error);
  return why_check_vector (infer, index, what, n, error);
}

gboolean
why_check_broadcasts (const WhyInfer *infer, gint index, const gchar *what, const WhyShape *shape,
                      GError **error)
{
  WhyShape both;

  if (!why_has_input (infer, index))
    return TRUE;
  if (!why_check_input (infer, index, what, 0, WHY_MAX_RANK, error))
    return FALSE;
  if (!why_broadcast_shapes (&infer->in[index]->shape, shape, &both)
      || !why_shape_equal (&both, shape))
    {
      g_autofree gchar *from = why_shape_to_string (&infer->in[index]->shape);
      g_autofree gchar *to = why_shape_to_string (shape);
      return why_node_error (infer->node, error,
                             _ ("input %s of shape %s does not broadcast to %s"), what, from, to);
    }
  return TRUE;
}

gboolean
why_check_int (const WhyNode *node, const gchar *name, gint64 low, gint64 high, GError **error)
{
  const WhyAttr *attr = why_node_attr (node, name);

  if (attr == NULL)
    return TRUE;
  if (attr->type != WHY_ATTR_INT)
    return why_node_error (node, error, _ ("attribute %s is not an integer"), name);
  if (attr->i < low || attr->i > high)
    return why_node_error (node, error,
                           _ ("attribute %s is %" PRId64 "; expected %" PRId64 " to %" PRId64),
                           name, attr->i, low, high);
  return TRUE;
}

void
why_set_output (const WhyInfer *infer, const WhyShape *shape)
{
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = *shape;
}
