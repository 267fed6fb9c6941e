/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included where the instruction set has matrix tiles of bfloat16 (Intel's AMX): the product from
 * numbers that are each split in two, x = high + low, and x·w = high·high + high·low + low·high
 * (Henry, Tang, Heinecke 2019, arXiv:1904.06376). What is left out is at most 2⁻¹⁶ of a term, so
 * sums are good to 1e-5 of the largest: enough for gradients, not for a rectifier's decision. Three
 * products of a sixteenth of the time each; splitting the rows and the memory take most of the
 * rest, and a core gains two to three times. */

#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

#define TILE 16              /* rows of a matrix tile, and its columns of sums */
#define DEEP 32              /* terms a tile multiplies at a time */
#define PART (TILE * DEEP)   /* bfloat16 numbers in a tile */
#define BLOCK (2 * TILE)     /* rows, and columns, of four tiles of sums */
#define WHOLE (2 * 2 * PART) /* of a panel: both halves, high and low */

G_STATIC_ASSERT (WHY_PANEL == BLOCK);

/* Lanes; forms without a mask make GCC 12 warn of what they leave undefined. */
#define ALL 0xffff

/* What 16 numbers are more than their high parts. */
static inline __m512
what_is_left (__m512 numbers, const guint16 *high)
{
  __m512i wide = _mm512_maskz_cvtepu16_epi32 (ALL, _mm256_loadu_si256 ((const __m256i *)high));

  return _mm512_sub_ps (numbers, _mm512_castsi512_ps (_mm512_maskz_slli_epi32 (ALL, wide, 16)));
}

/* 32 numbers as 32 high parts and 32 low ones. */
static inline void
split_numbers (__m512 a, __m512 b, guint16 *high, guint16 *low)
{
  _mm512_storeu_si512 (high, (__m512i)_mm512_cvtne2ps_pbh (b, a));
  a = what_is_left (a, high);
  b = what_is_left (b, high + TILE);
  _mm512_storeu_si512 (low, (__m512i)_mm512_cvtne2ps_pbh (b, a));
}

/* A panel's weights, [lines][panel] → for each 32 lines the tiles of high left, high right, low
 * left, low right; two lines lie side by side in a tile's row. Zeros beyond the last line. */
static void
run_split_weights (const WhyReal *from, gint64 lines, gpointer split)
{
  guint16 *to = split;
  const __m512 zeros = _mm512_setzero_ps ();
  const __m512i side_by_side
      = _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                          6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

  for (gint64 line = 0; line < lines; line += DEEP, to += WHOLE)
    for (gint pair = 0; pair < TILE; pair++)
      for (gint half = 0; half < 2; half++)
        {
          gint64 first = line + 2 * pair;
          const WhyReal *at = from + first * WHY_PANEL + half * TILE;
          __m512 a = first < lines ? _mm512_loadu_ps (at) : zeros;
          __m512 b = first + 1 < lines ? _mm512_loadu_ps (at + WHY_PANEL) : zeros;
          guint16 *high = to + half * PART + pair * DEEP, *low = high + 2 * PART;

          split_numbers (a, b, high, low);
          _mm512_storeu_si512 (
              high, _mm512_maskz_permutexvar_epi16 (~0u, side_by_side, _mm512_loadu_si512 (high)));
          _mm512_storeu_si512 (
              low, _mm512_maskz_permutexvar_epi16 (~0u, side_by_side, _mm512_loadu_si512 (low)));
        }
}

/** What a thread works on: a strip's rows, split, and a block of sums. */
typedef struct
{
  gsize bytes;
  WhyReal *sums;  /* [BLOCK][BLOCK] */
  WhyReal *lines; /* [TILE][terms]: a row's one after the other, rounded up to DEEP */
  guint16 *rows;  /* [row tiles][⌈terms/32⌉] tiles of high and of low */
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
  gsize sums = BLOCK * BLOCK * sizeof (WhyReal),
        lines = (gsize)(TILE * deep * DEEP) * sizeof (WhyReal);
  gsize bytes = sums + lines + (gsize)(row_tiles * deep) * 2 * PART * sizeof (guint16);

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
  for (gint64 d = 0; d < deep; d++, to += 2 * PART)
    for (gint m = 0; m < TILE; m++)
      {
        const WhyReal *at = from[m] + d * DEEP;
        split_numbers (_mm512_loadu_ps (at), _mm512_loadu_ps (at + TILE), to + m * DEEP,
                       to + PART + m * DEEP);
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

/* Sums of 32 rows: tiles 0 to 3 add up, 4 and 5 hold rows, 6 and 7 weights. A sum is added to every
 * fourth time: so often its last addition is done. */
static void
multiply_block (const guint16 *rows, gint64 each, const guint16 *weights, gint64 deep,
                WhyReal *sums)
{
  _tile_zero (0);
  _tile_zero (1);
  _tile_zero (2);
  _tile_zero (3);
  for (gint64 d = 0; d < deep; d++, rows += 2 * PART, weights += WHOLE)
    {
      _tile_loadd (4, rows, ROW_BYTES);
      _tile_loadd (6, weights, ROW_BYTES);
      _tile_dpbf16ps (0, 4, 6);
      _tile_loadd (7, weights + PART, ROW_BYTES);
      _tile_dpbf16ps (1, 4, 7);
      _tile_loadd (5, rows + each, ROW_BYTES);
      _tile_dpbf16ps (2, 5, 6);
      _tile_dpbf16ps (3, 5, 7);
      _tile_loadd (6, weights + 2 * PART, ROW_BYTES);
      _tile_dpbf16ps (0, 4, 6);
      _tile_loadd (7, weights + 3 * PART, ROW_BYTES);
      _tile_dpbf16ps (1, 4, 7);
      _tile_dpbf16ps (2, 5, 6);
      _tile_dpbf16ps (3, 5, 7);
      _tile_loadd (4, rows + PART, ROW_BYTES);
      _tile_loadd (6, weights, ROW_BYTES);
      _tile_dpbf16ps (0, 4, 6);
      _tile_loadd (7, weights + PART, ROW_BYTES);
      _tile_dpbf16ps (1, 4, 7);
      _tile_loadd (5, rows + each + PART, ROW_BYTES);
      _tile_dpbf16ps (2, 5, 6);
      _tile_dpbf16ps (3, 5, 7);
    }
  _tile_stored (0, sums, BLOCK * sizeof (WhyReal));
  _tile_stored (1, sums + TILE, BLOCK * sizeof (WhyReal));
  _tile_stored (2, sums + TILE * BLOCK, BLOCK * sizeof (WhyReal));
  _tile_stored (3, sums + TILE * BLOCK + TILE, BLOCK * sizeof (WhyReal));
}

/* Of 16. */
static void
multiply_half (const guint16 *rows, const guint16 *weights, gint64 deep, WhyReal *sums)
{
  _tile_zero (0);
  _tile_zero (1);
  for (gint64 d = 0; d < deep; d++, rows += 2 * PART, weights += WHOLE)
    {
      _tile_loadd (4, rows, ROW_BYTES);
      _tile_loadd (6, weights, ROW_BYTES);
      _tile_dpbf16ps (0, 4, 6);
      _tile_loadd (7, weights + PART, ROW_BYTES);
      _tile_dpbf16ps (1, 4, 7);
      _tile_loadd (5, rows + PART, ROW_BYTES);
      _tile_dpbf16ps (0, 5, 6);
      _tile_dpbf16ps (1, 5, 7);
      _tile_loadd (6, weights + 2 * PART, ROW_BYTES);
      _tile_dpbf16ps (0, 4, 6);
      _tile_loadd (7, weights + 3 * PART, ROW_BYTES);
      _tile_dpbf16ps (1, 4, 7);
    }
  _tile_stored (0, sums, BLOCK * sizeof (WhyReal));
  _tile_stored (1, sums + TILE, BLOCK * sizeof (WhyReal));
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

static void
configure_tiles (void)
{
  TileConfig config = { .palette = 1 };

  for (gint i = 0; i < 8; i++)
    {
      config.row_bytes[i] = ROW_BYTES;
      config.rows[i] = TILE;
    }
  _tile_loadconfig (&config);
}

/* A panel's weights pass all rows, which stay in the second-level cache. */
static void
run_split_product (const WhyProduct *p)
{
  gint64 deep = (p->taps * p->depth + DEEP - 1) / DEEP, row_tiles = (p->rows + TILE - 1) / TILE;
  gint64 each = deep * 2 * PART;
  const guint16 *weights = (const guint16 *)(gconstpointer)p->weights;
  Desk *desk = open_desk (deep, row_tiles);

  split_rows (p, deep, desk);
  configure_tiles ();
  for (gint64 panel = p->panel_begin; panel < p->panel_end; panel++)
    for (gint64 row = 0; row < p->rows; row += BLOCK)
      {
        const guint16 *rows = desk->rows + row / TILE * each, *w = weights + panel * deep * WHOLE;
        if (p->rows - row > TILE)
          multiply_block (rows, each, w, deep, desk->sums);
        else
          multiply_half (rows, w, deep, desk->sums);
        finish_block (p, desk->sums, MIN (BLOCK, p->rows - row), row, panel * WHY_PANEL);
      }
  _tile_release ();
}
