/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mnemonics that do not clash. The same label stands beside other ones with another method, page or
 * language, so that no choice made in the sources or by a translator is free of clashes everywhere.
 */
#include "mnemonic.h"
#include "part.h"

typedef struct
{
  GPtrArray *labels; /* GtkLabel*, in the order that they are seen */
  GPtrArray *pages;  /* GtkWidget*: the notebook's */
} Found;

static void find_labels (GtkWidget *widget, gpointer data);

static void
find_in_notebook (GtkNotebook *notebook, Found *found)
{
  for (gint i = 0; i < gtk_notebook_get_n_pages (notebook); i++)
    {
      GtkWidget *page = gtk_notebook_get_nth_page (notebook, i);

      find_labels (gtk_notebook_get_tab_label (notebook, page), found);
      g_ptr_array_add (found->pages, page);
    }
}

static void
find_labels (GtkWidget *widget, gpointer data)
{
  Found *found = data;

  if (GTK_IS_NOTEBOOK (widget))
    find_in_notebook (GTK_NOTEBOOK (widget), found);
  else if (GTK_IS_BUTTON_BOX (widget) || GTK_IS_TREE_VIEW (widget))
    return; /* the dialog's foot, whose buttons come first; headers that do not show */
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_labels, found);
  else if (GTK_IS_LABEL (widget) && gtk_label_get_use_underline (GTK_LABEL (widget))
           && *gtk_label_get_text (GTK_LABEL (widget)))
    g_ptr_array_add (found->labels, widget);
}

/* What is in the dialog's foot, the only box of buttons. */
static void
find_foot (GtkWidget *widget, gpointer data)
{
  if (GTK_IS_BUTTON_BOX (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_labels, data);
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_foot, data);
}

/* What the sources or the translation say, whatever letters were given out since. */
static const gchar *
get_original (GtkLabel *label)
{
  const gchar *now = gtk_label_get_label (label);

  if (g_strcmp0 (g_object_get_data (G_OBJECT (label), "why-settled"), now) != 0)
    g_object_set_data_full (G_OBJECT (label), "why-original", g_strdup (now), g_free);
  return g_object_get_data (G_OBJECT (label), "why-original");
}

static void
settle (GPtrArray *labels, GHashTable *taken, gboolean may_share)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < labels->len; i++)
    g_ptr_array_add (texts, g_strdup (get_original (labels->pdata[i])));
  why_mnemonics_assign (texts, taken, may_share);
  for (guint i = 0; i < labels->len; i++)
    {
      if (!g_str_equal (texts->pdata[i], gtk_label_get_label (labels->pdata[i])))
        gtk_label_set_label (labels->pdata[i], texts->pdata[i]);
      g_object_set_data_full (labels->pdata[i], "why-settled", g_strdup (texts->pdata[i]), g_free);
    }
}

static void
settle_page (GtkWidget *page, GHashTable *taken_outside)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) labels = g_ptr_array_new (), pages = g_ptr_array_new ();
  Found found = { labels, pages };
  GHashTableIter iter;
  gpointer letter;

  g_hash_table_iter_init (&iter, taken_outside);
  while (g_hash_table_iter_next (&iter, &letter, NULL))
    g_hash_table_add (taken, letter);
  find_labels (page, &found);
  settle (labels, taken, TRUE);
}

void
why_keys_settle (GtkDialog *dialog)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) labels = g_ptr_array_new (), pages = g_ptr_array_new ();
  Found found = { labels, pages };

  find_foot (gtk_dialog_get_content_area (dialog), &found);
  settle (labels, taken, FALSE);
  g_ptr_array_set_size (labels, 0);
  find_labels (gtk_dialog_get_content_area (dialog), &found);
  settle (labels, taken, FALSE);
  for (guint i = 0; i < pages->len; i++)
    settle_page (pages->pdata[i], taken);
}
