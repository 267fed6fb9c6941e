/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog's toolkit in GTK 3. */
#include "dialog/toolkit.h"

GtkWidget *
why_ui_box (GtkOrientation orientation, gint spacing)
{
  GtkWidget *box = gtk_box_new (orientation, spacing);

  /* As in GTK 2, what is inside does not say whether the box takes spare width: its packing does.
   */
  gtk_widget_set_hexpand (box, FALSE);
  return box;
}

GtkWidget *
why_ui_grid (void)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  return grid;
}

void
why_ui_grid_attach (GtkWidget *grid, GtkWidget *child, gint column, gint row, gint columns,
                    gboolean expand)
{
  gtk_widget_set_hexpand (child, expand);
  gtk_widget_set_valign (child, GTK_ALIGN_CENTER);
  gtk_grid_attach (GTK_GRID (grid), child, column, row, columns, 1);
}

GtkWidget *
why_ui_slider (GtkAdjustment *adjustment)
{
  GtkWidget *slider = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, adjustment);

  gtk_scale_set_draw_value (GTK_SCALE (slider), FALSE);
  return slider;
}

GtkWidget *
why_ui_label (const gchar *text, GtkWidget *mnemonic_widget)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0);
  if (mnemonic_widget)
    gtk_label_set_mnemonic_widget (GTK_LABEL (label), mnemonic_widget);
  return label;
}

GtkWidget *
why_ui_text (gint width_chars)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), width_chars);
  gtk_label_set_max_width_chars (GTK_LABEL (label), width_chars);
  return label;
}

typedef struct
{
  WhyUiDraw draw;
  gpointer data;
} Canvas;

static gboolean
draw_canvas (GtkWidget *widget, cairo_t *cr, gpointer user_data)
{
  Canvas *canvas = user_data;
  gint width = gtk_widget_get_allocated_width (widget);
  gint height = gtk_widget_get_allocated_height (widget);

  canvas->draw (cr, width, height, canvas->data);
  if (gtk_widget_has_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 0, 0, width, height);
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
                                     | GDK_SCROLL_MASK | GDK_SMOOTH_SCROLL_MASK
                                     | GDK_KEY_PRESS_MASK);
  g_signal_connect_data (widget, "draw", G_CALLBACK (draw_canvas), canvas,
                         (GClosureNotify)(void (*) (void))g_free, 0);
  return widget;
}

void
why_ui_canvas_get_size (GtkWidget *canvas, gint *width, gint *height)
{
  *width = gtk_widget_get_allocated_width (canvas);
  *height = gtk_widget_get_allocated_height (canvas);
}

gdouble
why_ui_scroll_steps (const GdkEventScroll *event)
{
  switch (event->direction)
    {
    case GDK_SCROLL_UP:
      return 1.0;
    case GDK_SCROLL_DOWN:
      return -1.0;
    case GDK_SCROLL_SMOOTH:
      return -event->delta_y;
    default:
      return 0.0;
    }
}

void
why_ui_popup (GtkMenu *menu, GtkWidget *button)
{
  gtk_menu_popup_at_widget (menu, button, GDK_GRAVITY_NORTH_WEST, GDK_GRAVITY_SOUTH_WEST, NULL);
}
