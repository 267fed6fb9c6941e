/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few things that GTK 2 and GTK 3 spell differently. The dialog uses only these and what both
 * have; each GIMP's folder has the implementation for its GTK.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWidget *why_ui_box (GtkOrientation orientation, gint spacing);

/* Rows of label and control. */
GtkWidget *why_ui_grid (void);
/* expand: takes the spare width. */
void why_ui_grid_attach (GtkWidget *grid, GtkWidget *child, gint column, gint row, gint columns,
                         gboolean expand);

/* A horizontal slider without a number. */
GtkWidget *why_ui_slider (GtkAdjustment *adjustment);

/* A label that starts where text starts, with a mnemonic for widget (may be NULL). */
GtkWidget *why_ui_label (const gchar *text, GtkWidget *mnemonic_widget);
/* A label of whole sentences, wrapped at about that many characters. */
GtkWidget *why_ui_text (gint width_chars);

/* A focusable drawing area that hears pointer, scroll wheel and keys. */
typedef void (*WhyUiDraw) (cairo_t *cr, gint width, gint height, gpointer data);
GtkWidget *why_ui_canvas (WhyUiDraw draw, gpointer data);
void why_ui_canvas_get_size (GtkWidget *canvas, gint *width, gint *height);
/* +1 up, -1 down, fractions from touchpads. */
gdouble why_ui_scroll_steps (const GdkEventScroll *event);

void why_ui_popup (GtkMenu *menu, GtkWidget *button);

G_END_DECLS
