/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Constant: a tensor in the file (value), or a number or list (value_int … from opset 12). */
#include "ops/op.h"

#include <glib/gi18n-lib.h>

static WhyTensor *
from_numbers (const WhyNode *node)
{
  const WhyAttr *attr;
  WhyShape shape = { 0 };
  WhyTensor *tensor;

  if ((attr = why_node_attr (node, "value_float")) || (attr = why_node_attr (node, "value_int")))
    {
      gboolean is_int = attr->type == WHY_ATTR_INT;
      tensor = why_tensor_new (is_int ? WHY_DTYPE_INT64 : WHY_DTYPE_FLOAT, &shape);
      if (is_int)
        tensor->i64[0] = attr->i;
      else
        tensor->real[0] = (WhyReal)attr->f;
      return tensor;
    }
  if (!(attr = why_node_attr (node, "value_floats"))
      && !(attr = why_node_attr (node, "value_ints")))
    return NULL;
  shape = WHY_SHAPE (attr->n);
  tensor = why_tensor_new (attr->ints ? WHY_DTYPE_INT64 : WHY_DTYPE_FLOAT, &shape);
  for (gint i = 0; i < attr->n; i++)
    if (attr->ints)
      tensor->i64[i] = attr->ints[i];
    else
      tensor->real[i] = (WhyReal)attr->floats[i];
  return tensor;
}

static gboolean
constant_infer (const WhyInfer *infer, GError **error)
{
  const WhyAttr *value = why_node_attr (infer->node, "value");
  WhyTensor *tensor = value && value->t ? why_tensor_ref (value->t) : from_numbers (infer->node);

  if (!tensor)
    return why_node_unsupported (infer->node, error,
                                 _ ("its value is not a tensor, a number or a list of numbers"));
  infer->out[0]->dtype = tensor->dtype;
  infer->out[0]->shape = tensor->shape;
  infer->out[0]->constant = tensor;
  return TRUE;
}

/* Never runs: infer has the answer. */
static void
constant_forward (const WhyRun *run)
{
}

const WhyOp why_op_constant = { .name = "Constant",
                                .since = 1,
                                .min_inputs = 0,
                                .max_inputs = 0,
                                .infer = constant_infer,
                                .forward = constant_forward };
