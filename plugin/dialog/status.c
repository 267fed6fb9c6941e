/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is going on: progress with the time left and Stop, what went wrong, what to know about the
 * map.
 */
#include <glib/gi18n-lib.h>

#include "part.h"

typedef struct
{
  WhyPart part;
  GtkWidget *bar, *stop, *text;
  gboolean offers_again; /* the button starts what was stopped */
} Status;

static void
stop_clicked (GtkButton *button, Status *status)
{
  if (why_dialog_is_busy (status->part.state))
    why_dialog_stop (status->part.state);
  else
    why_dialog_start (status->part.state);
}

static void
show_progress (Status *status)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *shown = NULL;
  gdouble remaining;
  gdouble fraction = why_dialog_get_progress (status->part.state, &remaining, &text);

  if (remaining >= 1.0)
    {
      g_autofree gchar *duration = why_format_duration (remaining);

      /* Translators: what is being done, and how long it will still take. */
      shown = g_strdup_printf (_ ("%s, %s left"), text ? text : _ ("Computing"), duration);
    }
  else
    shown = g_strdup (text ? text : _ ("Computing"));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (status->bar), CLAMP (fraction, 0.0, 1.0));
  gtk_label_set_text (GTK_LABEL (status->text), shown);
}

/* The sentences that belong to the map. (transfer full) */
static gchar *
notes_of (const WhyReport *report)
{
  GString *notes = g_string_new (NULL);

  for (guint i = 0; report && i < report->explanation->notes->len; i++)
    g_string_append_printf (notes, "%s%s", i ? " " : "",
                            (const gchar *)report->explanation->notes->pdata[i]);
  return g_string_free (notes, FALSE);
}

static void
show_rest (Status *status)
{
  const gchar *error = why_dialog_get_error (status->part.state);
  g_autofree gchar *notes = notes_of (why_dialog_get_report (status->part.state));
  gboolean current = why_dialog_is_current (status->part.state);

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (status->bar), current ? 1.0 : 0.0);
  gtk_label_set_text (GTK_LABEL (status->text), error      ? error
                                                : !current ? _ ("Stopped.")
                                                : *notes   ? notes
                                                           : _ ("Ready."));
}

/* A label that is set anew loses the mnemonic that it was given: only when it changes. */
static void
show_offer (Status *status, gboolean again)
{
  if (status->offers_again == again)
    return;
  status->offers_again = again;
  gtk_button_set_label (GTK_BUTTON (status->stop), again ? _ ("Tr_y again") : _ ("Sto_p"));
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Status *status = (Status *)part;
  gboolean busy = why_dialog_is_busy (part->state);

  if (!(changes & (WHY_DIALOG_BUSY | WHY_DIALOG_MAP)))
    return;
  gtk_widget_set_sensitive (status->stop, busy || !why_dialog_is_current (part->state));
  show_offer (status, !busy && !why_dialog_is_current (part->state));
  if (busy)
    show_progress (status);
  else
    show_rest (status);
}

WhyPart *
why_status_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *row = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *middle = why_ui_box (GTK_ORIENTATION_VERTICAL, 0);
  Status *status = why_part_new (sizeof (Status), box, state, update);

  status->bar = gtk_progress_bar_new ();
  why_describe (status->bar, _ ("Progress"), NULL);
  status->stop = gtk_button_new_with_mnemonic (_ ("Sto_p"));
  why_describe (status->stop, NULL, _ ("Stops computing; nothing is written."));
  g_signal_connect (status->stop, "clicked", G_CALLBACK (stop_clicked), status);
  status->text = why_ui_text (100);
  gtk_label_set_selectable (GTK_LABEL (status->text), TRUE);
  gtk_widget_set_can_focus (status->text, FALSE);
  gtk_box_pack_start (GTK_BOX (middle), status->bar, TRUE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), middle, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (row), status->stop, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), status->text, FALSE, FALSE, 0);
  return &status->part;
}
