/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

const gchar *
why_dtype_name (WhyDType dtype)
{
  switch (dtype)
    {
    case WHY_DTYPE_NONE:
      return "none";
    case WHY_DTYPE_FLOAT:
      return "float";
    case WHY_DTYPE_UINT8:
      return "uint8";
    case WHY_DTYPE_INT8:
      return "int8";
    case WHY_DTYPE_UINT16:
      return "uint16";
    case WHY_DTYPE_INT16:
      return "int16";
    case WHY_DTYPE_INT32:
      return "int32";
    case WHY_DTYPE_INT64:
      return "int64";
    case WHY_DTYPE_BOOL:
      return "bool";
    case WHY_DTYPE_FLOAT16:
      return "float16";
    case WHY_DTYPE_DOUBLE:
      return "double";
    case WHY_DTYPE_UINT32:
      return "uint32";
    case WHY_DTYPE_UINT64:
      return "uint64";
    case WHY_DTYPE_BFLOAT16:
      return "bfloat16";
    }
  return "unknown";
}

gboolean
why_dtype_is_float (WhyDType dtype)
{
  return dtype == WHY_DTYPE_FLOAT || dtype == WHY_DTYPE_FLOAT16 || dtype == WHY_DTYPE_BFLOAT16
         || dtype == WHY_DTYPE_DOUBLE;
}

gsize
why_dtype_storage (WhyDType dtype)
{
  return dtype == WHY_DTYPE_INT64 ? sizeof (gint64) : sizeof (WhyReal);
}

gboolean
why_shape_equal (const WhyShape *a, const WhyShape *b)
{
  return a->rank == b->rank && memcmp (a->dims, b->dims, (gsize)a->rank * sizeof (gint64)) == 0;
}

gboolean
why_shape_is_known (const WhyShape *shape)
{
  if (shape->rank < 0)
    return FALSE;
  for (gint i = 0; i < shape->rank; i++)
    if (shape->dims[i] < 0)
      return FALSE;
  return TRUE;
}

gint64
why_shape_numel (const WhyShape *shape)
{
  gint64 n = 1;

  for (gint i = 0; i < shape->rank; i++)
    if (shape->dims[i] < 0 || __builtin_mul_overflow (n, shape->dims[i], &n))
      return -1;
  return n;
}

gint64
why_shape_span (const WhyShape *shape, gint from, gint to)
{
  gint64 n = 1;

  for (gint i = from; i < to; i++)
    n *= shape->dims[i];
  return n;
}

gchar *
why_shape_to_string (const WhyShape *shape)
{
  GString *text = g_string_new ("[");

  for (gint i = 0; i < shape->rank; i++)
    {
      if (i > 0)
        g_string_append (text, ", ");
      if (shape->dims[i] < 0)
        g_string_append_c (text, '?');
      else
        g_string_append_printf (text, "%" G_GINT64_FORMAT, shape->dims[i]);
    }
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

WhyTensor *
why_tensor_new_bare (WhyDType dtype, const WhyShape *shape)
{
  gint64 numel = why_shape_numel (shape);
  gpointer data;

  g_return_val_if_fail (numel >= 0, NULL);
  data = why_memory_new ((gsize)numel * why_dtype_storage (dtype));
  return why_tensor_new_wrapped (dtype, shape, data, data, free);
}

WhyTensor *
why_tensor_new (WhyDType dtype, const WhyShape *shape)
{
  WhyTensor *tensor = why_tensor_new_bare (dtype, shape);

  if (tensor)
    memset (tensor->data, 0, (gsize)why_tensor_numel (tensor) * why_dtype_storage (dtype));
  return tensor;
}

WhyTensor *
why_tensor_new_wrapped (WhyDType dtype, const WhyShape *shape, gpointer data, gpointer owner,
                        GDestroyNotify owner_free)
{
  WhyTensor *tensor = g_new0 (WhyTensor, 1);

  tensor->dtype = dtype;
  tensor->shape = *shape;
  tensor->data = data;
  tensor->owner = owner;
  tensor->owner_free = owner_free;
  g_atomic_ref_count_init (&tensor->ref_count);
  return tensor;
}

WhyTensor *
why_tensor_reshaped (WhyTensor *tensor, const WhyShape *shape)
{
  g_return_val_if_fail (why_shape_numel (shape) == why_tensor_numel (tensor), NULL);
  return why_tensor_new_wrapped (tensor->dtype, shape, tensor->data, why_tensor_ref (tensor),
                                 (GDestroyNotify)why_tensor_unref);
}

WhyTensor *
why_tensor_copy (const WhyTensor *tensor)
{
  WhyTensor *copy = why_tensor_new_bare (tensor->dtype, &tensor->shape);

  memcpy (copy->data, tensor->data,
          (gsize)why_tensor_numel (tensor) * why_dtype_storage (tensor->dtype));
  return copy;
}

WhyTensor *
why_tensor_ref (WhyTensor *tensor)
{
  g_atomic_ref_count_inc (&tensor->ref_count);
  return tensor;
}

void
why_tensor_unref (WhyTensor *tensor)
{
  if (!tensor || !g_atomic_ref_count_dec (&tensor->ref_count))
    return;
  if (tensor->owner_free)
    tensor->owner_free (tensor->owner);
  g_free (tensor);
}

gint64
why_tensor_numel (const WhyTensor *tensor)
{
  return why_shape_numel (&tensor->shape);
}

gdouble
why_tensor_get (const WhyTensor *tensor, gint64 i)
{
  return tensor->dtype == WHY_DTYPE_INT64 ? (gdouble)tensor->i64[i] : (gdouble)tensor->real[i];
}

gint64
why_tensor_get_int (const WhyTensor *tensor, gint64 i)
{
  gdouble value;

  if (tensor->dtype == WHY_DTYPE_INT64)
    return tensor->i64[i];
  value = (gdouble)tensor->real[i];
  if (!(value > -0x1.0p63)) /* NaN too */
    return G_MININT64;
  return value >= 0x1.0p63 ? G_MAXINT64 : (gint64)value;
}
