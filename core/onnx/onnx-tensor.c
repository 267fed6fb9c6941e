/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TensorProto → WhyTensor: raw, typed and external data of every numeric type. */
#include "onnx/onnx-private.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "graph/confine.h"
#include "graph/model-private.h"
#include "limits.h"
#include "onnx/half.h"

enum
{
  LOCATION_HERE,
  LOCATION_EXTERNAL
};

/* Bytes of one element on the wire; 0 for types we do not read. */
static gsize
wire_size (gint data_type)
{
  switch ((WhyDType)data_type)
    {
    case WHY_DTYPE_UINT8:
    case WHY_DTYPE_INT8:
    case WHY_DTYPE_BOOL:
      return 1;
    case WHY_DTYPE_UINT16:
    case WHY_DTYPE_INT16:
    case WHY_DTYPE_FLOAT16:
    case WHY_DTYPE_BFLOAT16:
      return 2;
    case WHY_DTYPE_FLOAT:
    case WHY_DTYPE_INT32:
    case WHY_DTYPE_UINT32:
      return 4;
    case WHY_DTYPE_INT64:
    case WHY_DTYPE_DOUBLE:
    case WHY_DTYPE_UINT64:
      return 8;
    case WHY_DTYPE_NONE:
    default:
      return 0;
    }
}

gboolean
why_onnx_is_readable (gint data_type)
{
  return wire_size (data_type) > 0;
}

typedef union
{
  guint32 bits;
  gfloat value;
} Float;

typedef union
{
  guint64 bits;
  gdouble value;
} Double;

/* The number that an element's bits stand for; every type but int64. */
static gdouble
number_from_bits (WhyDType dtype, guint64 bits)
{
  switch (dtype)
    {
    case WHY_DTYPE_FLOAT:
      return why_float_from_bits ((guint32)bits);
    case WHY_DTYPE_UINT8:
      return (guint8)bits;
    case WHY_DTYPE_INT8:
      return (gint8)bits;
    case WHY_DTYPE_UINT16:
      return (guint16)bits;
    case WHY_DTYPE_INT16:
      return (gint16)bits;
    case WHY_DTYPE_INT32:
      return (gint32)bits;
    case WHY_DTYPE_UINT32:
      return (guint32)bits;
    case WHY_DTYPE_UINT64:
      return (gdouble)bits;
    case WHY_DTYPE_BOOL:
      return bits != 0;
    case WHY_DTYPE_FLOAT16:
      return why_half_to_float ((guint16)bits);
    case WHY_DTYPE_BFLOAT16:
      return why_bfloat16_to_double ((guint16)bits);
    case WHY_DTYPE_DOUBLE:
      return ((Double){ .bits = bits }).value;
    case WHY_DTYPE_NONE:
    case WHY_DTYPE_INT64:
    default:
      g_assert_not_reached ();
    }
}

static void
set_element (WhyTensor *tensor, gint64 i, guint64 bits)
{
  if (tensor->dtype == WHY_DTYPE_INT64)
    tensor->i64[i] = (gint64)bits;
  else
    tensor->real[i] = (WhyReal)number_from_bits (tensor->dtype, bits);
}

static guint64
bits_from_raw (const guint8 *raw, gsize size)
{
  guint64 bits = 0;

  for (gsize byte = 0; byte < size; byte++)
    bits |= (guint64)raw[byte] << (8 * byte);
  return bits;
}

/* Little-endian elements one after the other. */
static void
set_from_raw (WhyTensor *tensor, const guint8 *raw)
{
  gsize size = wire_size (tensor->dtype);
  gint64 n = why_tensor_numel (tensor);

  /* Most weights are of these two types: they are worth a shortcut. */
  if (tensor->dtype == WHY_DTYPE_FLOAT16)
    {
      for (gint64 i = 0; i < n; i++)
        tensor->real[i] = (WhyReal)why_half_to_float ((guint16)(raw[2 * i] | raw[2 * i + 1] << 8));
      return;
    }
#if G_BYTE_ORDER == G_LITTLE_ENDIAN && !defined WHY_REAL_DOUBLE
  if (tensor->dtype == WHY_DTYPE_FLOAT)
    {
      if (n > 0)
        memcpy (tensor->real, raw, (gsize)n * size);
      return;
    }
#endif
  for (gint64 i = 0; i < n; i++)
    set_element (tensor, i, bits_from_raw (raw + (gsize)i * size, size));
}

static const gchar *
name_of (const Onnx__TensorProto *proto)
{
  return proto->name && *proto->name ? proto->name : "(unnamed)";
}

static gboolean
invalid (const Onnx__TensorProto *proto, const gchar *what, GError **error)
{
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID, _ ("its tensor '%s' %s"), name_of (proto),
               what);
  return FALSE;
}

static gboolean
check_length (const Onnx__TensorProto *proto, guint64 found, guint64 wanted, GError **error)
{
  if (found == wanted)
    return TRUE;
  g_set_error (
      error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
      _ ("its tensor '%s' should have %" PRIu64 " bytes or elements of data; it has %" PRIu64),
      name_of (proto), wanted, found);
  return FALSE;
}

/* Elements in the typed field that this type is written to. */
static guint64
typed_count (const Onnx__TensorProto *proto)
{
  switch ((WhyDType)proto->data_type)
    {
    case WHY_DTYPE_FLOAT:
      return proto->n_float_data;
    case WHY_DTYPE_DOUBLE:
      return proto->n_double_data;
    case WHY_DTYPE_INT64:
      return proto->n_int64_data;
    case WHY_DTYPE_UINT32:
    case WHY_DTYPE_UINT64:
      return proto->n_uint64_data;
    default: /* 8 and 16 bits, int32, bool, and the bits of float16 and bfloat16 */
      return proto->n_int32_data;
    }
}

static guint64
typed_bits (const Onnx__TensorProto *proto, gsize i)
{
  switch ((WhyDType)proto->data_type)
    {
    case WHY_DTYPE_FLOAT:
      return ((Float){ .value = proto->float_data[i] }).bits;
    case WHY_DTYPE_DOUBLE:
      return ((Double){ .value = proto->double_data[i] }).bits;
    case WHY_DTYPE_INT64:
      return (guint64)proto->int64_data[i];
    case WHY_DTYPE_UINT32:
    case WHY_DTYPE_UINT64:
      return proto->uint64_data[i];
    default:
      return (guint64)proto->int32_data[i];
    }
}

static const gchar *
external_entry (const Onnx__TensorProto *proto, const gchar *key)
{
  for (gsize i = 0; i < proto->n_external_data; i++)
    if (g_strcmp0 (proto->external_data[i]->key, key) == 0)
      return proto->external_data[i]->value;
  return NULL;
}

/* A byte count in decimal; def when the entry is absent. */
static gboolean
external_number (const Onnx__TensorProto *proto, const gchar *key, guint64 def, guint64 *number,
                 GError **error)
{
  const gchar *text = external_entry (proto, key);

  *number = def;
  if (text && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, number, NULL))
    return invalid (proto, _ ("has an offset or length of external data that is no number"), error);
  return TRUE;
}

static guint8 *
read_external_at (const Onnx__TensorProto *proto, gint fd, guint64 file_size, guint64 wanted,
                  GError **error)
{
  const gchar *location = external_entry (proto, "location");
  g_autofree guint8 *raw = NULL;
  guint64 offset, length;

  if (!external_number (proto, "offset", 0, &offset, error)
      || !external_number (proto, "length", wanted, &length, error)
      || !check_length (proto, length, wanted, error))
    return NULL;
  if (offset > file_size || length > file_size - offset)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_DATA,
                   _ ("its data file '%s' is too short for tensor '%s'; it may be cut short or "
                      "belong to another model"),
                   location, name_of (proto));
      return NULL;
    }
  raw = g_malloc (MAX (length, 1));
  if (!why_confined_read (fd, location, offset, raw, length, error))
    return NULL;
  return g_steal_pointer (&raw);
}

/* The tensor's bytes in another file. (transfer full) */
static guint8 *
read_external (const Onnx__TensorProto *proto, const gchar *folder, guint64 wanted, GError **error)
{
  const gchar *location = external_entry (proto, "location");
  guint64 size;
  guint8 *raw;
  gint fd;

  if (!location || !g_utf8_validate (location, -1, NULL))
    {
      invalid (proto, _ ("does not say which file has its data"), error);
      return NULL;
    }
  fd = why_confined_open (folder, location, &size, error);
  if (fd < 0)
    return NULL;
  raw = read_external_at (proto, fd, size, wanted, error);
  close (fd);
  return raw;
}

/* Shape and the number of elements, checked before anything is allocated. */
static gboolean
read_shape (const Onnx__TensorProto *proto, WhyShape *shape, GError **error)
{
  if (proto->n_dims > WHY_MAX_RANK)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("its tensor '%s' has %zu dimensions; at most %d can be read"),
                   name_of (proto), proto->n_dims, WHY_MAX_RANK);
      return FALSE;
    }
  shape->rank = (gint)proto->n_dims;
  for (gint i = 0; i < shape->rank; i++)
    {
      if (proto->dims[i] < 0)
        return invalid (proto, _ ("has a negative dimension"), error);
      shape->dims[i] = proto->dims[i];
    }
  if (why_shape_numel (shape) < 0 || why_shape_numel (shape) > G_MAXINT64 / 8)
    return invalid (proto, _ ("has impossibly large dimensions"), error);
  return TRUE;
}

static gboolean
spend (guint64 *budget, guint64 bytes, GError **error)
{
  if (bytes <= *budget)
    {
      *budget -= bytes;
      return TRUE;
    }
  g_set_error (error, WHY_ERROR, WHY_ERROR_MEMORY,
               _ ("its weights need more than %" PRIu64 " MiB of memory"),
               WHY_MAX_WEIGHT_BYTES >> 20);
  return FALSE;
}

static WhyTensor *
tensor_from_raw (WhyDType dtype, const WhyShape *shape, const guint8 *raw)
{
  WhyTensor *tensor = why_tensor_new_bare (dtype, shape);

  set_from_raw (tensor, raw);
  return tensor;
}

static WhyTensor *
tensor_from_typed (WhyDType dtype, const WhyShape *shape, const Onnx__TensorProto *proto)
{
  WhyTensor *tensor = why_tensor_new (dtype, shape);
  gint64 n = why_tensor_numel (tensor);

  for (gint64 i = 0; i < n; i++)
    set_element (tensor, i, typed_bits (proto, (gsize)i));
  return tensor;
}

/* Allocates only when the data are known to be there. */
static WhyTensor *
read_data (const Onnx__TensorProto *proto, WhyDType dtype, const WhyShape *shape,
           const gchar *folder, GError **error)
{
  guint64 numel = (guint64)why_shape_numel (shape), bytes = numel * wire_size (dtype);
  g_autofree guint8 *external = NULL;

  if (proto->data_location == LOCATION_EXTERNAL)
    {
      external = read_external (proto, folder, bytes, error);
      return external ? tensor_from_raw (dtype, shape, external) : NULL;
    }
  if (proto->data_location != LOCATION_HERE)
    {
      invalid (proto, _ ("has its data in an unknown kind of place"), error);
      return NULL;
    }
  if (proto->has_raw_data)
    return check_length (proto, proto->raw_data.len, bytes, error)
               ? tensor_from_raw (dtype, shape, proto->raw_data.data)
               : NULL;
  return check_length (proto, typed_count (proto), numel, error)
             ? tensor_from_typed (dtype, shape, proto)
             : NULL;
}

WhyTensor *
why_onnx_tensor_new (const Onnx__TensorProto *proto, const gchar *folder, guint64 *budget,
                     GError **error)
{
  WhyDType dtype = (WhyDType)proto->data_type;
  WhyShape shape;

  if (!why_onnx_is_readable (proto->data_type))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("its tensor '%s' has element type %d, which cannot be read"), name_of (proto),
                   proto->data_type);
      return NULL;
    }
  if (!read_shape (proto, &shape, error)
      || !spend (budget, (guint64)why_shape_numel (&shape) * why_dtype_storage (dtype), error))
    return NULL;
  return read_data (proto, dtype, &shape, folder, error);
}

WhyTensor *
why_onnx_read_tensor (GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  Onnx__TensorProto *proto = onnx__tensor_proto__unpack (NULL, size, data);
  guint64 budget = WHY_MAX_WEIGHT_BYTES;
  WhyTensor *tensor;

  if (!proto)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                           _ ("it is not an ONNX tensor, or it is cut short"));
      return NULL;
    }
  tensor = why_onnx_tensor_new (proto, NULL, &budget, error);
  onnx__tensor_proto__free_unpacked (proto, NULL);
  return tensor;
}
