/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: each channel with its own small filter. */

static inline WhyVec
depthwise_finish (const WhyDepthwise *d, WhyVec sum)
{
  return d->clamp ? why_vec_min (why_vec_max (sum, WHY_SPLAT (d->low)), WHY_SPLAT (d->high)) : sum;
}

/* What no tap of the rows before has read is far away as a rule: asked for one block of rows ahead,
 * it is there in time. */
static inline void __attribute__ ((always_inline))
depthwise_fetch (const WhyDepthwise *d, gint64 row, const gint rows, gint64 c, const gint vectors)
{
  for (gint i = 0; i < d->n_fresh; i++)
    {
      const WhyReal *const *in = d->in + d->fresh[i] * d->ld + row;
#pragma GCC unroll 4
      for (gint m = 0; m < rows; m++)
        why_fetch (in[m] + c, vectors * WHY_LANES, FALSE);
    }
#pragma GCC unroll 4
  for (gint m = 0; m < rows; m++)
    why_fetch (d->out[row + m] + c, vectors * WHY_LANES, TRUE);
}

/* Rows share the weights' loads, vectors those of the pointers. Unrolled throughout, so that the
 * sums stay in registers. */
static inline void __attribute__ ((always_inline))
depthwise_block (const WhyDepthwise *d, gint64 row, const gint rows, gint64 c, const gint vectors,
                 gboolean fetches)
{
  WhyVec sum[4][2];

#pragma GCC unroll 2
  for (gint v = 0; v < vectors; v++)
    {
      WhyVec bias = d->bias ? WHY_LOAD (d->bias + c + v * WHY_LANES) : (WhyVec){ 0 };
#pragma GCC unroll 4
      for (gint m = 0; m < rows; m++)
        sum[m][v] = bias;
    }
  if (d->accumulate)
    {
#pragma GCC unroll 4
      for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
        for (gint v = 0; v < vectors; v++)
          sum[m][v] += WHY_LOAD (d->out[row + m] + c + v * WHY_LANES);
    }
  if (fetches)
    depthwise_fetch (d, row + rows, rows, c, vectors);
  for (gint tap = 0; tap < d->taps; tap++)
    {
      WhyVec w[2];
#pragma GCC unroll 2
      for (gint v = 0; v < vectors; v++)
        w[v] = WHY_LOAD (d->weights + tap * d->channels + c + v * WHY_LANES);
#pragma GCC unroll 4
      for (gint m = 0; m < rows; m++)
        {
          const WhyReal *in = d->in[tap * d->ld + row + m] + c;
#pragma GCC unroll 2
          for (gint v = 0; v < vectors; v++)
            sum[m][v] += w[v] * WHY_LOAD (in + v * WHY_LANES);
        }
    }
#pragma GCC unroll 4
  for (gint m = 0; m < rows; m++)
#pragma GCC unroll 2
    for (gint v = 0; v < vectors; v++)
      WHY_STORE (d->out[row + m] + c + v * WHY_LANES, depthwise_finish (d, sum[m][v]));
}

static inline void __attribute__ ((always_inline))
depthwise_rows (const WhyDepthwise *d, gint64 row, const gint rows)
{
  gboolean fetches = row + 2 * rows <= d->rows;
  gint64 c = 0;

  for (; c + 2 * WHY_LANES <= d->channels; c += 2 * WHY_LANES)
    depthwise_block (d, row, rows, c, 2, fetches);
  for (; c + WHY_LANES <= d->channels; c += WHY_LANES)
    depthwise_block (d, row, rows, c, 1, fetches);
}

static void
depthwise_scalar (const WhyDepthwise *d, gint64 row, gint64 c)
{
  WhyReal sum = d->bias ? d->bias[c] : 0;

  if (d->accumulate)
    sum += d->out[row][c];
  for (gint tap = 0; tap < d->taps; tap++)
    sum += d->weights[tap * d->channels + c] * d->in[tap * d->ld + row][c];
  d->out[row][c] = d->clamp ? MIN (MAX (sum, d->low), d->high) : sum;
}

static void
run_depthwise (const WhyDepthwise *d)
{
  gint64 whole = d->channels - d->channels % WHY_LANES, row = 0;

  for (; row + 4 <= d->rows; row += 4)
    depthwise_rows (d, row, 4);
  for (; row < d->rows; row++)
    depthwise_rows (d, row, 1);
  for (row = 0; row < d->rows; row++)
    for (gint64 c = whole; c < d->channels; c++)
      depthwise_scalar (d, row, c);
}
