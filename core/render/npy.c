/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy's .npy (NEP 1): "\x93NUMPY", two version bytes, the header's length, a Python dict literal
 * padded with blanks to a multiple of 64 bytes, then the elements.
 */
#include "whylayer/explanation.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "limits.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define PREFIX_SIZE 10 /* magic, version 1.0, 16-bit header length */
#define ALIGNMENT 64
#define MAX_HEADER 1024 /* eight extents need 200; version 1 allows 65535 */

/* Little-endian float, whatever this machine is. */
static void
put_float (guint8 *out, gfloat value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT32_TO_LE (bits);
  memcpy (out, &bits, sizeof bits);
}

static gfloat
get_float (const guint8 *in)
{
  guint32 bits;
  gfloat value;

  memcpy (&bits, in, sizeof bits);
  bits = GUINT32_FROM_LE (bits);
  memcpy (&value, &bits, sizeof value);
  return value;
}

GBytes *
why_npy_write (const WhyTensor *tensor)
{
  g_autoptr (GString) header = g_string_new ("{'descr': '<f4', 'fortran_order': False, 'shape': (");
  gint64 n = why_tensor_numel (tensor);
  gsize size;
  guint8 *data;

  for (gint i = 0; i < tensor->shape.rank; i++)
    g_string_append_printf (header, "%" G_GINT64_FORMAT "%s", tensor->shape.dims[i],
                            tensor->shape.rank == 1      ? ","
                            : i + 1 < tensor->shape.rank ? ", "
                                                         : "");
  g_string_append (header, "), }");
  while ((PREFIX_SIZE + header->len + 1) % ALIGNMENT != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');

  size = PREFIX_SIZE + header->len + n * sizeof (gfloat);
  data = g_malloc (size);
  memcpy (data, MAGIC "\x01\x00", MAGIC_SIZE + 2);
  data[8] = header->len & 0xff;
  data[9] = header->len >> 8;
  memcpy (data + PREFIX_SIZE, header->str, header->len);
  for (gint64 i = 0; i < n; i++)
    put_float (data + PREFIX_SIZE + header->len + i * sizeof (gfloat), why_tensor_get (tensor, i));
  return g_bytes_new_take (data, size);
}

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error (error, WHY_ERROR, WHY_ERROR_PARASITE,
               _ ("The stored map cannot be used: %s; explain the picture again."), why);
  return FALSE;
}

static void
skip_blanks (const gchar **p)
{
  while (**p == ' ' || **p == '\n')
    (*p)++;
}

/* Whether text comes next, after blanks; passes it. */
static gboolean
take (const gchar **p, const gchar *text)
{
  skip_blanks (p);
  if (!g_str_has_prefix (*p, text))
    return FALSE;
  *p += strlen (text);
  return TRUE;
}

/* A positive decimal integer of at most ten digits. */
static gboolean
take_extent (const gchar **p, gint64 *extent)
{
  gint digits = 0;

  skip_blanks (p);
  for (*extent = 0; g_ascii_isdigit (**p) && digits <= 10; digits++, (*p)++)
    *extent = *extent * 10 + g_ascii_digit_value (**p);
  return digits > 0 && digits <= 10 && *extent > 0;
}

/* The dict as NumPy and we write it: sorted keys, blanks anywhere, an optional comma at the end. */
static gboolean
parse_header (const gchar *p, WhyShape *shape)
{
  shape->rank = 0;
  if (!take (&p, "{") || !take (&p, "'descr'") || !take (&p, ":") || !take (&p, "'<f4'")
      || !take (&p, ",") || !take (&p, "'fortran_order'") || !take (&p, ":") || !take (&p, "False")
      || !take (&p, ",") || !take (&p, "'shape'") || !take (&p, ":") || !take (&p, "("))
    return FALSE;
  while (!take (&p, ")"))
    {
      if (shape->rank == WHY_MAX_RANK || !take_extent (&p, &shape->dims[shape->rank++]))
        return FALSE;
      if (!take (&p, ",") && (shape->rank == 1 || *p != ')'))
        return FALSE;
    }
  take (&p, ",");
  if (!take (&p, "}"))
    return FALSE;
  skip_blanks (&p);
  return shape->rank > 0 && *p == '\0';
}

/* Finds the elements; checks that exactly as many are there as the shape says. */
static const guint8 *
find_elements (GBytes *bytes, WhyShape *shape, GError **error)
{
  gsize size, length;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gchar header[MAX_HEADER + 1];
  gint64 n;

  if (size > WHY_MAX_PARASITE_MAP)
    return refuse (error, _ ("it is too large")), NULL;
  if (size < PREFIX_SIZE || memcmp (data, MAGIC "\x01\x00", MAGIC_SIZE + 2) != 0)
    return refuse (error, _ ("it is not a NumPy file of version 1.0")), NULL;
  length = data[8] | data[9] << 8;
  if (length > MAX_HEADER || length > size - PREFIX_SIZE)
    return refuse (error, _ ("its header is cut off or too long")), NULL;
  memcpy (header, data + PREFIX_SIZE, length);
  header[length] = '\0';
  if (strlen (header) != length || !parse_header (header, shape))
    return refuse (error, _ ("it does not hold 32-bit numbers in row order")), NULL;
  n = why_shape_numel (shape);
  if (n <= 0 || n > WHY_MAX_PARASITE_MAP
      || (guint64)n * sizeof (gfloat) != size - PREFIX_SIZE - length)
    return refuse (error, _ ("its size is not that of its shape")), NULL;
  return data + PREFIX_SIZE + length;
}

WhyTensor *
why_npy_read (GBytes *bytes, GError **error)
{
  WhyShape shape;
  const guint8 *elements = find_elements (bytes, &shape, error);
  WhyTensor *tensor;
  gint64 n;

  if (elements == NULL)
    return NULL;
  tensor = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  n = why_tensor_numel (tensor);
  for (gint64 i = 0; i < n; i++)
    tensor->real[i] = get_float (elements + i * sizeof (gfloat));
  return tensor;
}
