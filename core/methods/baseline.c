/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/method.h"
#include "whylayer/rng.h"
#include "whylayer/view.h"

/* A baseline blur that leaves colours and removes shapes: an eighth of the shorter side. */
#define BLUR_SHARE 0.125

const WhyChoice why_baselines[] = {
  { "black", N_ ("Black") },          { "white", N_ ("White") }, { "mean", N_ ("Mean colour") },
  { "blur", N_ ("Blurred picture") }, { "noise", N_ ("Noise") }, { NULL, NULL },
};

static gint
mirrored (gint i, gint n)
{
  gint period = 2 * n;

  i = ((i % period) + period) % period;
  return i < n ? i : period - 1 - i;
}

/** A Gaussian, and room for a line of a plane and its sums. */
typedef struct
{
  gint radius;
  const gdouble *weights; /* [2·radius + 1] */
  gdouble *line;          /* [width + 2·radius] */
  gdouble *sums;          /* [width] */
} Blur;

/* Sums go over all of a line at once, so that the compiler makes vectors of it. */
static void
add_weighted (gdouble *restrict sums, const gdouble *restrict line, gdouble weight, gint n)
{
  for (gint i = 0; i < n; i++)
    sums[i] += weight * line[i];
}

static void
put_sums (const Blur *blur, gint n, WhyReal *out)
{
  for (gint i = 0; i < n; i++)
    out[i] = (WhyReal)blur->sums[i];
}

static void
blur_across (const Blur *blur, const WhyReal *in, gint width, WhyReal *out)
{
  for (gint i = 0; i < width + 2 * blur->radius; i++)
    blur->line[i] = (gdouble)in[mirrored (i - blur->radius, width)];
  memset (blur->sums, 0, (gsize)width * sizeof *blur->sums);
  for (gint k = 0; k <= 2 * blur->radius; k++)
    add_weighted (blur->sums, blur->line + k, blur->weights[k], width);
  put_sums (blur, width, out);
}

static void
blur_down (const Blur *blur, const WhyReal *plane, gint y, gint height, gint width, WhyReal *out)
{
  memset (blur->sums, 0, (gsize)width * sizeof *blur->sums);
  for (gint k = 0; k <= 2 * blur->radius; k++)
    {
      const WhyReal *row = plane + (gsize)mirrored (y + k - blur->radius, height) * width;
      for (gint x = 0; x < width; x++)
        blur->sums[x] += blur->weights[k] * (gdouble)row[x];
    }
  put_sums (blur, width, out);
}

static gdouble *
gaussian_weights (gdouble sigma, gint radius)
{
  gdouble *weights = g_new (gdouble, 2 * radius + 1);
  gdouble sum = 0.0;

  for (gint k = -radius; k <= radius; k++)
    sum += weights[k + radius] = exp (-0.5 * k * k / (sigma * sigma));
  for (gint k = 0; k <= 2 * radius; k++)
    weights[k] /= sum;
  return weights;
}

void
why_blur (const WhyReal *in, gint channels, gint height, gint width, gdouble sigma, WhyReal *out)
{
  why_blur_window (in, channels, height, width, sigma, (gint)ceil (4.0 * sigma), out);
}

void
why_blur_window (const WhyReal *in, gint channels, gint height, gint width, gdouble sigma,
                 gint radius, WhyReal *out)
{
  gsize plane = (gsize)height * width;
  g_autofree gdouble *weights = NULL;
  g_autofree gdouble *line = NULL;
  g_autofree gdouble *sums = NULL;
  g_autofree WhyReal *rows = NULL;
  Blur blur;

  if (sigma <= 0.0)
    {
      memmove (out, in, (gsize)channels * plane * sizeof (WhyReal));
      return;
    }
  weights = gaussian_weights (sigma, radius);
  line = g_new (gdouble, width + 2 * radius);
  sums = g_new (gdouble, width);
  rows = g_new (WhyReal, plane);
  blur = (Blur){ radius, weights, line, sums };
  for (gint c = 0; c < channels; c++)
    {
      for (gint y = 0; y < height; y++)
        blur_across (&blur, in + c * plane + (gsize)y * width, width, rows + (gsize)y * width);
      for (gint y = 0; y < height; y++)
        blur_down (&blur, rows, y, height, width, out + c * plane + (gsize)y * width);
    }
}

/* Uniform pixel noise, as the network would be shown it. */
static void
fill_noise (WhyTask *task, guint64 seed, WhyReal *out)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *low = g_new (WhyReal, task->channels);
  g_autofree WhyReal *high = g_new (WhyReal, task->channels);
  WhyRng rng;

  why_rng_init (&rng, seed, 0);
  why_preprocessing_pixel (why_model_get_preprocessing (task->model), 0.0, low);
  why_preprocessing_pixel (why_model_get_preprocessing (task->model), 1.0, high);
  for (gint c = 0; c < task->channels; c++)
    for (gint64 p = 0; p < plane; p++)
      out[c * plane + p] = low[c] + (high[c] - low[c]) * (WhyReal)why_rng_uniform (&rng);
}

static void
fill_pixel (WhyTask *task, gdouble pixel, WhyReal *out)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autofree WhyReal *values = g_new (WhyReal, task->channels);

  why_preprocessing_pixel (why_model_get_preprocessing (task->model), pixel, values);
  for (gint c = 0; c < task->channels; c++)
    for (gint64 p = 0; p < plane; p++)
      out[c * plane + p] = values[c];
}

void
why_task_baseline (WhyTask *task, const gchar *id, guint64 seed, WhyReal *out)
{
  if (strcmp (id, "black") == 0)
    fill_pixel (task, 0.0, out);
  else if (strcmp (id, "white") == 0)
    fill_pixel (task, 1.0, out);
  else if (strcmp (id, "blur") == 0)
    why_blur (task->x, task->channels, task->height, task->width,
              BLUR_SHARE * MIN (task->height, task->width), out);
  else if (strcmp (id, "noise") == 0)
    fill_noise (task, seed, out);
  else /* mean: zero after normalisation */
    memset (out, 0, (gsize)task->channels * task->height * task->width * sizeof (WhyReal));
}

/* Where output centre i falls among n input centres, clamped to the outermost ones. */
static void
locate (gint i, gint n_out, gint n, gint *at, WhyReal *share)
{
  gdouble position = (i + 0.5) * n / n_out - 0.5;

  position = CLAMP (position, 0.0, n - 1.0);
  *at = MIN ((gint)position, MAX (n - 2, 0));
  *share = (WhyReal)(position - *at);
}

/* One source row enlarged to the output's width. */
static void
widen (const WhyReal *row, gint w, const gint *at, const WhyReal *share, WhyReal *out, gint width)
{
  for (gint x = 0; x < width; x++)
    out[x] = row[at[x]] * (1 - share[x]) + row[MIN (at[x] + 1, w - 1)] * share[x];
}

void
why_upsample (const WhyReal *in, gint h, gint w, WhyReal *out, gint height, gint width)
{
  g_autofree gint *at = g_new (gint, width);
  g_autofree WhyReal *share = g_new (WhyReal, 3 * (gsize)width);
  WhyReal *top = share + width, *bottom = top + width;
  gint widened = -1; /* the source row that top holds; bottom holds the next */

  for (gint x = 0; x < width; x++)
    locate (x, width, w, &at[x], &share[x]);
  for (gint y = 0; y < height; y++, out += width)
    {
      gint row;
      WhyReal down;
      locate (y, height, h, &row, &down);
      if (row != widened)
        {
          widen (in + row * w, w, at, share, top, width);
          widen (in + MIN (row + 1, h - 1) * w, w, at, share, bottom, width);
          widened = row;
        }
      for (gint x = 0; x < width; x++)
        out[x] = top[x] * (1 - down) + bottom[x] * down;
    }
}
