/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/resample.h"

#include <math.h>

#include "render/quad.h"

static inline gdouble
triangle (gdouble x)
{
  x = fabs (x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

WhyResampler *
why_resampler_new (gint n_in, gdouble from, gdouble to, gint n_out, gint repeat)
{
  WhyResampler *resampler = g_new0 (WhyResampler, 1);
  gdouble scale = (to - from) / n_out;
  gdouble support = MAX (scale, 1.0); /* the triangle's half width is 1 source sample at least */
  gsize capacity = 2 * (gsize)ceil (support) + 1;
  g_autofree gdouble *row = g_new (gdouble, capacity);
  gfloat *weights;

  resampler->n_out = n_out;
  resampler->taps = g_new (WhyTaps, n_out);
  resampler->weights = weights = g_new (gfloat, capacity * n_out * repeat);

  for (gint i = 0; i < n_out; i++)
    {
      gdouble centre = from + (i + 0.5) * scale, sum = 0.0;
      gint begin = CLAMP ((gint)(centre - support + 0.5), 0, n_in - 1);
      gint end = CLAMP ((gint)(centre + support + 0.5), begin + 1, n_in);

      for (gint k = 0; k < end - begin; k++)
        sum += row[k] = triangle ((begin + k - centre + 0.5) / support);
      resampler->taps[i] = (WhyTaps){ begin, end - begin, weights };
      for (gint k = 0; k < end - begin; k++)
        for (gint r = 0; r < repeat; r++)
          *weights++ = sum > 0.0 ? row[k] / sum : 1.0 / (end - begin);
    }
  resampler->begin = resampler->taps[0].begin;
  resampler->end = resampler->taps[n_out - 1].begin + resampler->taps[n_out - 1].n;
  return resampler;
}

void
why_resampler_free (WhyResampler *resampler)
{
  if (resampler == NULL)
    return;
  g_free (resampler->taps);
  g_free (resampler->weights);
  g_free (resampler);
}

/* Σ weight · rgb for the three interleaved channels. Four pixels are twelve floats: lane i of the
 * three sums always holds channel i mod 3. */
static void
dot_rgb (const gfloat *restrict weights, const gfloat *restrict rgb, gint n, gfloat sum[3])
{
  gfloat lanes[12];
  WhyQuad a = { 0 }, b = { 0 }, c = { 0 };
  gint i = 0;

  for (; i + 12 <= 3 * n; i += 12)
    {
      a += why_quad_load (weights + i) * why_quad_load (rgb + i);
      b += why_quad_load (weights + i + 4) * why_quad_load (rgb + i + 4);
      c += why_quad_load (weights + i + 8) * why_quad_load (rgb + i + 8);
    }
  memcpy (lanes, &a, sizeof a);
  memcpy (lanes + 4, &b, sizeof b);
  memcpy (lanes + 8, &c, sizeof c);
  for (gint j = 0; i + j < 3 * n; j++)
    lanes[j] += weights[i + j] * rgb[i + j];
  for (gint j = 0; j < 3; j++)
    sum[j] = (lanes[j] + lanes[j + 3]) + (lanes[j + 6] + lanes[j + 9]);
}

void
why_resampler_row_rgb (const WhyResampler *resampler, const gfloat *rgb, gfloat *out)
{
  gint n = resampler->n_out;

  for (gint i = 0; i < n; i++)
    {
      const WhyTaps *taps = &resampler->taps[i];
      gfloat sum[3];

      dot_rgb (taps->weights, rgb + 3 * (taps->begin - resampler->begin), taps->n, sum);
      out[i] = sum[0];
      out[n + i] = sum[1];
      out[2 * n + i] = sum[2];
    }
}
