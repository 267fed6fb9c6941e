/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog's toolkit in GTK 2. */
#include "dialog/toolkit.h"

GtkWidget *
why_ui_box (GtkOrientation orientation, gint spacing)
{
  return orientation == GTK_ORIENTATION_HORIZONTAL ? gtk_hbox_new (FALSE, spacing)
                                                   : gtk_vbox_new (FALSE, spacing);
}

GtkWidget *
why_ui_grid (void)
{
  GtkWidget *table = gtk_table_new (1, 1, FALSE);

  gtk_table_set_row_spacings (GTK_TABLE (table), 6);
  gtk_table_set_col_spacings (GTK_TABLE (table), 6);
  return table;
}

void
why_ui_grid_attach (GtkWidget *grid, GtkWidget *child, gint column, gint row, gint columns,
                    gboolean expand)
{
  gtk_table_attach (GTK_TABLE (grid), child, column, column + columns, row, row + 1,
                    GTK_FILL | (expand ? GTK_EXPAND : 0), GTK_FILL, 0, 0);
}

GtkWidget *
why_ui_slider (GtkAdjustment *adjustment)
{
  GtkWidget *slider = gtk_hscale_new (adjustment);

  gtk_scale_set_draw_value (GTK_SCALE (slider), FALSE);
  return slider;
}

GtkWidget *
why_ui_label (const gchar *text, GtkWidget *mnemonic_widget)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (text);

  gtk_misc_set_alignment (GTK_MISC (label), 0.0, 0.5);
  if (mnemonic_widget)
    gtk_label_set_mnemonic_widget (GTK_LABEL (label), mnemonic_widget);
  return label;
}

/* GTK 2 wraps at the width a label asks for, not at the one it gets. */
GtkWidget *
why_ui_text (gint width_chars)
{
  GtkWidget *label = gtk_label_new (NULL);
  PangoLayout *layout = gtk_widget_create_pango_layout (label, "n");
  gint width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  g_object_unref (layout);
  gtk_misc_set_alignment (GTK_MISC (label), 0.0, 0.0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_size_request (label, width * width_chars, -1);
  return label;
}

typedef struct
{
  WhyUiDraw draw;
  gpointer data;
} Canvas;

static gboolean
expose_canvas (GtkWidget *widget, GdkEventExpose *event, gpointer user_data)
{
  Canvas *canvas = user_data;
  cairo_t *cr = gdk_cairo_create (gtk_widget_get_window (widget));
  gint width, height;

  why_ui_canvas_get_size (widget, &width, &height);
  gdk_cairo_region (cr, event->region);
  cairo_clip (cr);
  canvas->draw (cr, width, height, canvas->data);
  cairo_destroy (cr);
  if (gtk_widget_has_focus (widget))
    gtk_paint_focus (gtk_widget_get_style (widget), gtk_widget_get_window (widget),
                     gtk_widget_get_state (widget), &event->area, widget, NULL, 0, 0, width,
                     height);
  return TRUE;
}

GtkWidget *
why_ui_canvas (WhyUiDraw draw, gpointer data)
{
  GtkWidget *widget = gtk_drawing_area_new ();
  Canvas *canvas = g_new (Canvas, 1);

  *canvas = (Canvas){ draw, data };
  gtk_widget_set_can_focus (widget, TRUE);
  gtk_widget_add_events (widget, GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK
                                     | GDK_POINTER_MOTION_MASK | GDK_LEAVE_NOTIFY_MASK
                                     | GDK_SCROLL_MASK | GDK_KEY_PRESS_MASK);
  g_signal_connect_data (widget, "expose-event", G_CALLBACK (expose_canvas), canvas,
                         (GClosureNotify)(void (*) (void))g_free, 0);
  return widget;
}

void
why_ui_canvas_get_size (GtkWidget *canvas, gint *width, gint *height)
{
  GtkAllocation allocation;

  gtk_widget_get_allocation (canvas, &allocation);
  *width = allocation.width;
  *height = allocation.height;
}

gdouble
why_ui_scroll_steps (const GdkEventScroll *event)
{
  return event->direction == GDK_SCROLL_UP ? 1.0 : event->direction == GDK_SCROLL_DOWN ? -1.0 : 0.0;
}

static void
below_button (GtkMenu *menu, gint *x, gint *y, gboolean *push_in, gpointer data)
{
  GtkWidget *button = data;
  GtkAllocation allocation;

  gtk_widget_get_allocation (button, &allocation);
  gdk_window_get_origin (gtk_widget_get_window (button), x, y);
  *x += allocation.x;
  *y += allocation.y + allocation.height;
  *push_in = TRUE;
}

void
why_ui_popup (GtkMenu *menu, GtkWidget *button)
{
  gtk_menu_popup (menu, NULL, NULL, below_button, button, 0, gtk_get_current_event_time ());
}
