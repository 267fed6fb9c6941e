/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/lstsq.h"

#include <math.h>

static gboolean
factorise (gdouble *a, gint n)
{
  for (gint j = 0; j < n; j++)
    for (gint i = j; i < n; i++)
      {
        gdouble sum = a[i * n + j];
        for (gint k = 0; k < j; k++)
          sum -= a[i * n + k] * a[j * n + k];
        if (i > j)
          a[i * n + j] = sum / a[j * n + j];
        else if (sum > 0.0)
          a[j * n + j] = sqrt (sum);
        else
          return FALSE;
      }
  return TRUE;
}

gboolean
why_solve_spd (gdouble *a, gdouble *b, gint n)
{
  if (!factorise (a, n))
    return FALSE;
  for (gint i = 0; i < n; i++)
    {
      for (gint k = 0; k < i; k++)
        b[i] -= a[i * n + k] * b[k];
      b[i] /= a[i * n + i];
    }
  for (gint i = n - 1; i >= 0; i--)
    {
      for (gint k = i + 1; k < n; k++)
        b[i] -= a[k * n + i] * b[k];
      b[i] /= a[i * n + i];
    }
  return TRUE;
}
