/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/cosine.h"

#include <math.h>

#include "kernels/gemm.h"

struct _WhyCosine
{
  gint height, width;
  WhyReal *rows, *columns; /* [h,h], [w,w]: row u holds basis function u */
  WhyReal *half;           /* [h,w]: one axis done */
};

static WhyReal *
basis (gint n)
{
  WhyReal *matrix = g_new (WhyReal, (gsize)n * n);

  for (gint u = 0; u < n; u++)
    for (gint i = 0; i < n; i++)
      matrix[u * n + i]
          = (WhyReal)(sqrt ((u == 0 ? 1.0 : 2.0) / n) * cos (G_PI * (i + 0.5) * u / n));
  return matrix;
}

WhyCosine *
why_cosine_new (gint height, gint width)
{
  WhyCosine *cosine = g_new0 (WhyCosine, 1);

  cosine->height = height;
  cosine->width = width;
  cosine->rows = basis (height);
  cosine->columns = basis (width);
  cosine->half = g_new (WhyReal, (gsize)height * width);
  return cosine;
}

void
why_cosine_free (WhyCosine *cosine)
{
  if (!cosine)
    return;
  g_free (cosine->rows);
  g_free (cosine->columns);
  g_free (cosine->half);
  g_free (cosine);
}

/* out = op (rows) · in · op (columns)ᵀ */
static void
transform (WhyCosine *cosine, gboolean inverse, const WhyReal *in, WhyReal *out)
{
  gint h = cosine->height, w = cosine->width;

  why_gemm (inverse, FALSE, h, w, h, 1, cosine->rows, h, in, w, 0, cosine->half, w);
  why_gemm (FALSE, !inverse, h, w, w, 1, cosine->half, w, cosine->columns, w, 0, out, w);
}

void
why_cosine_forward (WhyCosine *cosine, const WhyReal *plane, WhyReal *coefficients)
{
  transform (cosine, FALSE, plane, coefficients);
}

void
why_cosine_inverse (WhyCosine *cosine, const WhyReal *coefficients, WhyReal *plane)
{
  transform (cosine, TRUE, coefficients, plane);
}

gdouble
why_cosine_frequency (const WhyCosine *cosine, gint u, gint v)
{
  return G_PI * hypot ((gdouble)u / cosine->height, (gdouble)v / cosine->width);
}

void
why_cosine_blur (const WhyCosine *cosine, const WhyReal *coefficients, gdouble sigma,
                 WhyReal *blurred)
{
  for (gint u = 0; u < cosine->height; u++)
    for (gint v = 0; v < cosine->width; v++)
      {
        gdouble x = sigma * why_cosine_frequency (cosine, u, v);
        gint i = u * cosine->width + v;
        blurred[i] = coefficients[i] * (WhyReal)exp (-0.5 * x * x);
      }
}
