/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog is made of parts: each shows one side of the state and changes it. */
#pragma once

#include "session/dialog-state.h"
#include "toolkit.h"

G_BEGIN_DECLS

typedef struct _WhyPart WhyPart;
struct _WhyPart
{
  GtkWidget *widget; /* the part dies with it */
  WhyDialog *state;
  void (*update) (WhyPart *part, WhyDialogChange changes);
  gboolean updating; /* widgets are being set from the state: their signals mean nothing */
};

/* size: of the part's own structure, which begins with a WhyPart. */
gpointer why_part_new (gsize size, GtkWidget *widget, WhyDialog *state,
                       void (*update) (WhyPart *part, WhyDialogChange changes));

WhyPart *why_preview_new (WhyDialog *state);
WhyPart *why_classes_new (WhyDialog *state);
WhyPart *why_method_page_new (WhyDialog *state);
WhyPart *why_style_page_new (WhyDialog *state);
/* is_rgb: the image can take layers with colors as it is. */
WhyPart *why_result_page_new (WhyDialog *state, gboolean is_rgb);
WhyPart *why_status_new (WhyDialog *state);
WhyPart *why_model_row_new (WhyDialog *state);

/* --- Rows generated from a table ------------------------------------------------------------ */

typedef void (*WhyRowsSet) (WhyDialog *state, const gchar *name, const gchar *value);
typedef const WhyParams *(*WhyRowsGet) (const WhyDialog *state);

/* One row for each parameter of the table that get() has now. */
WhyPart *why_rows_new (WhyDialog *state, WhyRowsGet get, WhyRowsSet set);

/* The columns of every combo's model. What people read comes first: GTK 2 reads out the first text
 * that it finds. */
enum
{
  WHY_CHOICE_NICK,
  WHY_CHOICE_ID,
  WHY_CHOICE_NEXT
};

/* A combo of choices, each with an id, and what is chosen by id. decorate: may add an image. */
typedef GdkPixbuf *(*WhyChoiceImage) (const gchar *id);
GtkWidget *why_choice_new (const WhyChoice *choices, WhyChoiceImage image);
void why_choice_set (GtkWidget *combo, const gchar *id);
const gchar *why_choice_get (GtkWidget *combo); /* "" when nothing is chosen */

/* Name and description for people who do not see, tooltip for those who do; text: translated. */
void why_describe (GtkWidget *widget, const gchar *name, const gchar *text);

/* Gives every label of the dialog a letter of its own among those that show with it: the buttons at
 * its foot keep theirs, then comes what always shows, then each page of the notebook. */
void why_keys_settle (GtkDialog *dialog);

/* "1.5 s", "2 min" (transfer full) */
gchar *why_format_duration (gdouble seconds);

G_END_DECLS
