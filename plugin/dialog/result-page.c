/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part of the picture is shown to the network, how, and where the map goes. */
#include <glib/gi18n-lib.h>

#include "part.h"
#include "session/arguments.h"

static const WhyChoice view_choices[] = {
  { "", N_ ("The model's own") },
  { "stretch", N_ ("Stretch to the network's shape") },
  { "crop", N_ ("Crop the middle") },
  { "letterbox", N_ ("Fit with borders") },
  { NULL, NULL },
};

typedef struct
{
  WhyPart part;
  GtkWidget *region, *view, *output, *updates;
} Page;

static void
changed (GtkComboBox *combo, Page *page)
{
  const gchar *field = g_object_get_data (G_OBJECT (combo), "why-field");

  if (!page->part.updating)
    why_dialog_set (page->part.state, field, why_choice_get (GTK_WIDGET (combo)));
}

static GtkWidget *
add_row (Page *page, GtkWidget *grid, gint row, const gchar *field, const WhyChoice *choices)
{
  const WhyParam *argument
      = why_param_lookup (why_procedure_lookup ("plug-in-whylayer-explain")->arguments, field);
  GtkWidget *combo = why_choice_new (choices, NULL);

  g_object_set_data (G_OBJECT (combo), "why-field", (gpointer)argument->name);
  why_describe (combo, _ (argument->nick), _ (argument->blurb));
  g_signal_connect (combo, "changed", G_CALLBACK (changed), page);
  why_ui_grid_attach (grid, why_ui_label (_ (argument->nick), combo), 0, row, 1, FALSE);
  why_ui_grid_attach (grid, combo, 1, row, 1, TRUE);
  return combo;
}

static void
updates_toggled (GtkToggleButton *button, Page *page)
{
  if (!page->part.updating)
    why_dialog_set_updates (page->part.state, gtk_toggle_button_get_active (button));
}

/* The tick is there only while a layer is edited. */
static void
show_edited (Page *page)
{
  const gchar *layer = why_dialog_get_edited (page->part.state);
  gboolean updates = why_dialog_get_updates (page->part.state);

  gtk_widget_set_visible (page->updates, layer != NULL);
  gtk_widget_set_sensitive (page->output, !updates);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page->updates), updates);
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Page *page = (Page *)part;
  const WhyRequest *request = why_dialog_get_request (part->state);

  if (!(changes & WHY_DIALOG_SETTINGS))
    return;
  part->updating = TRUE;
  why_choice_set (page->region, why_request_get (request, "region"));
  why_choice_set (page->view, why_request_get (request, "view"));
  why_choice_set (page->output, why_request_get (request, "output"));
  show_edited (page);
  part->updating = FALSE;
}

WhyPart *
why_result_page_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *grid = why_ui_grid ();
  Page *page = why_part_new (sizeof (Page), box, state, update);

  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  page->region = add_row (page, grid, 0, "region", why_region_choices);
  page->view = add_row (page, grid, 1, "view", view_choices);
  page->output = add_row (page, grid, 2, "output", why_output_choices);
  page->updates = gtk_check_button_new_with_mnemonic (_ ("_Update the active layer"));
  why_describe (page->updates, _ ("_Update the active layer"),
                _ ("The active layer is one of Whylayer's: it gets the new map. Otherwise the map "
                   "goes where the result says."));
  gtk_widget_set_no_show_all (page->updates, TRUE);
  g_signal_connect (page->updates, "toggled", G_CALLBACK (updates_toggled), page);
  gtk_box_pack_start (GTK_BOX (box), grid, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->updates, FALSE, FALSE, 0);
  return &page->part;
}
