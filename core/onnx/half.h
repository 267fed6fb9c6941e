/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The float with these bits. */
static inline gdouble
why_float_from_bits (guint32 bits)
{
  union
  {
    guint32 bits;
    gfloat value;
  } u = { .bits = bits };

  return (gdouble)u.value;
}

/* The value of an IEEE 754 binary16. */
static inline gdouble
why_half_to_double (guint16 bits)
{
  guint32 sign = (guint32)(bits & 0x8000) << 16;
  guint32 exponent = (bits >> 10) & 0x1f;
  guint32 mantissa = bits & 0x3ff;

  if (exponent == 0)
    return (sign ? -0x1p-24 : 0x1p-24) * mantissa;
  exponent = exponent == 0x1f ? 0xff : exponent - 15 + 127;
  return why_float_from_bits (sign | exponent << 23 | mantissa << 13);
}

/* The value of a bfloat16: the upper half of an IEEE 754 binary32. */
static inline gdouble
why_bfloat16_to_double (guint16 bits)
{
  return why_float_from_bits ((guint32)bits << 16);
}
