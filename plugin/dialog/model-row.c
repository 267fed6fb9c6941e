/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classifier: those known by name, the one in use, any file. */
#include <glib/gi18n-lib.h>

#include "part.h"

#define OTHER_FILE "\001" /* no model has this name */

typedef struct
{
  WhyPart part;
  GtkWidget *combo;
} Row;

static gchar *
ask_for_file (GtkWidget *parent)
{
  GtkWidget *chooser = gtk_file_chooser_dialog_new (
      _ ("Choose a classifier"), GTK_WINDOW (gtk_widget_get_toplevel (parent)),
      GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Cancel"), GTK_RESPONSE_CANCEL, _ ("_Open"),
      GTK_RESPONSE_ACCEPT, NULL);
  GtkFileFilter *filter = gtk_file_filter_new ();
  gchar *path = NULL;

  gtk_file_filter_set_name (filter, _ ("ONNX models"));
  gtk_file_filter_add_pattern (filter, "*.onnx");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  if (gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser));
  gtk_widget_destroy (chooser);
  return path;
}

static void
add (GtkListStore *store, const gchar *id, const gchar *name)
{
  gtk_list_store_insert_with_values (store, NULL, -1, 0, id, 1, name, -1);
}

static void
show_current (Row *row)
{
  const gchar *model = why_request_get (why_dialog_get_request (row->part.state), "model");

  why_choice_set (row->combo, model);
  if (gtk_combo_box_get_active (GTK_COMBO_BOX (row->combo)) >= 0)
    return;
  /* A path, or a name with a preset: it joins the list. */
  {
    g_autofree gchar *name = g_path_get_basename (model);
    GtkTreeModel *store = gtk_combo_box_get_model (GTK_COMBO_BOX (row->combo));

    gtk_list_store_insert_with_values (GTK_LIST_STORE (store), NULL, 0, 0, model, 1, name, -1);
    why_choice_set (row->combo, model);
  }
}

static void
changed (GtkComboBox *combo, Row *row)
{
  const gchar *id = why_choice_get (GTK_WIDGET (combo));
  g_autofree gchar *path = NULL;

  if (row->part.updating)
    return;
  if (!g_str_equal (id, OTHER_FILE))
    {
      why_dialog_set (row->part.state, "model", id);
      return;
    }
  path = ask_for_file (row->part.widget);
  if (path)
    why_dialog_set (row->part.state, "model", path);
  row->part.updating = TRUE;
  show_current (row);
  row->part.updating = FALSE;
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  if (!(changes & WHY_DIALOG_SETTINGS))
    return;
  part->updating = TRUE;
  show_current ((Row *)part);
  part->updating = FALSE;
}

static void
fill (GtkListStore *store)
{
  g_autoptr (GPtrArray) entries = why_model_list ();

  add (store, "", _ ("Bundled classifier"));
  for (guint i = 0; i < entries->len; i++)
    {
      const WhyModelEntry *entry = entries->pdata[i];

      add (store, entry->name, entry->name);
    }
  add (store, OTHER_FILE, _ ("Other file…"));
}

WhyPart *
why_model_row_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);
  Row *row = why_part_new (sizeof (Row), box, state, update);
  const WhyChoice none[] = { { NULL, NULL } };

  row->combo = why_choice_new (none, NULL);
  fill (GTK_LIST_STORE (gtk_combo_box_get_model (GTK_COMBO_BOX (row->combo))));
  why_describe (row->combo, _ ("Model"),
                _ ("The classifier. Models put into the folder whylayer/models of your data "
                   "directory appear here by name."));
  g_signal_connect (row->combo, "changed", G_CALLBACK (changed), row);
  gtk_box_pack_start (GTK_BOX (box), why_ui_label (_ ("_Model"), row->combo), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row->combo, TRUE, TRUE, 0);
  return &row->part;
}
