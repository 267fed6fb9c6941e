/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: each channel with its own small filter. */

static inline WhyVec
depthwise_finish (const WhyDepthwise *d, WhyVec sum)
{
  return d->clamp ? why_vec_min (why_vec_max (sum, WHY_SPLAT (d->low)), WHY_SPLAT (d->high)) : sum;
}

/* Two rows at a time share the weights' loads. */
static inline void __attribute__ ((always_inline))
depthwise_vector (const WhyDepthwise *d, gint64 row, const gint rows, gint64 c)
{
  WhyVec sum[4];

  for (gint m = 0; m < rows; m++)
    {
      sum[m] = d->bias ? WHY_LOAD (d->bias + c) : (WhyVec){ 0 };
      if (d->accumulate)
        sum[m] += WHY_LOAD (d->out[row + m] + c);
    }
  for (gint tap = 0; tap < d->taps; tap++)
    {
      WhyVec w = WHY_LOAD (d->weights + tap * d->channels + c);
#pragma GCC unroll 4
      for (gint m = 0; m < rows; m++)
        sum[m] += w * WHY_LOAD (d->in[tap * d->ld + row + m] + c);
    }
  for (gint m = 0; m < rows; m++)
    WHY_STORE (d->out[row + m] + c, depthwise_finish (d, sum[m]));
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
    for (gint64 c = 0; c < whole; c += WHY_LANES)
      depthwise_vector (d, row, 4, c);
  for (; row < d->rows; row++)
    for (gint64 c = 0; c < whole; c += WHY_LANES)
      depthwise_vector (d, row, 1, c);
  for (row = 0; row < d->rows; row++)
    for (gint64 c = whole; c < d->channels; c++)
      depthwise_scalar (d, row, c);
}
