/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors of the instruction set this file is compiled for. The kernels are built once per set
 * (WHY_ISA names it), from the same source, as babl does; WHY_ISA_SYMBOL keeps their names apart.
 * GCC's and Clang's vector extensions are enough for any architecture; x86's intrinsics are used
 * only for what compilers do not find. */
#pragma once

#include <glib.h>

#include "whylayer/real.h"

#ifdef __AVX2__
#  include <immintrin.h>
#endif

#define WHY_PASTE_(a, b) a##_##b
#define WHY_PASTE(a, b) WHY_PASTE_ (a, b)
#define WHY_ISA_SYMBOL(name) WHY_PASTE (name, WHY_ISA)

#if defined __AVX512F__
#  define WHY_VECTOR_BYTES 64
#  define WHY_TILE_ROWS 10 /* 10×2 accumulators; the addresses of 12 rows do not fit */
#elif defined __AVX2__
#  define WHY_VECTOR_BYTES 32
#  define WHY_TILE_ROWS 6 /* 6×2 accumulators, 2 weights, 1 broadcast of 16 registers */
#else
#  define WHY_VECTOR_BYTES 16
#  define WHY_TILE_ROWS 6
#endif

#define WHY_LANES ((gint)(WHY_VECTOR_BYTES / sizeof (WhyReal)))
#define WHY_PANEL (2 * WHY_LANES) /* output channels a tile */

/* Loads and stores need no alignment beyond the element's. */
typedef WhyReal WhyVec
    __attribute__ ((vector_size (WHY_VECTOR_BYTES), aligned (sizeof (WhyReal)), may_alias));

#define WHY_LOAD(p) (*(const WhyVec *)(p))
#define WHY_STORE(p, v) (*(WhyVec *)(p) = (v))

/* A vector with x in every lane. */
#define WHY_SPLAT(x) ((x) - (WhyVec){ 0 })

/* Lanes of a where the mask is set, of b elsewhere. Vectors of the mask's integers have the same
 * width as the numbers. */
#ifdef WHY_REAL_DOUBLE
typedef gint64 WhyMask __attribute__ ((vector_size (WHY_VECTOR_BYTES)));
#else
typedef gint32 WhyMask __attribute__ ((vector_size (WHY_VECTOR_BYTES)));
#endif

static inline WhyVec
why_vec_select (WhyMask mask, WhyVec a, WhyVec b)
{
  return (WhyVec)(((WhyMask)a & mask) | ((WhyMask)b & ~mask));
}

/* Compilers do not see one instruction in a comparison and a selection. */
#if defined __AVX512F__ && !defined WHY_REAL_DOUBLE
#  define WHY_MAX_(a, b) (WhyVec) _mm512_maskz_max_ps (0xffff, (__m512)(a), (__m512)(b))
#  define WHY_MIN_(a, b) (WhyVec) _mm512_maskz_min_ps (0xffff, (__m512)(a), (__m512)(b))
#elif defined __AVX2__ && !defined WHY_REAL_DOUBLE
#  define WHY_MAX_(a, b) (WhyVec) _mm256_max_ps ((__m256)(a), (__m256)(b))
#  define WHY_MIN_(a, b) (WhyVec) _mm256_min_ps ((__m256)(a), (__m256)(b))
#else
#  define WHY_MAX_(a, b) why_vec_select ((a) > (b), a, b)
#  define WHY_MIN_(a, b) why_vec_select ((a) < (b), a, b)
#endif

static inline WhyVec
why_vec_max (WhyVec a, WhyVec b)
{
  return WHY_MAX_ (a, b);
}

static inline WhyVec
why_vec_min (WhyVec a, WhyVec b)
{
  return WHY_MIN_ (a, b);
}

#define WHY_LINE_BYTES 64 /* a cache line */
#define WHY_LINE ((gint)(WHY_LINE_BYTES / sizeof (WhyReal)))

/* Asks for n numbers that will soon be read, or written. */
static inline void __attribute__ ((always_inline))
why_fetch (const WhyReal *numbers, gint n, const gboolean writes)
{
  for (gint i = 0; i < n; i += WHY_LINE)
    if (writes)
      __builtin_prefetch (numbers + i, 1, 3);
    else
      __builtin_prefetch (numbers + i, 0, 3);
}
