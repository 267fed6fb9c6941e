/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence of a layer that is there as a selection, a channel or a mask. */
#include <math.h>
#include <stdlib.h>

#include "gimp.h"
#include "host.h"
#include "item.h"

static gint
compare_falling (gconstpointer a, gconstpointer b)
{
  WhyReal left = *(const WhyReal *)a, right = *(const WhyReal *)b;

  return (left < right) - (left > right);
}

/* Only the strongest cells remain, all alike: at most share percent of them, and none without
 * evidence. */
static gboolean
keep_strongest (WhyStored *stored, gdouble share, GError **error)
{
  const gchar *sign = why_params_get_choice (stored->style, "sign");
  gint64 n = why_tensor_numel (stored->cells), keep = (gint64)ceil (share / 100.0 * (gdouble)n);
  WhyReal *cells = stored->cells->real;
  g_autofree WhyReal *sorted = NULL;
  WhyReal least;

  for (gint64 i = 0; i < n; i++)
    cells[i] = g_str_equal (sign, "both")       ? (WhyReal)fabs (cells[i])
               : g_str_equal (sign, "negative") ? -cells[i]
                                                : cells[i];
  sorted = g_memdup2 (cells, (gsize)n * sizeof *cells);
  qsort (sorted, (size_t)n, sizeof *sorted, compare_falling);
  least = sorted[CLAMP (keep, 1, n) - 1];
  for (gint64 i = 0; i < n; i++)
    cells[i] = cells[i] > 0 && cells[i] >= least;
  if (!why_stored_set_style (stored, "sign=positive;threshold=0;gamma=1;cells=native", error))
    return FALSE;
  stored->scale = (WhyScale){ 0, 1, FALSE };
  return TRUE;
}

/* The uppermost visible layer of the picture itself, which the evidence may mask; -1 for none. */
static gint
find_picture_layer (const WhyHost *host)
{
  g_autoptr (GArray) layers = why_gimp_get_layers (host->image, WHY_NONE);

  for (guint i = 0; i < layers->len; i++)
    {
      gint layer = g_array_index (layers, gint, i);

      if (!why_host_is_own (layer) && why_gimp_item_get_visible (layer))
        return layer;
    }
  return WHY_NONE;
}

gboolean
why_host_select (WhyHost *host, gdouble share, const gchar *sign, const gchar *output,
                 GError **error)
{
  g_autoptr (WhyStored) stored = why_host_need_stored (host, error);
  g_autofree gchar *name = stored ? why_gimp_item_get_name (host->drawable) : NULL;
  g_autofree gchar *change = *sign ? g_strconcat ("sign=", sign, NULL) : g_strdup ("");
  WhyItem item = { .name = name };

  if (!stored || !why_stored_set_style (stored, change, error)
      || (share > 0 && !keep_strongest (stored, share, error)))
    return FALSE;
  item.drawing = why_stored_get_drawing (stored);
  return why_item_write_evidence (&item, host, find_picture_layer (host), output, error);
}
