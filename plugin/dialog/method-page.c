/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the question is answered: the methods by family, what each does and costs, its parameters. */
#include <glib/gi18n-lib.h>

#include "part.h"
#include "session/arguments.h"

enum
{
  COLUMN_IS_METHOD = WHY_CHOICE_NEXT, /* FALSE: a family's heading, without id */
  COLUMN_WEIGHT,
  N_COLUMNS
};

typedef struct
{
  WhyPart part;
  GtkWidget *method, *less, *more;
  GtkWidget *blurb, *caveat, *cost;
  GtkWidget *score, *node_label, *node;
  WhyPart *params;
} Page;

/* --- The list of methods -------------------------------------------------------------------- */

static GtkTreeModel *
new_methods (void)
{
  GtkListStore *store
      = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN, G_TYPE_INT);
  gsize n;
  const WhyMethod *const *methods = why_methods (&n);

  for (gint family = WHY_FAMILY_CAM; family <= WHY_FAMILY_INSIDE; family++)
    {
      gboolean headed = FALSE;

      for (gsize i = 0; i < n; i++)
        {
          if ((gint)why_method_get_family (methods[i]) != family)
            continue;
          if (!headed)
            gtk_list_store_insert_with_values (
                store, NULL, -1, WHY_CHOICE_NICK, _ (why_family_get_nick ((WhyFamily)family)),
                COLUMN_IS_METHOD, FALSE, COLUMN_WEIGHT, PANGO_WEIGHT_BOLD, -1);
          headed = TRUE;
          gtk_list_store_insert_with_values (store, NULL, -1, WHY_CHOICE_ID,
                                             why_method_get_id (methods[i]), WHY_CHOICE_NICK,
                                             _ (why_method_get_name (methods[i])), COLUMN_IS_METHOD,
                                             TRUE, COLUMN_WEIGHT, PANGO_WEIGHT_NORMAL, -1);
        }
    }
  return GTK_TREE_MODEL (store);
}

static void
method_changed (GtkComboBox *combo, Page *page)
{
  const gchar *id = why_choice_get (GTK_WIDGET (combo));

  if (!page->part.updating && *id)
    why_dialog_set (page->part.state, "method", id);
}

static void
step (Page *page, gint direction)
{
  const WhyMethod *method = why_dialog_get_neighbour (page->part.state, direction);

  if (method)
    why_dialog_set (page->part.state, "method", why_method_get_id (method));
}

static void
less_clicked (GtkButton *button, Page *page)
{
  step (page, -1);
}

static void
more_clicked (GtkButton *button, Page *page)
{
  step (page, 1);
}

static GtkWidget *
new_method_combo (Page *page)
{
  GtkTreeModel *model = new_methods ();
  GtkWidget *combo = gtk_combo_box_new_with_model (model);
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();

  g_object_unref (model);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), cell, TRUE);
  gtk_cell_layout_set_attributes (GTK_CELL_LAYOUT (combo), cell, "text", WHY_CHOICE_NICK,
                                  "sensitive", COLUMN_IS_METHOD, "weight", COLUMN_WEIGHT, NULL);
  why_describe (combo, _ ("Method"), _ ("The attribution method, by family."));
  g_signal_connect (combo, "changed", G_CALLBACK (method_changed), page);
  return combo;
}

/* --- Further choices ------------------------------------------------------------------------ */

static void
score_changed (GtkComboBox *combo, Page *page)
{
  if (!page->part.updating)
    why_dialog_set (page->part.state, "score", why_choice_get (GTK_WIDGET (combo)));
}

static void
node_changed (GtkEntry *entry, Page *page)
{
  if (!page->part.updating)
    why_dialog_set (page->part.state, "node", gtk_entry_get_text (entry));
}

static gboolean
node_left (GtkEntry *entry, GdkEvent *event, Page *page)
{
  node_changed (entry, page);
  return FALSE;
}

/* The score's choices with the method's own before them. */
static const WhyChoice *
score_choices (void)
{
  static WhyChoice choices[8] = { { "", N_ ("The method's own") } };

  for (gsize i = 0; why_score_choices[i].id && i + 2 < G_N_ELEMENTS (choices); i++)
    choices[i + 1] = why_score_choices[i];
  return choices;
}

/* --- Showing -------------------------------------------------------------------------------- */

static void
show_text (GtkWidget *label, const gchar *text)
{
  gtk_label_set_text (GTK_LABEL (label), text ? text : "");
  gtk_widget_set_visible (label, text && *text);
}

static void
show_cost (Page *page, const WhyMethod *method)
{
  gdouble seconds = why_dialog_estimate (page->part.state, method);
  g_autofree gchar *duration = seconds >= 0.0 ? why_format_duration (seconds) : NULL;
  g_autofree gchar *text
      = duration ? g_strdup_printf (_ ("Takes %s with its usual settings."), duration) : NULL;

  show_text (page->cost, text);
}

static void
show_method (Page *page)
{
  const WhyMethod *method = why_dialog_get_method (page->part.state);
  const gchar *caveat = why_method_get_caveat (method);
  g_autofree gchar *tooltip = g_strdup_printf ("%s", why_method_get_citation (method));

  why_choice_set (page->method, why_method_get_id (method));
  gtk_label_set_text (GTK_LABEL (page->blurb), _ (why_method_get_blurb (method)));
  gtk_widget_set_tooltip_text (page->blurb, tooltip);
  show_text (page->caveat, caveat ? _ (caveat) : NULL);
  show_cost (page, method);
  gtk_widget_set_sensitive (page->less, why_dialog_get_neighbour (page->part.state, -1) != NULL);
  gtk_widget_set_sensitive (page->more, why_dialog_get_neighbour (page->part.state, 1) != NULL);
  gtk_widget_set_sensitive (page->node, why_method_uses_layer (method));
  gtk_widget_set_sensitive (page->node_label, why_method_uses_layer (method));
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Page *page = (Page *)part;
  const WhyRequest *request = why_dialog_get_request (part->state);

  part->updating = TRUE;
  if (changes & WHY_DIALOG_SETTINGS)
    {
      show_method (page);
      why_choice_set (page->score, why_request_get (request, "score"));
      gtk_entry_set_text (GTK_ENTRY (page->node), why_request_get (request, "node"));
    }
  if (changes & WHY_DIALOG_COSTS)
    show_cost (page, why_dialog_get_method (part->state));
  part->updating = FALSE;
  page->params->update (page->params, changes);
}

/* --- Life ----------------------------------------------------------------------------------- */

static GtkWidget *
new_ladder (Page *page)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);

  page->less = gtk_button_new_with_mnemonic (_ ("_Less detail"));
  page->more = gtk_button_new_with_mnemonic (_ ("M_ore detail"));
  why_describe (page->less, NULL, _ ("The next coarser and faster method."));
  why_describe (page->more, NULL, _ ("The next finer and slower method."));
  g_signal_connect (page->less, "clicked", G_CALLBACK (less_clicked), page);
  g_signal_connect (page->more, "clicked", G_CALLBACK (more_clicked), page);
  gtk_box_pack_start (GTK_BOX (box), page->less, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->more, TRUE, TRUE, 0);
  return box;
}

static GtkWidget *
new_method_row (Page *page)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);

  page->method = new_method_combo (page);
  gtk_box_pack_start (GTK_BOX (box), why_ui_label (_ ("M_ethod"), page->method), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->method, TRUE, TRUE, 0);
  return box;
}

static GtkWidget *
new_question_grid (Page *page)
{
  GtkWidget *grid = why_ui_grid ();

  page->score = why_choice_new (score_choices (), NULL);
  why_describe (page->score, _ ("Score"), _ ("The number that is explained."));
  g_signal_connect (page->score, "changed", G_CALLBACK (score_changed), page);
  why_ui_grid_attach (grid, why_ui_label (_ ("_Score"), page->score), 0, 0, 1, FALSE);
  why_ui_grid_attach (grid, page->score, 1, 0, 1, TRUE);

  page->node = gtk_entry_new ();
  page->node_label = why_ui_label (_ ("La_yer of the network"), page->node);
  why_describe (page->node, _ ("Layer of the network"),
                _ ("A node's name or its output tensor's name; empty: the model's last layer with "
                   "a spatial grid."));
  g_signal_connect (page->node, "activate", G_CALLBACK (node_changed), page);
  g_signal_connect (page->node, "focus-out-event", G_CALLBACK (node_left), page);
  why_ui_grid_attach (grid, page->node_label, 0, 1, 1, FALSE);
  why_ui_grid_attach (grid, page->node, 1, 1, 1, TRUE);
  return grid;
}

WhyPart *
why_method_page_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  Page *page = why_part_new (sizeof (Page), box, state, update);
  GtkWidget *method_row = new_method_row (page);

  page->blurb = why_ui_text (44);
  page->caveat = why_ui_text (44);
  page->cost = why_ui_text (44);
  gtk_widget_set_no_show_all (page->caveat, TRUE);
  gtk_widget_set_no_show_all (page->cost, TRUE);
  page->params = why_rows_new (state, why_dialog_get_params, why_dialog_set_param);

  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), method_row, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), new_ladder (page), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->blurb, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->caveat, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->cost, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), page->params->widget, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), new_question_grid (page), FALSE, FALSE, 0);
  return &page->part;
}
