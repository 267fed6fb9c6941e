/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included where the instruction set has matrix tiles of bfloat16 (Intel's AMX): the product from
 * numbers that are each split in two parts of eight bits, x = high + low, and x·w = high·high +
 * high·low + low·high (Henry, Tang, Heinecke 2019, arXiv:1904.06376). What is left out is at most
 * 2⁻¹⁶ of a term, so sums are good to 1e-5 of the largest: enough for gradients, not for a
 * rectifier's decision. Tiles take a sixteenth of the time; splitting and memory eat up half of the
 * gain. Three parts and six products would be as good as float32, but are no faster than that for a
 * single picture, whose weights come from memory. */

#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

#define PARTS 2
#define TILE 16            /* rows of a matrix tile, and its columns of sums */
#define DEEP 32            /* terms a tile multiplies at a time */
#define PART (TILE * DEEP) /* bfloat16 numbers in a tile */
#define BLOCK (2 * TILE)   /* rows, and columns, of four tiles of sums */

G_STATIC_ASSERT (WHY_PANEL == BLOCK);

/* Lanes; forms without a mask make GCC 12 warn of what they leave undefined. */
#define ALL 0xffff

/* What 16 numbers are more than those parts of them. */
static inline __m512
what_is_left (__m512 numbers, const guint16 *part)
{
  __m512i wide = _mm512_maskz_cvtepu16_epi32 (ALL, _mm256_loadu_si256 ((const __m256i *)part));

  return _mm512_sub_ps (numbers, _mm512_castsi512_ps (_mm512_maskz_slli_epi32 (ALL, wide, 16)));
}

/* 32 numbers as 32 parts, and 32 of what is left of them at a distance, and so on. */
static inline void __attribute__ ((always_inline))
split_numbers (__m512 a, __m512 b, guint16 *to, gint64 distance)
{
#pragma GCC unroll 2
  for (gint part = 0; part < PARTS; part++, to += distance)
    {
      _mm512_storeu_si512 (to, (__m512i)_mm512_cvtne2ps_pbh (b, a));
      a = what_is_left (a, to);
      b = what_is_left (b, to + TILE);
    }
}

/* Two lines' parts side by side, as a tile's row has them. */
static void
mix_lines (guint16 *parts)
{
  const __m512i order
      = _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                          6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

  _mm512_storeu_si512 (parts,
                       _mm512_maskz_permutexvar_epi16 (~0u, order, _mm512_loadu_si512 (parts)));
}

/* A panel's weights, [lines][panel] → for each 32 lines and each part the tiles of its left and its
 * right half. Zeros beyond the last line. */
static void
run_split_weights (const WhyReal *from, gint64 lines, gpointer split)
{
  const __m512 zeros = _mm512_setzero_ps ();
  guint16 *to = split;

  for (gint64 line = 0; line < lines; line += DEEP, to += PARTS * 2 * PART)
    for (gint pair = 0; pair < TILE; pair++)
      for (gint half = 0; half < 2; half++)
        {
          gint64 first = line + 2 * pair;
          const WhyReal *at = from + first * WHY_PANEL + half * TILE;
          __m512 a = first < lines ? _mm512_loadu_ps (at) : zeros;
          __m512 b = first + 1 < lines ? _mm512_loadu_ps (at + WHY_PANEL) : zeros;
          guint16 *row = to + half * PART + pair * DEEP;

          split_numbers (a, b, row, 2 * PART);
          for (gint part = 0; part < PARTS; part++)
            mix_lines (row + part * 2 * PART);
        }
}

/** What a thread works on: a strip's rows, split, and a block of sums. */
typedef struct
{
  gsize bytes;
  WhyReal *sums;  /* [BLOCK][BLOCK] */
  WhyReal *lines; /* [TILE][terms]: a row's one after the other, rounded up to DEEP */
  guint16 *rows;  /* [row tiles][⌈terms/32⌉][PARTS] tiles */
} Desk;

static void
free_desk (gpointer data)
{
  Desk *desk = data;

  free (desk->sums);
  g_free (desk);
}

static GPrivate desks = G_PRIVATE_INIT (free_desk);

static Desk *
open_desk (gint64 deep, gint64 row_tiles)
{
  Desk *desk = g_private_get (&desks);
  gsize numbers = BLOCK * BLOCK + (gsize)(TILE * deep * DEEP);
  gsize bytes
      = numbers * sizeof (WhyReal) + (gsize)(row_tiles * deep * PARTS) * PART * sizeof (guint16);

  if (!desk)
    g_private_set (&desks, desk = g_new0 (Desk, 1));
  if (desk->bytes < bytes)
    {
      free (desk->sums);
      desk->sums = why_memory_new (bytes);
      desk->bytes = bytes;
    }
  desk->lines = desk->sums + BLOCK * BLOCK;
  desk->rows = (guint16 *)(gpointer)(desk->lines + TILE * deep * DEEP);
  return desk;
}

/* Terms of 16 rows, tile after tile. */
static inline guint16 *
split_run (const WhyReal *const *from, gint64 deep, guint16 *to)
{
  for (gint64 d = 0; d < deep; d++, to += PARTS * PART)
    for (gint m = 0; m < TILE; m++)
      {
        const WhyReal *at = from[m] + d * DEEP;
        split_numbers (_mm512_loadu_ps (at), _mm512_loadu_ps (at + TILE), to + m * DEEP, PART);
      }
  return to;
}

/* Where taps end within 32 terms, a row's are joined first. */
static void
join_rows (const WhyProduct *p, gint64 row, gint64 deep, WhyReal *lines, const WhyReal **from)
{
  gint64 terms = p->taps * p->depth;

  for (gint m = 0; m < TILE; m++)
    {
      WhyReal *line = lines + m * deep * DEEP;
      from[m] = line;
      for (gint tap = 0; tap < p->taps; tap++, line += p->depth)
        memcpy (line, p->in[tap * p->ld + MIN (row + m, p->rows - 1)],
                (gsize)p->depth * sizeof *line);
      memset (line, 0, (gsize)(deep * DEEP - terms) * sizeof *line);
    }
}

/* Beyond the last row it is repeated: nobody looks at those sums. */
static void
split_rows (const WhyProduct *p, gint64 deep, Desk *desk)
{
  const WhyReal *from[TILE];
  guint16 *to = desk->rows;

  for (gint64 row = 0; row < p->rows; row += TILE)
    if (p->depth % DEEP == 0)
      for (gint tap = 0; tap < p->taps; tap++)
        {
          for (gint m = 0; m < TILE; m++)
            from[m] = p->in[tap * p->ld + MIN (row + m, p->rows - 1)];
          to = split_run (from, p->depth / DEEP, to);
        }
    else
      {
        join_rows (p, row, deep, desk->lines, from);
        to = split_run (from, deep, to);
      }
}

#define ROW_BYTES 64 /* of a tile */

static inline void __attribute__ ((always_inline))
load_rows (const guint16 *rows, gint64 each, const gboolean both)
{
  _tile_loadd (4, rows, ROW_BYTES);
  if (both)
    _tile_loadd (5, rows + each, ROW_BYTES);
}

static inline void __attribute__ ((always_inline)) load_weights (const guint16 *weights)
{
  _tile_loadd (6, weights, ROW_BYTES);
  _tile_loadd (7, weights + PART, ROW_BYTES);
}

/* Every sum is added to in turn: when it comes again, its last addition is done. */
static inline void __attribute__ ((always_inline)) add_products (const gboolean both)
{
  _tile_dpbf16ps (0, 4, 6);
  _tile_dpbf16ps (1, 4, 7);
  if (both)
    {
      _tile_dpbf16ps (2, 5, 6);
      _tile_dpbf16ps (3, 5, 7);
    }
}

/* 32 terms: high·low, high·high, low·high, so that what is loaded is loaded once. */
static inline void __attribute__ ((always_inline))
multiply_parts (const guint16 *rows, gint64 each, const guint16 *weights, const gboolean both)
{
  load_rows (rows, each, both);
  load_weights (weights + 2 * PART);
  add_products (both);
  load_weights (weights);
  add_products (both);
  load_rows (rows + PART, each, both);
  add_products (both);
}

/* Sums of 32 rows, or of 16: tiles 0 to 3 add up, 4 and 5 hold rows, 6 and 7 weights. */
static inline void __attribute__ ((always_inline))
multiply_block (const guint16 *rows, gint64 each, const guint16 *weights, gint64 deep,
                const gboolean both, WhyReal *sums)
{
  _tile_zero (0);
  _tile_zero (1);
  _tile_zero (2);
  _tile_zero (3);
  for (gint64 d = 0; d < deep; d++, rows += PARTS * PART, weights += PARTS * 2 * PART)
    multiply_parts (rows, each, weights, both);
  _tile_stored (0, sums, BLOCK * sizeof (WhyReal));
  _tile_stored (1, sums + TILE, BLOCK * sizeof (WhyReal));
  if (both)
    {
      _tile_stored (2, sums + TILE * BLOCK, BLOCK * sizeof (WhyReal));
      _tile_stored (3, sums + TILE * BLOCK + TILE, BLOCK * sizeof (WhyReal));
    }
}

/* What else a product adds, and its bounds, for 16 columns or as many as there are. */
static inline void
finish_half (const WhyProduct *p, const WhyReal *sums, gint64 rows, gint64 row, gint64 column)
{
  __mmask16 live = p->width - column >= TILE ? 0xffff : (__mmask16)((1 << (p->width - column)) - 1);
  __m512 bias = p->bias ? _mm512_maskz_loadu_ps (live, p->bias + column) : _mm512_setzero_ps ();
  __m512 low = _mm512_set1_ps (p->low), high = _mm512_set1_ps (p->high);

  for (gint64 m = 0; m < rows; m++, sums += BLOCK)
    {
      WhyReal *out = p->out[row + m] + column;
      __m512 sum = _mm512_add_ps (_mm512_loadu_ps (sums), bias);

      if (p->accumulate)
        sum = _mm512_add_ps (sum, _mm512_maskz_loadu_ps (live, out));
      if (p->residual)
        sum = _mm512_add_ps (sum, _mm512_maskz_loadu_ps (live, out + p->residual));
      if (p->clamp)
        sum = _mm512_maskz_min_ps (ALL, _mm512_maskz_max_ps (ALL, sum, low), high);
      _mm512_mask_storeu_ps (out, live, sum);
    }
}

static void
finish_block (const WhyProduct *p, const WhyReal *sums, gint64 rows, gint64 row, gint64 column)
{
  finish_half (p, sums, rows, row, column);
  if (column + TILE < p->width)
    finish_half (p, sums + TILE, rows, row, column + TILE);
}

typedef struct
{
  guint8 palette, start_row, reserved[14];
  guint16 row_bytes[16];
  guint8 rows[16];
} TileConfig;

/* Eight whole tiles. */
static const TileConfig tiles = {
  .palette = 1,
  .row_bytes
  = { ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES },
  .rows = { TILE, TILE, TILE, TILE, TILE, TILE, TILE, TILE },
};

/* A panel's weights pass all rows, which stay in the second-level cache. */
static void
run_split_product (const WhyProduct *p)
{
  gint64 deep = (p->taps * p->depth + DEEP - 1) / DEEP, row_tiles = (p->rows + TILE - 1) / TILE;
  gint64 each = deep * PARTS * PART;
  const guint16 *weights = (const guint16 *)(gconstpointer)p->weights;
  Desk *desk = open_desk (deep, row_tiles);

  split_rows (p, deep, desk);
  _tile_loadconfig (&tiles);
  for (gint64 panel = p->panel_begin; panel < p->panel_end; panel++)
    for (gint64 row = 0; row < p->rows; row += BLOCK)
      {
        const guint16 *rows = desk->rows + row / TILE * each, *w = weights + panel * 2 * each;
        if (p->rows - row > TILE)
          multiply_block (rows, each, w, deep, TRUE, desk->sums);
        else
          multiply_block (rows, each, w, deep, FALSE, desk->sums);
        finish_block (p, desk->sums, MIN (BLOCK, p->rows - row), row, panel * WHY_PANEL);
      }
  _tile_release ();
}
