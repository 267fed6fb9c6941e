/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Controls generated from a parameter table: a slider with a number, a number, a tick, a choice or
 * a text for each row.
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "part.h"
#include "swatch.h"

typedef struct
{
  WhyPart part;
  WhyRowsGet get;
  WhyRowsSet set;
  const WhyParam *table; /* what the widgets show */
  GPtrArray *controls;   /* GtkWidget* that holds the value, in the table's order */
} Rows;

/* --- Choices -------------------------------------------------------------------------------- */

enum
{
  CHOICE_IMAGE = WHY_CHOICE_NEXT,
  N_CHOICE_COLUMNS
};

GtkWidget *
why_choice_new (const WhyChoice *choices, WhyChoiceImage image)
{
  GtkListStore *store
      = gtk_list_store_new (N_CHOICE_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, GDK_TYPE_PIXBUF);
  GtkWidget *combo = gtk_combo_box_new_with_model (GTK_TREE_MODEL (store));
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();

  g_object_set (cell, "xpad", 3, NULL);
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), cell, TRUE);
  gtk_cell_layout_set_attributes (GTK_CELL_LAYOUT (combo), cell, "text", WHY_CHOICE_NICK, NULL);
  if (image)
    {
      cell = gtk_cell_renderer_pixbuf_new ();
      gtk_cell_layout_pack_end (GTK_CELL_LAYOUT (combo), cell, FALSE);
      gtk_cell_layout_set_attributes (GTK_CELL_LAYOUT (combo), cell, "pixbuf", CHOICE_IMAGE, NULL);
    }
  for (const WhyChoice *choice = choices; choice->id; choice++)
    {
      g_autoptr (GdkPixbuf) pixbuf = image ? image (choice->id) : NULL;

      gtk_list_store_insert_with_values (store, NULL, -1, WHY_CHOICE_ID, choice->id,
                                         WHY_CHOICE_NICK, _ (choice->nick), CHOICE_IMAGE, pixbuf,
                                         -1);
    }
  g_object_unref (store);
  return combo;
}

void
why_choice_set (GtkWidget *combo, const gchar *id)
{
  GtkTreeModel *model = gtk_combo_box_get_model (GTK_COMBO_BOX (combo));
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree gchar *found = NULL;

      gtk_tree_model_get (model, &iter, WHY_CHOICE_ID, &found, -1);
      if (g_strcmp0 (found, id) == 0)
        {
          gtk_combo_box_set_active_iter (GTK_COMBO_BOX (combo), &iter);
          return;
        }
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), -1);
}

const gchar *
why_choice_get (GtkWidget *combo)
{
  GtkTreeModel *model = gtk_combo_box_get_model (GTK_COMBO_BOX (combo));
  g_autofree gchar *id = NULL;
  GtkTreeIter iter;

  if (!gtk_combo_box_get_active_iter (GTK_COMBO_BOX (combo), &iter))
    return "";
  gtk_tree_model_get (model, &iter, WHY_CHOICE_ID, &id, -1);
  return g_intern_string (id);
}

/* --- Rows ----------------------------------------------------------------------------------- */

static void
change (Rows *rows, GtkWidget *control, const gchar *value)
{
  const WhyParam *param = g_object_get_data (G_OBJECT (control), "why-param");

  if (!rows->part.updating)
    rows->set (rows->part.state, param->name, value);
}

static void
number_changed (GtkAdjustment *adjustment, GtkWidget *spin)
{
  Rows *rows = g_object_get_data (G_OBJECT (spin), "why-rows");
  gchar value[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (value, sizeof value, "%.12g", gtk_adjustment_get_value (adjustment));
  change (rows, spin, value);
}

static void
tick_changed (GtkToggleButton *button, Rows *rows)
{
  change (rows, GTK_WIDGET (button), gtk_toggle_button_get_active (button) ? "yes" : "no");
}

static void
choice_changed (GtkComboBox *combo, Rows *rows)
{
  change (rows, GTK_WIDGET (combo), why_choice_get (GTK_WIDGET (combo)));
}

static void
text_changed (GtkEntry *entry, Rows *rows)
{
  change (rows, GTK_WIDGET (entry), gtk_entry_get_text (entry));
}

static gboolean
text_left (GtkEntry *entry, GdkEvent *event, Rows *rows)
{
  text_changed (entry, rows);
  return FALSE;
}

static gdouble
step_of (const WhyParam *param)
{
  gdouble range = param->max - param->min;

  if (param->type == WHY_PARAM_INT)
    return 1.0;
  return range <= 2.0 ? 0.01 : range <= 20.0 ? 0.05 : 1.0;
}

static gint
digits_of (const WhyParam *param)
{
  if (param->type == WHY_PARAM_INT)
    return 0;
  return param->max - param->min <= 20.0 ? 2 : param->max <= 1000.0 ? 1 : 6;
}

static void
add_label (GtkWidget *grid, const WhyParam *param, GtkWidget *control, gint row)
{
  why_ui_grid_attach (grid, why_ui_label (_ (param->nick), control), 0, row, 1, FALSE);
}

/* A slider only where its way is a useful range. */
static GtkWidget *
add_number (Rows *rows, const WhyParam *param, gint row)
{
  gboolean bounded = param->max - param->min <= 1000.0;
  GtkAdjustment *adjustment = GTK_ADJUSTMENT (gtk_adjustment_new (
      param->min, param->min, param->max, step_of (param), 10.0 * step_of (param), 0.0));
  GtkWidget *spin = gtk_spin_button_new (adjustment, 1.0, (guint)digits_of (param));

  gtk_entry_set_width_chars (GTK_ENTRY (spin), 6);
  add_label (rows->part.widget, param, spin, row);
  if (bounded)
    {
      GtkWidget *slider = why_ui_slider (adjustment);

      why_describe (slider, _ (param->nick), _ (param->blurb));
      why_ui_grid_attach (rows->part.widget, slider, 1, row, 1, TRUE);
    }
  why_ui_grid_attach (rows->part.widget, spin, 2, row, 1, FALSE);
  g_signal_connect (adjustment, "value-changed", G_CALLBACK (number_changed), spin);
  return spin;
}

static GtkWidget *
add_control (Rows *rows, const WhyParam *param, gint row)
{
  GtkWidget *grid = rows->part.widget;
  GtkWidget *control;

  switch (param->type)
    {
    case WHY_PARAM_INT:
    case WHY_PARAM_DOUBLE:
      return add_number (rows, param, row);
    case WHY_PARAM_BOOL:
      control = gtk_check_button_new_with_mnemonic (_ (param->nick));
      why_ui_grid_attach (grid, control, 0, row, 3, TRUE);
      g_signal_connect (control, "toggled", G_CALLBACK (tick_changed), rows);
      return control;
    case WHY_PARAM_CHOICE:
      control = why_choice_new (param->choices,
                                g_str_equal (param->name, "colormap") ? why_swatch_new : NULL);
      add_label (grid, param, control, row);
      why_ui_grid_attach (grid, control, 1, row, 2, TRUE);
      g_signal_connect (control, "changed", G_CALLBACK (choice_changed), rows);
      return control;
    case WHY_PARAM_STRING:
      break;
    }
  control = gtk_entry_new ();
  add_label (grid, param, control, row);
  why_ui_grid_attach (grid, control, 1, row, 2, TRUE);
  g_signal_connect (control, "activate", G_CALLBACK (text_changed), rows);
  g_signal_connect (control, "focus-out-event", G_CALLBACK (text_left), rows);
  return control;
}

static void
build (Rows *rows, const WhyParam *table)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (rows->part.widget));

  for (GList *l = children; l; l = l->next)
    gtk_widget_destroy (l->data);
  g_ptr_array_set_size (rows->controls, 0);
  rows->table = table;
  for (gint i = 0; table && table[i].name; i++)
    {
      GtkWidget *control = add_control (rows, &table[i], i);

      g_object_set_data (G_OBJECT (control), "why-param", (gpointer)&table[i]);
      g_object_set_data (G_OBJECT (control), "why-rows", rows);
      why_describe (control, _ (table[i].nick), _ (table[i].blurb));
      g_ptr_array_add (rows->controls, control);
    }
  gtk_widget_show_all (rows->part.widget);
}

static void
show_value (GtkWidget *control, const WhyParam *param, const WhyParams *values)
{
  g_autofree gchar *text = NULL;

  switch (param->type)
    {
    case WHY_PARAM_INT:
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (control),
                                 (gdouble)why_params_get_int (values, param->name));
      break;
    case WHY_PARAM_DOUBLE:
      gtk_spin_button_set_value (GTK_SPIN_BUTTON (control),
                                 why_params_get_double (values, param->name));
      break;
    case WHY_PARAM_BOOL:
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (control),
                                    why_params_get_bool (values, param->name));
      break;
    case WHY_PARAM_CHOICE:
      why_choice_set (control, why_params_get_choice (values, param->name));
      break;
    case WHY_PARAM_STRING:
      text = why_params_dup_value (values, param->name);
      gtk_entry_set_text (GTK_ENTRY (control), text);
      break;
    }
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Rows *rows = (Rows *)part;
  const WhyParams *values = rows->get (part->state);
  const WhyParam *table = why_params_get_table (values);

  if (!(changes & WHY_DIALOG_SETTINGS))
    return;
  part->updating = TRUE;
  if (table != rows->table)
    build (rows, table);
  for (guint i = 0; i < rows->controls->len; i++)
    show_value (rows->controls->pdata[i], &table[i], values);
  part->updating = FALSE;
}

static void
free_controls (GtkWidget *widget, Rows *rows)
{
  g_clear_pointer (&rows->controls, g_ptr_array_unref);
}

WhyPart *
why_rows_new (WhyDialog *state, WhyRowsGet get, WhyRowsSet set)
{
  Rows *rows = why_part_new (sizeof (Rows), why_ui_grid (), state, update);

  rows->get = get;
  rows->set = set;
  rows->controls = g_ptr_array_new ();
  g_signal_connect (rows->part.widget, "destroy", G_CALLBACK (free_controls), rows);
  return &rows->part;
}
