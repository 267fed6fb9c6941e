/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classifier: bundled, the person's own, recently used, any file; and how pictures are prepared
 * for one that does not say.
 */
#include <glib/gi18n-lib.h>

#include "part.h"
#include "session/models.h"

#define OTHER_FILE "\001" /* no model has this name */

typedef struct
{
  WhyPart part;
  GtkWidget *combo, *preset;
  GPtrArray *choices; /* WhyModelChoice */
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
insert (GtkWidget *combo, gint position, const gchar *id, const gchar *name)
{
  GtkListStore *store = GTK_LIST_STORE (gtk_combo_box_get_model (GTK_COMBO_BOX (combo)));

  gtk_list_store_insert_with_values (store, NULL, position, WHY_CHOICE_ID, id, WHY_CHOICE_NICK,
                                     name, -1);
}

/* The row for the model in use; a file that was not chosen before joins the list. */
static void
show_model (Row *row)
{
  const gchar *model = why_request_get (why_dialog_get_request (row->part.state), "model");
  const gchar *preset;
  g_autofree gchar *file = why_model_id_split (model, &preset);
  const WhyModelChoice *choice = why_model_choices_find (row->choices, model);

  if (!choice)
    choice = why_model_choices_find (row->choices, file);
  why_choice_set (row->combo, choice ? choice->id : file);
  if (gtk_combo_box_get_active (GTK_COMBO_BOX (row->combo)) < 0)
    {
      g_autofree gchar *name = g_filename_display_basename (file);

      insert (row->combo, 0, file, name);
      why_choice_set (row->combo, file);
    }
}

/* Only a model that does not say how its pictures are prepared leaves anything to choose. */
static void
show_preset (Row *row)
{
  const gchar *model = why_request_get (why_dialog_get_request (row->part.state), "model");
  const WhySubject *subject = why_dialog_get_subject (row->part.state);
  const gchar *preset;
  g_autofree gchar *file = why_model_id_split (model, &preset);
  const gchar *source = subject ? why_model_get_preprocessing_source (subject->model) : "";

  why_choice_set (row->preset, preset);
  gtk_widget_set_visible (row->preset, *preset || g_str_has_prefix (source, "inferred"));
}

static void
show_current (Row *row)
{
  row->part.updating = TRUE;
  show_model (row);
  show_preset (row);
  row->part.updating = FALSE;
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
  show_current (row);
}

static void
preset_changed (GtkComboBox *combo, Row *row)
{
  const gchar *model = why_request_get (why_dialog_get_request (row->part.state), "model");
  g_autofree gchar *id = NULL;

  if (row->part.updating)
    return;
  id = why_model_id_with_preset (model, why_choice_get (GTK_WIDGET (combo)));
  why_dialog_set (row->part.state, "model", id);
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  if (changes & (WHY_DIALOG_SETTINGS | WHY_DIALOG_SUBJECT))
    show_current ((Row *)part);
}

static void
fill_models (Row *row)
{
  row->choices = why_model_choices ();
  for (guint i = 0; i < row->choices->len; i++)
    {
      const WhyModelChoice *choice = row->choices->pdata[i];

      insert (row->combo, -1, choice->id, choice->nick);
    }
  insert (row->combo, -1, OTHER_FILE, _ ("Other file…"));
}

static void
fill_presets (Row *row)
{
  gsize n;
  const WhyPreset *presets = why_model_presets (&n);

  insert (row->preset, -1, "", _ ("Guessed from the network"));
  for (gsize i = 0; i < n; i++)
    insert (row->preset, -1, presets[i].id, _ (presets[i].nick));
}

/* A path or a translation may be long: it gets shorter, not the dialog wider. */
static GtkWidget *
narrow_choice_new (gint width_chars)
{
  static const WhyChoice none[] = { { NULL, NULL } };
  GtkWidget *combo = why_choice_new (none, NULL);
  g_autoptr (GList) cells = gtk_cell_layout_get_cells (GTK_CELL_LAYOUT (combo));

  for (GList *cell = cells; cell; cell = cell->next)
    g_object_set (cell->data, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", width_chars, NULL);
  return combo;
}

WhyPart *
why_model_row_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);
  Row *row = why_part_new (sizeof (Row), box, state, update);

  row->combo = narrow_choice_new (28);
  row->preset = narrow_choice_new (18);
  fill_models (row);
  fill_presets (row);
  g_object_set_data_full (G_OBJECT (box), "why-choices", row->choices,
                          (GDestroyNotify)g_ptr_array_unref);
  why_describe (row->combo, _ ("Model"),
                _ ("The classifier. Models put into the folder whylayer/models of your data "
                   "directory appear here by name."));
  why_describe (row->preset, _ ("Preprocessing"),
                _ ("How pictures are prepared for this network. Its file does not say: choose as "
                   "it was trained."));
  gtk_widget_set_no_show_all (row->preset, TRUE);
  g_signal_connect (row->combo, "changed", G_CALLBACK (changed), row);
  g_signal_connect (row->preset, "changed", G_CALLBACK (preset_changed), row);
  gtk_box_pack_start (GTK_BOX (box), why_ui_label (_ ("_Model"), row->combo), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row->combo, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), row->preset, FALSE, FALSE, 0);
  return &row->part;
}
