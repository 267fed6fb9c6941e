/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the model sees: all classes with bars, searchable. A click asks about a class, Shift and a
 * click sets the one it is compared with.
 */
#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "part.h"

enum
{
  COLUMN_INDEX,
  COLUMN_ROLE,
  COLUMN_LABEL,
  COLUMN_FOLDED, /* for searching */
  COLUMN_PERCENT,
  COLUMN_TEXT,
  N_COLUMNS
};

typedef struct
{
  WhyPart part;
  GtkWidget *unsure, *search, *view, *question, *clear;
  GtkListStore *store;
  GtkTreeModel *filter;
  gchar *wanted; /* casefolded search text */
} Predictions;

/* The class that a field of the request means, or -1. */
static gint
class_of (const Predictions *predictions, const gchar *field)
{
  const WhySubject *subject = why_dialog_get_subject (predictions->part.state);
  const gchar *text = why_request_get (why_dialog_get_request (predictions->part.state), field);

  if (!subject || !*text)
    return -1;
  if (g_str_equal (text, "top"))
    return g_array_index (subject->predictions, WhyPrediction, 0).index;
  if (g_str_equal (text, "second"))
    return g_array_index (subject->predictions, WhyPrediction,
                          MIN (1, subject->predictions->len - 1))
        .index;
  return why_model_find_class (subject->model, text, NULL);
}

static const gchar *
label_of (const Predictions *predictions, gint index)
{
  return why_model_get_label (why_dialog_get_subject (predictions->part.state)->model, index);
}

/* --- Filling -------------------------------------------------------------------------------- */

static void
fill (Predictions *predictions)
{
  const WhySubject *subject = why_dialog_get_subject (predictions->part.state);

  gtk_tree_view_set_model (GTK_TREE_VIEW (predictions->view), NULL);
  gtk_list_store_clear (predictions->store);
  for (guint i = 0; i < subject->predictions->len; i++)
    {
      const WhyPrediction *p = &g_array_index (subject->predictions, WhyPrediction, i);
      const gchar *label = why_model_get_label (subject->model, p->index);
      g_autofree gchar *folded = g_utf8_casefold (label, -1);
      g_autofree gchar *text = g_strdup_printf ("%.1f %%", 100.0 * p->probability);

      gtk_list_store_insert_with_values (predictions->store, NULL, -1, COLUMN_INDEX, p->index,
                                         COLUMN_LABEL, label, COLUMN_FOLDED, folded, COLUMN_PERCENT,
                                         CLAMP ((gint)(100.0 * p->probability + 0.5), 0, 100),
                                         COLUMN_TEXT, text, -1);
    }
  gtk_tree_view_set_model (GTK_TREE_VIEW (predictions->view), predictions->filter);
  gtk_widget_set_visible (predictions->unsure, subject->unsure);
}

/* Every row that is set is looked at again by the filter, the view and the accessibility bus: with
 * a thousand classes only those may be that change. */
static void
set_role (Predictions *predictions, GtkTreeIter *iter, const gchar *role)
{
  g_autofree gchar *before = NULL;

  gtk_tree_model_get (GTK_TREE_MODEL (predictions->store), iter, COLUMN_ROLE, &before, -1);
  if (g_strcmp0 (before, role) != 0)
    gtk_list_store_set (predictions->store, iter, COLUMN_ROLE, role, -1);
}

/* Which class is asked about and which it is compared with. */
static void
show_roles (Predictions *predictions)
{
  gint target = class_of (predictions, "target"), against = class_of (predictions, "against");
  GtkTreeModel *model = GTK_TREE_MODEL (predictions->store);
  g_autofree gchar *question = NULL;
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      gint index;

      gtk_tree_model_get (model, &iter, COLUMN_INDEX, &index, -1);
      /* Translators: marks the class that the explained one is compared with; keep it short. */
      set_role (predictions, &iter, index == target ? "▶" : index == against ? _ ("not") : NULL);
    }
  gtk_widget_set_sensitive (predictions->clear, against >= 0);
  if (target < 0)
    return;
  if (against >= 0)
    question = g_strdup_printf (_ ("Why “%s” and not “%s”?"), label_of (predictions, target),
                                label_of (predictions, against));
  else
    question = g_strdup_printf (_ ("Why “%s”?"), label_of (predictions, target));
  gtk_label_set_text (GTK_LABEL (predictions->question), question);
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Predictions *predictions = (Predictions *)part;

  if (!why_dialog_get_subject (part->state))
    return;
  if (changes & WHY_DIALOG_SUBJECT)
    fill (predictions);
  if (changes & (WHY_DIALOG_SUBJECT | WHY_DIALOG_SETTINGS))
    show_roles (predictions);
}

/* --- Choosing ------------------------------------------------------------------------------- */

static void
choose (Predictions *predictions, GtkTreePath *path, gboolean against)
{
  g_autofree gchar *text = NULL;
  GtkTreeIter iter;
  gint index;

  if (!gtk_tree_model_get_iter (predictions->filter, &iter, path))
    return;
  gtk_tree_model_get (predictions->filter, &iter, COLUMN_INDEX, &index, -1);
  /* A class is not compared with itself. */
  if (index == class_of (predictions, against ? "target" : "against"))
    return;
  text = g_strdup_printf ("%d", index);
  why_dialog_set (predictions->part.state, against ? "against" : "target", text);
}

static gboolean
clicked (GtkWidget *view, GdkEventButton *event, Predictions *predictions)
{
  GtkTreePath *path;

  if (event->button != 1 || event->type != GDK_BUTTON_PRESS
      || !gtk_tree_view_get_path_at_pos (GTK_TREE_VIEW (view), (gint)event->x, (gint)event->y,
                                         &path, NULL, NULL, NULL))
    return FALSE;
  choose (predictions, path, (event->state & GDK_SHIFT_MASK) != 0);
  gtk_tree_path_free (path);
  return FALSE;
}

static void
activate (Predictions *predictions, gboolean against)
{
  GtkTreePath *path;

  gtk_tree_view_get_cursor (GTK_TREE_VIEW (predictions->view), &path, NULL);
  if (!path)
    return;
  choose (predictions, path, against);
  gtk_tree_path_free (path);
}

static gboolean
key_pressed (GtkWidget *view, GdkEventKey *event, Predictions *predictions)
{
  if (event->keyval != GDK_KEY_Return && event->keyval != GDK_KEY_KP_Enter
      && event->keyval != GDK_KEY_space)
    return FALSE;
  activate (predictions, (event->state & GDK_SHIFT_MASK) != 0);
  return TRUE;
}

static void
clear_against (GtkButton *button, Predictions *predictions)
{
  why_dialog_set (predictions->part.state, "against", "");
}

/* --- Searching ------------------------------------------------------------------------------ */

static gboolean
is_wanted (GtkTreeModel *model, GtkTreeIter *iter, gpointer data)
{
  Predictions *predictions = data;
  g_autofree gchar *folded = NULL;

  if (!predictions->wanted || !*predictions->wanted)
    return TRUE;
  gtk_tree_model_get (model, iter, COLUMN_FOLDED, &folded, -1);
  return folded && strstr (folded, predictions->wanted);
}

static void
search_changed (GtkEditable *entry, Predictions *predictions)
{
  g_free (predictions->wanted);
  predictions->wanted = g_utf8_casefold (gtk_entry_get_text (GTK_ENTRY (entry)), -1);
  gtk_tree_model_filter_refilter (GTK_TREE_MODEL_FILTER (predictions->filter));
}

/* Enter in the search field takes the first class that is left. */
static void
search_done (GtkEntry *entry, Predictions *predictions)
{
  GtkTreePath *path = gtk_tree_path_new_first ();

  choose (predictions, path, FALSE);
  gtk_tree_path_free (path);
}

/* --- Life ----------------------------------------------------------------------------------- */

static void
free_data (GtkWidget *widget, Predictions *predictions)
{
  g_clear_pointer (&predictions->wanted, g_free);
  g_clear_object (&predictions->filter);
  g_clear_object (&predictions->store);
}

static void
add_column (GtkWidget *view, GtkCellRenderer *cell, const gchar *title, const gchar *attribute,
            gint column, gboolean expand)
{
  GtkTreeViewColumn *tree_column
      = gtk_tree_view_column_new_with_attributes (title, cell, attribute, column, NULL);

  gtk_tree_view_column_set_expand (tree_column, expand);
  gtk_tree_view_append_column (GTK_TREE_VIEW (view), tree_column);
}

static GtkWidget *
new_view (Predictions *predictions)
{
  GtkWidget *view = predictions->view = gtk_tree_view_new ();
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();

  add_column (view, cell, "", "text", COLUMN_ROLE, FALSE);
  cell = gtk_cell_renderer_text_new ();
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  add_column (view, cell, _ ("Class"), "text", COLUMN_LABEL, TRUE);
  cell = gtk_cell_renderer_progress_new ();
  g_object_set (cell, "width", 110, NULL);
  add_column (view, cell, _ ("Probability"), "value", COLUMN_PERCENT, FALSE);
  gtk_tree_view_column_add_attribute (gtk_tree_view_get_column (GTK_TREE_VIEW (view), 2), cell,
                                      "text", COLUMN_TEXT);
  gtk_tree_view_set_headers_visible (GTK_TREE_VIEW (view), FALSE);
  gtk_tree_view_set_enable_search (GTK_TREE_VIEW (view), FALSE);
  why_describe (view, _ ("Classes"),
                _ ("Click a class to ask why the model sees it (Enter); Shift-click one to ask "
                   "why not that one (Shift+Enter)."));
  g_signal_connect (view, "button-press-event", G_CALLBACK (clicked), predictions);
  g_signal_connect (view, "key-press-event", G_CALLBACK (key_pressed), predictions);
  return view;
}

static GtkWidget *
new_search (Predictions *predictions)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *entry = predictions->search = gtk_entry_new ();

  why_describe (entry, _ ("Find a class"), _ ("Shows only classes whose name has this text."));
  g_signal_connect (entry, "changed", G_CALLBACK (search_changed), predictions);
  g_signal_connect (entry, "activate", G_CALLBACK (search_done), predictions);
  gtk_box_pack_start (GTK_BOX (box), why_ui_label (_ ("F_ind:"), entry), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), entry, TRUE, TRUE, 0);
  return box;
}

static GtkWidget *
new_question (Predictions *predictions)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);

  predictions->question = why_ui_label ("", NULL);
  gtk_label_set_use_underline (GTK_LABEL (predictions->question), FALSE);
  gtk_label_set_ellipsize (GTK_LABEL (predictions->question), PANGO_ELLIPSIZE_END);
  predictions->clear = gtk_button_new_with_mnemonic (_ ("No _contrast"));
  why_describe (predictions->clear, NULL, _ ("Asks about the class alone again."));
  gtk_widget_set_sensitive (predictions->clear, FALSE);
  g_signal_connect (predictions->clear, "clicked", G_CALLBACK (clear_against), predictions);
  gtk_box_pack_start (GTK_BOX (box), predictions->question, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), predictions->clear, FALSE, FALSE, 0);
  return box;
}

WhyPart *
why_classes_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  Predictions *predictions = why_part_new (sizeof (Predictions), box, state, update);
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  predictions->store = gtk_list_store_new (N_COLUMNS, G_TYPE_INT, G_TYPE_STRING, G_TYPE_STRING,
                                           G_TYPE_STRING, G_TYPE_INT, G_TYPE_STRING);
  predictions->filter = gtk_tree_model_filter_new (GTK_TREE_MODEL (predictions->store), NULL);
  gtk_tree_model_filter_set_visible_func (GTK_TREE_MODEL_FILTER (predictions->filter), is_wanted,
                                          predictions, NULL);
  predictions->unsure = why_ui_text (40);
  gtk_label_set_text (GTK_LABEL (predictions->unsure),
                      _ ("Not sure: the model may know none of what is here. Its classes are "
                         "still listed."));
  gtk_widget_set_no_show_all (predictions->unsure, TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scrolled, -1, 110);
  gtk_container_add (GTK_CONTAINER (scrolled), new_view (predictions));
  gtk_box_pack_start (GTK_BOX (box), predictions->unsure, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), new_search (predictions), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), scrolled, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), new_question (predictions), FALSE, FALSE, 0);
  g_signal_connect (box, "destroy", G_CALLBACK (free_data), predictions);
  return &predictions->part;
}
