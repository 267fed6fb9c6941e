/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/arguments.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

gboolean
why_infer_constant (const WhyInfer *infer, gint input, const WhyTensor **tensor, GError **error)
{
  *tensor = NULL;
  if (input < 0 || input >= infer->node->n_inputs || !infer->in[input])
    return TRUE;
  *tensor = infer->in[input]->constant;
  return *tensor
         || why_node_unsupported (infer->node, error,
                                  _ ("input %d depends on the picture; it must be a constant"),
                                  input + 1);
}

gboolean
why_infer_ints (const WhyInfer *infer, const gchar *attribute, gint input, WhyInts *ints,
                GError **error)
{
  const WhyAttr *attr = attribute ? why_node_attr (infer->node, attribute) : NULL;
  const WhyTensor *tensor;
  gint64 n;

  *ints = (WhyInts){ .given = attr != NULL };
  if (attr && attr->type != WHY_ATTR_INT && attr->type != WHY_ATTR_INTS)
    return why_node_error (infer->node, error, _ ("its '%s' are not integers"), attribute);
  if (attr)
    n = attr->type == WHY_ATTR_INT ? 1 : attr->n;
  else
    {
      if (!why_infer_constant (infer, input, &tensor, error))
        return FALSE;
      if (!tensor)
        return TRUE;
      ints->given = TRUE;
      n = why_tensor_numel (tensor);
    }
  if (n > WHY_MAX_ARGUMENTS)
    return why_node_error (infer->node, error, _ ("a list of %" PRId64 " numbers is too long"), n);
  ints->n = (gint)n;
  for (gint i = 0; i < ints->n; i++)
    ints->v[i] = !attr                        ? why_tensor_get_int (tensor, i)
                 : attr->type == WHY_ATTR_INT ? attr->i
                                              : attr->ints[i];
  return TRUE;
}

gboolean
why_infer_axes (const WhyInfer *infer, const gchar *attribute, gint input, gint rank, WhyInts *axes,
                GError **error)
{
  if (!why_infer_ints (infer, attribute, input, axes, error))
    return FALSE;
  for (gint i = 0; i < axes->n; i++)
    {
      gint axis = why_axis (axes->v[i], rank);

      if (axis < 0)
        return why_node_error (infer->node, error,
                               _ ("axis %" PRId64 " is not one of a tensor of rank %d"), axes->v[i],
                               rank);
      for (gint j = 0; j < i; j++)
        if (axes->v[j] == axis)
          return why_node_error (infer->node, error, _ ("axis %d is named twice"), axis);
      axes->v[i] = axis;
    }
  return TRUE;
}

gboolean
why_infer_axis (const WhyInfer *infer, gint64 def, gint rank, gint *axis, GError **error)
{
  gint64 value = why_node_int (infer->node, "axis", def);

  *axis = why_axis (value, rank);
  return *axis >= 0
         || why_node_error (infer->node, error,
                            _ ("axis %" PRId64 " is not one of a tensor of rank %d"), value, rank);
}

gboolean
why_ints_contain (const WhyInts *ints, gint64 value)
{
  for (gint i = 0; i < ints->n; i++)
    if (ints->v[i] == value)
      return TRUE;
  return FALSE;
}
