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

/* The value of an IEEE 754 binary16. Without branches, so that compilers take several at a time: as
 * a float with its exponent too small by 112, which one product mends, denormals included. */
static inline gfloat
why_half_to_float (guint16 bits)
{
  union
  {
    guint32 bits;
    gfloat value;
  } u = { .bits = (guint32)(bits & 0x7fff) << 13 };
  guint32 special = (bits & 0x7c00) == 0x7c00 ? 0x7f800000 : 0; /* infinities, NaNs */

  u.value *= 0x1p112f;
  u.bits |= special | (guint32)(bits & 0x8000) << 16;
  return u.value;
}

/* The value of a bfloat16: the upper half of an IEEE 754 binary32. */
static inline gdouble
why_bfloat16_to_double (guint16 bits)
{
  return why_float_from_bits ((guint32)bits << 16);
}
