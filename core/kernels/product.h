/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: the tiled product. A panel's weights are taken in chunks that
 * stay in the first-level cache while all rows pass by; sums wait in out between chunks. */

/* Loops over a tile's rows are unrolled throughout: only then do its sums stay in registers. */

#define CHUNK 256 /* numbers along taps × depth: 16 KiB of weights with AVX2 */

typedef struct
{
  const WhyProduct *product;
  gint tap_begin, tap_end;
  gint64 depth_begin, depth_end;
  gboolean first, last;
  const WhyReal *weights; /* of this chunk and panel */
  gint64 size;            /* how many */
  gint64 column;          /* first output channel of the panel */
} Chunk;

/* A tile is `rows` times a panel (2 vectors) or, where the outputs end there, half of one. */
static inline void __attribute__ ((always_inline))
start_tile (const Chunk *chunk, gint64 row, const gint rows, const gint vectors, WhyVec acc[][2])
{
  const WhyProduct *p = chunk->product;

  if (chunk->first && !p->accumulate)
    {
#pragma GCC unroll 12
      for (gint m = 0; m < rows; m++)
        acc[m][0] = acc[m][1] = (WhyVec){ 0 };
      return;
    }
#pragma GCC unroll 12
  for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
    for (gint v = 0; v < vectors; v++)
      acc[m][v] = WHY_LOAD (p->out[row + m] + chunk->column + v * WHY_LANES);
}

/* What comes after the last sum; each part is asked for once a tile. */
static inline void __attribute__ ((always_inline))
complete_tile (const Chunk *chunk, gint64 row, const gint rows, const gint vectors, WhyVec acc[][2])
{
  const WhyProduct *p = chunk->product;

  if (p->bias)
    {
#pragma GCC unroll 2
      for (gint v = 0; v < vectors; v++)
        {
          WhyVec bias = WHY_LOAD (p->bias + chunk->column + v * WHY_LANES);
#pragma GCC unroll 12
          for (gint m = 0; m < rows; m++)
            acc[m][v] += bias;
        }
    }
  if (p->residual)
    {
#pragma GCC unroll 12
      for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
        for (gint v = 0; v < vectors; v++)
          acc[m][v] += WHY_LOAD (p->out[row + m] + chunk->column + v * WHY_LANES + p->residual);
    }
  if (p->clamp)
    {
      WhyVec low = WHY_SPLAT (p->low), high = WHY_SPLAT (p->high);
#pragma GCC unroll 12
      for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
        for (gint v = 0; v < vectors; v++)
          acc[m][v] = why_vec_min (why_vec_max (acc[m][v], low), high);
    }
}

static inline void __attribute__ ((always_inline))
store_tile (const Chunk *chunk, gint64 row, const gint rows, const gint vectors, WhyVec acc[][2])
{
#pragma GCC unroll 12
  for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
    for (gint v = 0; v < vectors; v++)
      WHY_STORE (chunk->product->out[row + m] + chunk->column + v * WHY_LANES, acc[m][v]);
}

/* What is needed next, brought nearer a little at every step: asked for all at once it would come
 * no faster and hold up what is needed now. */
typedef struct
{
  const gchar *at;
  gssize step;
} Ahead;

/* lines: cache lines to ask for a step, two where few tiles have to bring all of them. */
static inline void __attribute__ ((always_inline))
run_tile (const Chunk *chunk, gint64 row, const gint rows, const gint vectors, Ahead *ahead,
          const gint lines)
{
  const WhyProduct *p = chunk->product;
  const WhyReal *w = chunk->weights;
  WhyVec acc[WHY_TILE_ROWS][2];

  start_tile (chunk, row, rows, vectors, acc);
  for (gint tap = chunk->tap_begin; tap < chunk->tap_end; tap++)
    {
      const WhyReal *in[WHY_TILE_ROWS];
#pragma GCC unroll 12
      for (gint m = 0; m < rows; m++)
        in[m] = p->in[tap * p->ld + row + m] + chunk->depth_begin;
      for (gint64 c = 0; c < chunk->depth_end - chunk->depth_begin; c++, w += WHY_PANEL)
        {
          WhyVec weight[2];
#pragma GCC unroll 2
          for (gint v = 0; v < vectors; v++)
            weight[v] = WHY_LOAD (w + v * WHY_LANES);
#pragma GCC unroll 2
          for (gint i = 0; i < lines; i++)
            __builtin_prefetch (ahead->at + i * WHY_LINE_BYTES, 0, 2);
          ahead->at += ahead->step;
#pragma GCC unroll 12
          for (gint m = 0; m < rows; m++)
            {
              WhyVec x = WHY_SPLAT (in[m][c]);
#pragma GCC unroll 2
              for (gint v = 0; v < vectors; v++)
                acc[m][v] += x * weight[v];
            }
        }
    }
  if (chunk->last)
    complete_tile (chunk, row, rows, vectors, acc);
  store_tile (chunk, row, rows, vectors, acc);
}

/* Where a tile's sums will go, and what is added to them, is far away as a rule: asked for while
 * the tile before is computed, it is there in time. */
static inline void __attribute__ ((always_inline)) fetch_tile (const Chunk *chunk, gint64 row)
{
  const WhyProduct *p = chunk->product;
  gint64 end = MIN (row + WHY_TILE_ROWS, p->rows);

  for (; row < end; row++)
    {
      const WhyReal *out = p->out[row] + chunk->column;
      why_fetch (out, WHY_PANEL, TRUE);
      if (p->residual)
        why_fetch (out + p->residual, WHY_PANEL, FALSE);
    }
}

/* The compiler keeps accumulators in registers only where the number of rows is a constant. */
static inline void __attribute__ ((always_inline))
run_rest (const Chunk *chunk, gint64 row, const gint vectors, Ahead *ahead)
{
#define REST(rows)                                                                                 \
  case rows:                                                                                       \
    run_tile (chunk, row, rows, vectors, ahead, 2);                                                \
    break

  switch (chunk->product->rows - row)
    {
      REST (1);
      REST (2);
      REST (3);
      REST (4);
      REST (5);
#if WHY_TILE_ROWS > 6
      REST (6);
      REST (7);
      REST (8);
      REST (9);
#endif
    default:
      break;
    }
#undef REST
}

static inline void __attribute__ ((always_inline)) run_rows (const Chunk *chunk, const gint vectors)
{
  gint64 rows = chunk->product->rows, row = 0;
  gssize bytes = WHY_PANEL * (gssize)sizeof (WhyReal); /* of weights a step */
  gssize tiles = (rows + WHY_TILE_ROWS - 1) / WHY_TILE_ROWS;
  Ahead ahead = { (const gchar *)(chunk->weights + chunk->size), (bytes + tiles - 1) / tiles };

  if (rows == WHY_TILE_ROWS)
    {
      run_tile (chunk, row, WHY_TILE_ROWS, vectors, &ahead, 2);
      return;
    }
  for (; row + WHY_TILE_ROWS <= rows; row += WHY_TILE_ROWS)
    {
      fetch_tile (chunk, row + WHY_TILE_ROWS);
      run_tile (chunk, row, WHY_TILE_ROWS, vectors, &ahead, 1);
    }
  run_rest (chunk, row, vectors, &ahead);
}

static void
run_whole_rows (const Chunk *chunk)
{
  run_rows (chunk, 2);
}

static void
run_half_rows (const Chunk *chunk)
{
  run_rows (chunk, 1);
}

/* All chunks of one panel, in order; half: only its first vector is wanted. */
static void
run_panel (const WhyProduct *p, gint64 panel, gboolean half)
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
        chunk.size
            = (chunk.tap_end - chunk.tap_begin) * (chunk.depth_end - chunk.depth_begin) * WHY_PANEL;
        if (half)
          run_half_rows (&chunk);
        else
          run_whole_rows (&chunk);
      }
}

#define EDGE_ROWS 60 /* rows of the last, partial panel that are staged at a time */

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
      run_panel (&staged, 0, live <= WHY_LANES);
      for (gint64 m = 0; m < staged.rows; m++)
        for (gint64 k = 0; k < live; k++)
          p->out[row + m][column + k] = rows[m][k];
    }
}

static void
run_panels (const WhyProduct *p)
{
  for (gint64 panel = p->panel_begin; panel < p->panel_end; panel++)
    if ((panel + 1) * WHY_PANEL <= p->width)
      run_panel (p, panel, FALSE);
    else if (panel * WHY_PANEL + WHY_LANES == p->width)
      run_panel (p, panel, TRUE);
    else
      run_edge_panel (p, panel);
}

#define NEAR_WEIGHTS (24 * 1024) /* bytes of weights that stay in the first-level cache */

/* Few weights are read again for every tile of rows, whose sums then are written in one go, line
 * after line; many are read once for all rows. */
static void
run_product (const WhyProduct *p)
{
  gint64 panels = p->panel_end - p->panel_begin;
  gint64 weights = panels * WHY_PANEL * p->taps * p->depth * (gint64)sizeof (WhyReal);
  WhyProduct part = *p;

  if (weights > NEAR_WEIGHTS || panels < 2)
    {
      run_panels (p);
      return;
    }
  for (gint64 row = 0; row < p->rows; row += part.rows)
    {
      part.rows = MIN (2 * WHY_TILE_ROWS, p->rows - row);
      part.in = p->in + row;
      part.out = p->out + row;
      run_panels (&part);
    }
}
