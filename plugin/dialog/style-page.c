/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the map is drawn: the whole style table, and what cannot be drawn said in words. */
#include <glib/gi18n-lib.h>

#include "part.h"

typedef struct
{
  WhyPart part;
  WhyPart *rows;
  GtkWidget *scale;
} Page;

static void
show_scale (Page *page)
{
  const WhyReport *report = why_dialog_get_report (page->part.state);
  g_autofree gchar *text = NULL;

  if (!report)
    return;
  if (report->scale.empty)
    text = g_strdup (_ ("There is no evidence of this sign: choose the other sign, or both."));
  else
    /* Translators: the value of the map that gets the strongest color; rows × columns of cells. */
    text = g_strdup_printf (_ ("Strongest color at %.3g; %d × %d cells."), report->scale.high,
                            (gint)report->cells->shape.dims[0], (gint)report->cells->shape.dims[1]);
  gtk_label_set_text (GTK_LABEL (page->scale), text);
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Page *page = (Page *)part;

  page->rows->update (page->rows, changes);
  if (changes & WHY_DIALOG_MAP)
    show_scale (page);
}

WhyPart *
why_style_page_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  Page *page = why_part_new (sizeof (Page), box, state, update);

  page->rows = why_rows_new (state, why_dialog_get_style, why_dialog_set_style_param);
  page->scale = why_ui_text (44);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), page->rows->widget, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->scale, FALSE, FALSE, 0);
  return &page->part;
}
