/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "item.h"

#include <string.h>

#include "gimp.h"

/* How many predictions a layer remembers. */
#define RECORD_TOP 5

/* Takes line; the end of the text is part of a parasite. */
static GBytes *
record_bytes (gchar *line)
{
  return g_bytes_new_take (line, strlen (line) + 1);
}

void
why_item_init_report (WhyItem *item, const WhyReport *report)
{
  *item = (WhyItem){ why_report_get_drawing (report), report->layer_name,
                     record_bytes (why_report_to_json_line (report, RECORD_TOP)),
                     why_npy_write (report->explanation->map) };
}

void
why_item_init_stored (WhyItem *item, const WhyStored *stored)
{
  *item = (WhyItem){ .drawing = why_stored_get_drawing (stored),
                     .record = record_bytes (why_stored_to_json_line (stored)) };
}

void
why_item_clear (WhyItem *item)
{
  g_clear_pointer (&item->record, g_bytes_unref);
  g_clear_pointer (&item->map, g_bytes_unref);
}

void
why_item_attach (const WhyItem *item, gint id)
{
  if (item->record)
    why_gimp_item_attach_parasite (id, WHY_PARASITE_JSON, item->record);
  if (item->map)
    why_gimp_item_attach_parasite (id, WHY_PARASITE_MAP, item->map);
}

void
why_item_blend (const WhyItem *item, gint layer)
{
  const WhyParams *style = item->drawing.style;

  why_gimp_layer_set_blending (layer, why_style_get_opacity (style), why_style_get_mode (style));
}
