/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>

/* The value of an IEEE 754 binary16. */
static inline gdouble
why_half_to_double (guint16 bits)
{
  gint exponent = (bits >> 10) & 0x1f;
  gint mantissa = bits & 0x3ff;
  gdouble magnitude;

  if (exponent == 0x1f)
    magnitude = mantissa ? (gdouble)NAN : (gdouble)INFINITY;
  else if (exponent == 0)
    magnitude = ldexp (mantissa, -24);
  else
    magnitude = ldexp (mantissa + 0x400, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/* The value of a bfloat16: the upper half of an IEEE 754 binary32. */
static inline gdouble
why_bfloat16_to_double (guint16 bits)
{
  union
  {
    guint32 i;
    gfloat f;
  } value = { .i = (guint32)bits << 16 };

  return (gdouble)value.f;
}
