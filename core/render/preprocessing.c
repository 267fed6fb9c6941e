/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/view.h"

/* ITU-R BT.601 luma, as Pillow's convert ("L"). */
static const gdouble luma[3] = { 0.299, 0.587, 0.114 };

static gint
n_channels (const WhyPreprocessing *preprocessing)
{
  return preprocessing->channels == WHY_CHANNELS_GRAY ? 1 : 3;
}

/* Which of R, G, B network channel c holds. */
static gint
source_of (const WhyPreprocessing *preprocessing, gint c)
{
  return preprocessing->channels == WHY_CHANNELS_BGR ? 2 - c : c;
}

/* normalised = pixel * gain + bias */
static void
get_affine (const WhyPreprocessing *preprocessing, gint c, gdouble *gain, gdouble *bias)
{
  gdouble low = preprocessing->range[0], high = preprocessing->range[1];

  *gain = (high - low) / preprocessing->std[c];
  *bias = (low - preprocessing->mean[c]) / preprocessing->std[c];
}

void
why_preprocessing_apply (const WhyPreprocessing *preprocessing, gint width, gint height,
                         const gfloat *rgb, WhyReal *input)
{
  gsize n = (gsize)width * height;

  for (gint c = 0; c < n_channels (preprocessing); c++)
    {
      const gfloat *in = rgb + source_of (preprocessing, c) * n;
      WhyReal *out = input + c * n;
      gdouble gain, bias;

      get_affine (preprocessing, c, &gain, &bias);
      if (preprocessing->channels == WHY_CHANNELS_GRAY)
        for (gsize i = 0; i < n; i++)
          out[i] = (luma[0] * in[i] + luma[1] * in[n + i] + luma[2] * in[2 * n + i]) * gain + bias;
      else
        for (gsize i = 0; i < n; i++)
          out[i] = in[i] * gain + bias;
    }
}

void
why_preprocessing_invert (const WhyPreprocessing *preprocessing, gint width, gint height,
                          const WhyReal *input, gfloat *rgb)
{
  gsize n = (gsize)width * height;
  gint channels = n_channels (preprocessing);

  for (gint plane = 0; plane < 3; plane++)
    {
      gint c = channels == 1 ? 0 : source_of (preprocessing, plane);
      gdouble gain, bias;

      get_affine (preprocessing, c, &gain, &bias);
      for (gsize i = 0; i < n; i++)
        rgb[plane * n + i] = gain != 0.0 ? (input[c * n + i] - bias) / gain : 0.0;
    }
}

void
why_preprocessing_pixel (const WhyPreprocessing *preprocessing, gdouble pixel, WhyReal *values)
{
  for (gint c = 0; c < n_channels (preprocessing); c++)
    {
      gdouble gain, bias;

      get_affine (preprocessing, c, &gain, &bias);
      values[c] = pixel * gain + bias;
    }
}
