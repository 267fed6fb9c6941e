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
  GtkWidget *region, *view, *output, *classes, *convert, *updates;
  gboolean is_rgb; /* the image has colors already */
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

static WhyOutputSpec
get_output (const Page *page)
{
  WhyOutputSpec spec;

  if (!why_output_spec_parse (why_request_get (why_dialog_get_request (page->part.state), "output"),
                              &spec, NULL))
    why_output_spec_parse (NULL, &spec, NULL);
  return spec;
}

static void
output_changed (GtkWidget *widget, Page *page)
{
  WhyOutputSpec spec = get_output (page);
  g_autofree gchar *text = NULL;

  if (page->part.updating)
    return;
  spec.kind = why_choice_get (page->output);
  spec.classes = gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (page->classes));
  spec.convert = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (page->convert));
  text = why_output_spec_to_string (&spec);
  why_dialog_set (page->part.state, "output", text);
}

static void
show_output (Page *page)
{
  WhyOutputSpec spec = get_output (page);
  gboolean is_group = g_str_equal (spec.kind, "group");
  gboolean updates = why_dialog_get_updates (page->part.state);

  why_choice_set (page->output, spec.kind);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (page->classes), spec.classes);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page->convert), spec.convert);
  gtk_widget_set_sensitive (page->output, !updates);
  gtk_widget_set_sensitive (page->classes, is_group && !updates);
  gtk_widget_set_sensitive (page->convert, !page->is_rgb && !updates
                                               && (is_group || g_str_equal (spec.kind, "layer")));
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

  gtk_widget_set_visible (page->updates, layer != NULL);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (page->updates),
                                why_dialog_get_updates (page->part.state));
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
  show_output (page);
  show_edited (page);
  part->updating = FALSE;
}

static void
add_output (Page *page, GtkWidget *grid)
{
  const WhyParam *argument
      = why_param_lookup (why_procedure_lookup ("plug-in-whylayer-explain")->arguments, "output");

  page->output = why_choice_new (why_output_choices, NULL);
  why_describe (page->output, _ (argument->nick), _ ("Where the map goes."));
  g_signal_connect (page->output, "changed", G_CALLBACK (output_changed), page);
  why_ui_grid_attach (grid, why_ui_label (_ (argument->nick), page->output), 0, 2, 1, FALSE);
  why_ui_grid_attach (grid, page->output, 1, 2, 1, TRUE);

  page->classes = gtk_spin_button_new_with_range (1, WHY_MAX_GROUP, 1);
  why_describe (page->classes, _ ("_Classes"),
                _ ("How many of the most probable classes get a layer of the group."));
  g_signal_connect (page->classes, "value-changed", G_CALLBACK (output_changed), page);
  why_ui_grid_attach (grid, why_ui_label (_ ("_Classes"), page->classes), 0, 3, 1, FALSE);
  why_ui_grid_attach (grid, page->classes, 1, 3, 1, FALSE);

  page->convert = gtk_check_button_new_with_mnemonic (_ ("Con_vert the image to RGB"));
  why_describe (page->convert, _ ("Con_vert the image to RGB"),
                _ ("This image has no colors. Without the tick the result goes to a new RGB image "
                   "and this one stays as it is."));
  g_signal_connect (page->convert, "toggled", G_CALLBACK (output_changed), page);
  why_ui_grid_attach (grid, page->convert, 0, 4, 2, TRUE);
  gtk_widget_set_no_show_all (page->convert, page->is_rgb);
}

WhyPart *
why_result_page_new (WhyDialog *state, gboolean is_rgb)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *grid = why_ui_grid ();
  Page *page = why_part_new (sizeof (Page), box, state, update);

  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  page->region = add_row (page, grid, 0, "region", why_region_choices);
  page->view = add_row (page, grid, 1, "view", view_choices);
  page->is_rgb = is_rgb;
  add_output (page, grid);
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
