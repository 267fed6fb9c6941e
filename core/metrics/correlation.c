/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/correlation.h"

#include <math.h>
#include <stdlib.h>

gdouble
why_correlate (const gdouble *a, const gdouble *b, gint64 n)
{
  gdouble mean_a = 0.0, mean_b = 0.0, ab = 0.0, aa = 0.0, bb = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      mean_a += a[i] / (gdouble)n;
      mean_b += b[i] / (gdouble)n;
    }
  for (gint64 i = 0; i < n; i++)
    {
      ab += (a[i] - mean_a) * (b[i] - mean_b);
      aa += (a[i] - mean_a) * (a[i] - mean_a);
      bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
  return aa > 0.0 && bb > 0.0 ? ab / sqrt (aa * bb) : NAN;
}

typedef struct
{
  gdouble value;
  gint64 index;
} Item;

static gint
compare_items (gconstpointer a, gconstpointer b)
{
  gdouble x = ((const Item *)a)->value, y = ((const Item *)b)->value;

  return (x > y) - (x < y);
}

void
why_rank (gdouble *values, gint64 n)
{
  g_autofree Item *items = g_new (Item, n);

  for (gint64 i = 0; i < n; i++)
    items[i] = (Item){ values[i], i };
  qsort (items, (gsize)n, sizeof *items, compare_items);
  for (gint64 from = 0, to; from < n; from = to)
    {
      for (to = from + 1; to < n && items[to].value == items[from].value; to++)
        ;
      for (gint64 i = from; i < to; i++)
        values[items[i].index] = (gdouble)(from + to - 1) / 2.0;
    }
}
