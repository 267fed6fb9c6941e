/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Whylayer layer, mask or channel is made of. */
#pragma once

#include "host/host.h"

G_BEGIN_DECLS

typedef struct
{
  WhyDrawing drawing;
  const gchar *name; /* NULL: the item keeps its own */
  GBytes *record;    /* the JSON object that it carries as its parasite; NULL: none */
  GBytes *map;       /* the raw map; NULL: the item keeps its own, only the drawing changes */
} WhyItem;

/* They borrow from report or stored, which must live as long. */
void why_item_init_report (WhyItem *item, const WhyReport *report);
void why_item_init_stored (WhyItem *item, const WhyStored *stored);
void why_item_clear (WhyItem *item);

/* Lets a GIMP item carry the record and the map. */
void why_item_attach (const WhyItem *item, gint id);
/* Writes its evidence as the mask of a layer, a channel or the selection, undone in one step. */
gboolean why_item_write_evidence (const WhyItem *item, const WhyHost *host, gint layer,
                                  const gchar *output, GError **error);
/* Gives a layer the style's opacity and mode. */
void why_item_blend (const WhyItem *item, gint layer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WhyItem, why_item_clear)

G_END_DECLS
