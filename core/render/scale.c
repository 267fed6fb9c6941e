/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "render/palette.h"

/* Puts the element of rank k in its place, smaller ones before and larger ones behind it
 * (Hoare's FIND, CACM 4, 1961). */
static void
select_rank (gdouble *values, gsize n, gsize k)
{
  gsize low = 0, high = n - 1;

  while (low < high)
    {
      gdouble pivot = values[low + (high - low) / 2];
      gsize i = low, j = high;

      for (;;)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i >= j)
            break;
          gdouble swap = values[i];
          values[i++] = values[j];
          values[j--] = swap;
        }
      /* low … j ≤ pivot ≤ j + 1 … high; i - j is 0 or 1 */
      if (k <= j)
        high = j;
      else
        low = j + 1;
    }
}

/* Linear interpolation between ranks, as NumPy's percentile. Reorders values; n > 0. */
static gdouble
percentile (gdouble *values, gsize n, gdouble percent)
{
  gdouble rank = (n - 1) * percent / 100, share;
  gsize k = MIN ((gsize)rank, n - 1);
  gdouble next;

  select_rank (values, n, k);
  share = rank - k;
  if (share <= 0 || k + 1 >= n)
    return values[k];
  next = values[k + 1];
  for (gsize i = k + 2; i < n; i++)
    next = MIN (next, values[i]);
  return values[k] + share * (next - values[k]);
}

void
why_style_get_scale (const WhyParams *style, const WhyTensor *cells, WhyScale *scale)
{
  WhySign sign = why_style_get_sign (style);
  gint64 n_cells = why_tensor_numel (cells);
  g_autofree gdouble *values = g_new (gdouble, MAX (n_cells, 1));
  gsize n = 0;

  /* Cells without evidence of the sign do not count: a map that is zero almost everywhere still
   * has a scale. */
  for (gint64 i = 0; i < n_cells; i++)
    {
      gdouble share = why_sign_share (sign, cells->real[i]);

      if (isfinite (share) && share > 0)
        values[n++] = share;
    }

  *scale = (WhyScale){ .high = why_params_get_double (style, "scale"), .empty = n == 0 };
  if (scale->high == 0 && n > 0)
    scale->high = percentile (values, n, why_params_get_double (style, "clip"));
  if (sign == WHY_SIGN_BOTH)
    scale->low = -scale->high;
}
