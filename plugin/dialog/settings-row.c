/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings-row.h"

#include <glib/gi18n-lib.h>

#include "session/dialog-command.h"
#include "session/dialog-presets.h"

typedef struct
{
  WhyPart part;
  const gchar *file; /* the picture's name, for copied commands */
  WhyPresets *presets;
} Row;

static void
reset_clicked (GtkButton *button, Row *row)
{
  g_autoptr (WhyRequest) defaults = why_request_new ();

  why_dialog_set_request (row->part.state, defaults);
}

/* --- Presets -------------------------------------------------------------------------------- */

static void
store (Row *row, const gchar *name, const WhyRequest *request)
{
  g_autoptr (GError) error = NULL;

  if (!why_presets_set (row->presets, name, request, &error))
    why_dialog_fail (row->part.state, error->message);
}

static void
name_given (GtkDialog *dialog, gint response, Row *row)
{
  GtkWidget *entry = g_object_get_data (G_OBJECT (dialog), "why-entry");
  g_autofree gchar *name = g_strstrip (g_strdup (gtk_entry_get_text (GTK_ENTRY (entry))));

  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == GTK_RESPONSE_OK)
    store (row, name, why_dialog_get_request (row->part.state));
}

/* Without a main loop of its own, in which those who press the menu item through the accessibility
 * bus would be deaf. */
static void
save_chosen (GtkMenuItem *item, Row *row)
{
  GtkWidget *dialog = gtk_dialog_new_with_buttons (
      _ ("Save preset"), GTK_WINDOW (gtk_widget_get_toplevel (row->part.widget)),
      GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, _ ("_Cancel"), GTK_RESPONSE_CANCEL,
      _ ("_Save"), GTK_RESPONSE_OK, NULL);
  GtkWidget *entry = gtk_entry_new ();
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_OK);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  why_describe (entry, _ ("_Name"), NULL);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), why_ui_label (_ ("_Name"), entry), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), entry, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog))), box, TRUE, TRUE,
                      0);
  g_object_set_data (G_OBJECT (dialog), "why-entry", entry);
  g_signal_connect (dialog, "response", G_CALLBACK (name_given), row);
  gtk_widget_show_all (dialog);
}

static void
preset_chosen (GtkMenuItem *item, Row *row)
{
  g_autoptr (WhyRequest) request = why_request_new ();

  if (why_presets_get (row->presets, g_object_get_data (G_OBJECT (item), "why-name"), request))
    why_dialog_set_request (row->part.state, request);
}

static void
delete_chosen (GtkMenuItem *item, Row *row)
{
  store (row, g_object_get_data (G_OBJECT (item), "why-name"), NULL);
}

/* One item for each preset. */
static void
append_presets (Row *row, GtkWidget *menu, GCallback chosen)
{
  g_auto (GStrv) names = why_presets_list (row->presets);

  for (gsize i = 0; names[i]; i++)
    {
      GtkWidget *item = gtk_menu_item_new_with_label (names[i]);

      g_object_set_data_full (G_OBJECT (item), "why-name", g_strdup (names[i]), g_free);
      g_signal_connect (item, "activate", chosen, row);
      gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
    }
}

/* GTK 3 hides a menu that is attached to a button from those who cannot see. */
static void
show_menu (GtkWidget *menu, GtkWidget *button)
{
  g_signal_connect (menu, "selection-done", G_CALLBACK (gtk_widget_destroy), NULL);
  gtk_widget_show_all (menu);
  why_ui_popup (GTK_MENU (menu), button);
}

static void
presets_clicked (GtkButton *button, Row *row)
{
  GtkWidget *menu = gtk_menu_new ();
  GtkWidget *removal = gtk_menu_new ();
  GtkWidget *item;
  g_auto (GStrv) names = why_presets_list (row->presets);

  append_presets (row, menu, G_CALLBACK (preset_chosen));
  if (names[0])
    gtk_menu_shell_append (GTK_MENU_SHELL (menu), gtk_separator_menu_item_new ());
  item = gtk_menu_item_new_with_mnemonic (_ ("_Save as preset…"));
  g_signal_connect (item, "activate", G_CALLBACK (save_chosen), row);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
  item = gtk_menu_item_new_with_mnemonic (_ ("_Delete preset"));
  gtk_widget_set_sensitive (item, names[0] != NULL);
  append_presets (row, removal, G_CALLBACK (delete_chosen));
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (item), removal);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
  show_menu (menu, GTK_WIDGET (button));
}

/* --- Copy as command ------------------------------------------------------------------------ */

static void
command_chosen (GtkMenuItem *item, Row *row)
{
  WhyCommand command = (WhyCommand)GPOINTER_TO_INT (g_object_get_data (G_OBJECT (item), "why-n"));
  g_autofree gchar *line
      = why_command_format (command, why_dialog_get_request (row->part.state), row->file);
  GtkClipboard *clipboard = gtk_clipboard_get (GDK_SELECTION_CLIPBOARD);

  gtk_clipboard_set_text (clipboard, line, -1);
  /* The plug-in may end before it is pasted. */
  gtk_clipboard_store (clipboard);
}

static void
copy_clicked (GtkButton *button, Row *row)
{
  GtkWidget *menu = gtk_menu_new ();

  for (gint i = 0; i < WHY_N_COMMANDS; i++)
    {
      GtkWidget *item = gtk_menu_item_new_with_label (_ (why_command_get_nick ((WhyCommand)i)));

      g_object_set_data (G_OBJECT (item), "why-n", GINT_TO_POINTER (i));
      g_signal_connect (item, "activate", G_CALLBACK (command_chosen), row);
      gtk_menu_shell_append (GTK_MENU_SHELL (menu), item);
    }
  show_menu (menu, GTK_WIDGET (button));
}

/* --- Life ----------------------------------------------------------------------------------- */

static void
update (WhyPart *part, WhyDialogChange changes)
{
}

static void
free_data (GtkWidget *widget, Row *row)
{
  g_clear_pointer (&row->presets, why_presets_free);
}

static void
add_button (Row *row, const gchar *label, const gchar *tooltip, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  why_describe (button, NULL, tooltip);
  g_signal_connect (button, "clicked", clicked, row);
  gtk_box_pack_start (GTK_BOX (row->part.widget), button, FALSE, FALSE, 0);
}

WhyPart *
why_settings_row_new (WhyDialog *state, const WhyHost *host)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);
  Row *row = why_part_new (sizeof (Row), box, state, update);

  row->file = *host->image_name ? host->image_name : "IMAGE";
  row->presets = why_presets_load (NULL);
  add_button (row, _ ("R_eset"), _ ("Sets everything back to its default."),
              G_CALLBACK (reset_clicked));
  add_button (row, _ ("Pre_sets"), _ ("Named settings, shared by GIMP 2.10 and GIMP 3."),
              G_CALLBACK (presets_clicked));
  add_button (row, _ ("Cop_y as command"),
              _ ("Copies a line that does the same from a script or a shell."),
              G_CALLBACK (copy_clicked));
  g_signal_connect (box, "destroy", G_CALLBACK (free_data), row);
  return &row->part;
}
