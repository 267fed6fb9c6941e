/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: the tiled product. A panel's weights are taken in chunks that
 * stay in the first-level cache while all rows pass by; sums wait in out between chunks. */

#define CHUNK 256 /* numbers along taps × depth: 16 KiB of weights with AVX2 */

typedef struct
{
  const WhyProduct *product;
  gint tap_begin, tap_end;
  gint64 depth_begin, depth_end;
  gboolean first, last;
  const WhyReal *weights; /* of this chunk and panel */
  gint64 column;          /* first output channel of the panel */
} Chunk;

static inline void __attribute__ ((always_inline))
start_tile (const Chunk *chunk, gint64 row, const gint rows, WhyVec acc[][2])
{
  const WhyProduct *p = chunk->product;

  for (gint m = 0; m < rows; m++)
    if (chunk->first && !p->accumulate)
      acc[m][0] = acc[m][1] = (WhyVec){ 0 };
    else
      {
        acc[m][0] = WHY_LOAD (p->out[row + m] + chunk->column);
        acc[m][1] = WHY_LOAD (p->out[row + m] + chunk->column + WHY_LANES);
      }
}

/* What comes after the last sum; each part is asked for once a tile. */
static inline void __attribute__ ((always_inline))
complete_tile (const Chunk *chunk, gint64 row, const gint rows, WhyVec acc[][2])
{
  const WhyProduct *p = chunk->product;

  if (p->bias)
    {
      WhyVec bias[2]
          = { WHY_LOAD (p->bias + chunk->column), WHY_LOAD (p->bias + chunk->column + WHY_LANES) };
      for (gint m = 0; m < rows; m++)
        for (gint v = 0; v < 2; v++)
          acc[m][v] += bias[v];
    }
  if (p->residual)
    for (gint m = 0; m < rows; m++)
      for (gint v = 0; v < 2; v++)
        acc[m][v] += WHY_LOAD (p->out[row + m] + chunk->column + v * WHY_LANES + p->residual);
  if (p->clamp)
    {
      WhyVec low = WHY_SPLAT (p->low), high = WHY_SPLAT (p->high);
      for (gint m = 0; m < rows; m++)
        for (gint v = 0; v < 2; v++)
          acc[m][v] = why_vec_min (why_vec_max (acc[m][v], low), high);
    }
}

static inline void __attribute__ ((always_inline))
store_tile (const Chunk *chunk, gint64 row, const gint rows, WhyVec acc[][2])
{
  for (gint m = 0; m < rows; m++)
    {
      WhyReal *out = chunk->product->out[row + m] + chunk->column;
      WHY_STORE (out, acc[m][0]);
      WHY_STORE (out + WHY_LANES, acc[m][1]);
    }
}

/* fetches: also brings the next chunk's weights nearer, which the first tile would wait for. */
static inline void __attribute__ ((always_inline))
run_tile (const Chunk *chunk, gint64 row, const gint rows, const gboolean fetches)
{
  const WhyProduct *p = chunk->product;
  const WhyReal *w = chunk->weights;
  WhyVec acc[WHY_TILE_ROWS][2];

  start_tile (chunk, row, rows, acc);
  for (gint tap = chunk->tap_begin; tap < chunk->tap_end; tap++)
    {
      const WhyReal *in[WHY_TILE_ROWS];
      for (gint m = 0; m < rows; m++)
        in[m] = p->in[tap * p->ld + row + m] + chunk->depth_begin;
      for (gint64 c = 0; c < chunk->depth_end - chunk->depth_begin; c++, w += WHY_PANEL)
        {
          WhyVec w0 = WHY_LOAD (w), w1 = WHY_LOAD (w + WHY_LANES);
          if (fetches)
            __builtin_prefetch (w + CHUNK * WHY_PANEL, 0, 2);
#pragma GCC unroll 12
          for (gint m = 0; m < rows; m++)
            {
              WhyVec x = WHY_SPLAT (in[m][c]);
              acc[m][0] += x * w0;
              acc[m][1] += x * w1;
            }
        }
    }
  if (chunk->last)
    complete_tile (chunk, row, rows, acc);
  store_tile (chunk, row, rows, acc);
}

/* The compiler keeps accumulators in registers only where the number of rows is a constant: what a
 * whole tile leaves is done by fours, twos and ones. */
static void
run_rows (const Chunk *chunk)
{
  gint64 rows = chunk->product->rows, row = 0;

  if (rows >= WHY_TILE_ROWS)
    run_tile (chunk, row, WHY_TILE_ROWS, TRUE);
  for (row += rows >= WHY_TILE_ROWS ? WHY_TILE_ROWS : 0; row + WHY_TILE_ROWS <= rows;
       row += WHY_TILE_ROWS)
    run_tile (chunk, row, WHY_TILE_ROWS, FALSE);
  for (; row + 4 <= rows; row += 4)
    run_tile (chunk, row, 4, FALSE);
  for (; row + 2 <= rows; row += 2)
    run_tile (chunk, row, 2, FALSE);
  if (row < rows)
    run_tile (chunk, row, 1, FALSE);
}

/* All chunks of one panel, in order. */
static void
run_panel (const WhyProduct *p, gint64 panel)
{
  const WhyReal *weights = p->weights + panel * p->taps * p->depth * WHY_PANEL;
  gint taps_a_chunk = (gint)MAX (CHUNK / MAX (p->depth, 1), 1);
  Chunk chunk = { .product = p, .column = panel * WHY_PANEL };

  for (gint tap = 0; tap < p->taps; tap += taps_a_chunk)
    for (gint64 c = 0; c<p->depth; c += taps_a_chunk> 1 ? p->depth : CHUNK)
      {
        chunk.tap_begin = tap;
        chunk.tap_end = MIN (tap + taps_a_chunk, p->taps);
        chunk.depth_begin = c;
        chunk.depth_end = taps_a_chunk > 1 ? p->depth : MIN (c + CHUNK, p->depth);
        chunk.first = tap == 0 && c == 0;
        chunk.last = chunk.tap_end == p->taps && chunk.depth_end == p->depth;
        chunk.weights = weights + (tap * p->depth + c) * WHY_PANEL;
        run_rows (&chunk);
      }
}

#define EDGE_ROWS 48 /* rows of the last, partial panel that are staged at a time */

/* The last panel may be partial: it is computed into a staging block of full panels. */
static void
run_edge_panel (const WhyProduct *p, gint64 panel)
{
  gint64 column = panel * WHY_PANEL, live = p->width - column;
  WhyReal stage[2 * EDGE_ROWS * WHY_PANEL], bias[WHY_PANEL] = { 0 };
  WhyReal *rows[EDGE_ROWS];
  WhyProduct staged = *p;

  staged.weights += panel * p->taps * p->depth * WHY_PANEL;
  staged.out = rows;
  staged.residual = p->residual ? EDGE_ROWS * WHY_PANEL : 0;
  if (p->bias)
    {
      for (gint64 k = 0; k < live; k++)
        bias[k] = p->bias[column + k];
      staged.bias = bias;
    }
  for (gint64 row = 0; row < p->rows; row += EDGE_ROWS)
    {
      staged.rows = MIN (EDGE_ROWS, p->rows - row);
      staged.in = p->in + row;
      for (gint64 m = 0; m < staged.rows; m++)
        {
          rows[m] = stage + m * WHY_PANEL;
          for (gint64 k = 0; k < WHY_PANEL; k++)
            {
              rows[m][k] = p->accumulate && k < live ? p->out[row + m][column + k] : 0;
              rows[m][staged.residual + k] = p->residual && k < live
                                                 ? p->out[row + m][column + k + p->residual]
                                                 : rows[m][k];
            }
        }
      run_panel (&staged, 0);
      for (gint64 m = 0; m < staged.rows; m++)
        for (gint64 k = 0; k < live; k++)
          p->out[row + m][column + k] = rows[m][k];
    }
}

static void
run_product (const WhyProduct *p)
{
  for (gint64 panel = p->panel_begin; panel < p->panel_end; panel++)
    if ((panel + 1) * WHY_PANEL <= p->width)
      run_panel (p, panel);
    else
      run_edge_panel (p, panel);
}
