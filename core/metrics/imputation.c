/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "metrics/imputation.h"

#include <math.h>
#include <string.h>

/* Far below the noise that is added, in a few hundred steps at most. */
#define TOLERANCE 1e-4
#define STEPS_MOST 2000

/* Weights of the paper. */
#define DIRECT (1.0 / 6.0)
#define DIAGONAL (1.0 / 12.0)

typedef struct
{
  const gboolean *missing;
  gint height, width;
} Hole;

/* The system of the missing pixels: Σ w (v - v_neighbour) = 0. With others, known pixels take part
 * as neighbours; without, they count as zero. out: [H,W], 0 where nothing is missing. */
static void
apply (const Hole *hole, const gdouble *v, gboolean others, gdouble *out)
{
  for (gint y = 0; y < hole->height; y++)
    for (gint x = 0; x < hole->width; x++)
      {
        gint at = y * hole->width + x;
        gdouble sum = 0.0;

        out[at] = 0.0;
        if (!hole->missing[at])
          continue;
        for (gint ny = MAX (y - 1, 0); ny <= MIN (y + 1, hole->height - 1); ny++)
          for (gint nx = MAX (x - 1, 0); nx <= MIN (x + 1, hole->width - 1); nx++)
            {
              gint near = ny * hole->width + nx;
              gdouble other = others || hole->missing[near] ? v[near] : 0.0;

              sum += (ny == y || nx == x ? DIRECT : DIAGONAL) * (v[at] - other);
            }
        out[at] = sum;
      }
}

static gdouble
dot (const gdouble *a, const gdouble *b, gint n)
{
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Conjugate gradients: the system is symmetric and, with a pixel to hold on to, positive definite.
 */
static void
solve (const Hole *hole, gdouble *v)
{
  gint n = hole->height * hole->width;
  g_autofree gdouble *residual = g_new (gdouble, n);
  g_autofree gdouble *direction = g_new (gdouble, n);
  g_autofree gdouble *applied = g_new (gdouble, n);
  gdouble now, goal;

  apply (hole, v, TRUE, residual);
  for (gint i = 0; i < n; i++)
    direction[i] = residual[i] = -residual[i];
  now = dot (residual, residual, n);
  goal = now * TOLERANCE * TOLERANCE;
  for (gint step = 0; step < STEPS_MOST && now > goal; step++)
    {
      gdouble length, before = now;

      apply (hole, direction, FALSE, applied);
      length = now / dot (direction, applied, n);
      for (gint i = 0; i < n; i++)
        {
          v[i] += length * direction[i];
          residual[i] -= length * applied[i];
        }
      now = dot (residual, residual, n);
      for (gint i = 0; i < n; i++)
        direction[i] = residual[i] + now / before * direction[i];
    }
}

/* The solver starts from the mean of what is there. */
void
why_impute (WhyReal *plane, const gboolean *missing, gint height, gint width)
{
  const Hole hole = { missing, height, width };
  gint n = height * width, known = 0;
  g_autofree gdouble *v = g_new (gdouble, n);
  gdouble sum = 0.0;

  for (gint i = 0; i < n; i++)
    if (!missing[i])
      {
        sum += (gdouble)plane[i];
        known++;
      }
  g_return_if_fail (known > 0);
  for (gint i = 0; i < n; i++)
    v[i] = missing[i] ? sum / known : (gdouble)plane[i];
  solve (&hole, v);
  for (gint i = 0; i < n; i++)
    plane[i] = (WhyReal)v[i];
}
