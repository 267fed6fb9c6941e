/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Four floats in one register on every machine we know; compilers without such registers split it.
 */
typedef gfloat WhyQuad __attribute__ ((vector_size (16)));

static inline WhyQuad
why_quad_load (const gfloat *p)
{
  WhyQuad quad;

  memcpy (&quad, p, sizeof quad);
  return quad;
}

static inline void
why_quad_store (gfloat *p, WhyQuad quad)
{
  memcpy (p, &quad, sizeof quad);
}

static inline WhyQuad
why_quad_load_u8 (const guint8 *p)
{
  typedef guint8 Bytes __attribute__ ((vector_size (4)));
  Bytes bytes;

  memcpy (&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, WhyQuad);
}

/* Clipped to 0…1; NaN becomes 0. */
static inline WhyQuad
why_quad_clip (WhyQuad quad)
{
  typedef gint32 Mask __attribute__ ((vector_size (16)));
  const WhyQuad zero = { 0 }, one = { 1, 1, 1, 1 };
  Mask positive = quad > zero, below = quad < one;
  Mask bits;

  memcpy (&bits, &quad, sizeof bits);
  bits = (bits & below) | ((Mask)one & ~below);
  bits &= positive;
  return (WhyQuad)bits;
}

G_END_DECLS
