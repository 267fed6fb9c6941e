/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live preview: the picture with the map as the layer will be, zoomed and panned, with a handle
 * between before and after, what lies under the pointer, and what the network sees.
 */
#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "part.h"
#include "trace.h"
#include "view-port.h"

#define MIN_WIDTH 420
#define MIN_HEIGHT 340
#define ZOOM_STEP 1.2
#define HANDLE_REACH 8 /* how near the pointer must be to take the handle, in pixels */
#define PAN_STEP 40

typedef enum
{
  DRAG_NONE,
  DRAG_PAN,
  DRAG_HANDLE
} Drag;

typedef struct
{
  WhyPart part;
  GtkWidget *canvas, *reading, *network_button;
  WhyViewPort port;
  gdouble split; /* share of the canvas that shows the picture without the map */
  Drag drag;
  gdouble drag_x, drag_y;
  cairo_surface_t *before, *after, *network; /* NULL: to be drawn */
} Preview;

/* --- Surfaces ------------------------------------------------------------------------------- */

static void
drop (cairo_surface_t **surface)
{
  g_clear_pointer (surface, cairo_surface_destroy);
}

static cairo_surface_t *
surface_from_rgb (const guint8 *rgb, gint width, gint height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  guint8 *pixels = cairo_image_surface_get_data (surface);
  gint stride = cairo_image_surface_get_stride (surface);

  if (!pixels)
    return surface;
  cairo_surface_flush (surface);
  for (gint y = 0; y < height; y++)
    {
      guint32 *out = (guint32 *)(gpointer)(pixels + (gsize)y * stride);

      for (gint x = 0; x < width; x++, rgb += 3)
        out[x] = (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 | rgb[2];
    }
  cairo_surface_mark_dirty (surface);
  return surface;
}

/* The covered part of the canvas, with the report's map over it unless report is NULL. */
static cairo_surface_t *
render (Preview *preview, const WhyReport *report)
{
  const WhyPicture *picture = why_dialog_get_picture (preview->part.state);
  const WhyViewPort *port = &preview->port;
  gint x, y, width, height;
  g_autofree guint8 *rgb = NULL;

  why_view_port_get_covered (port, &x, &y, &width, &height);
  rgb = g_malloc0 ((gsize)MAX (width, 1) * MAX (height, 1) * 3);
  if (report)
    why_picture_draw_map (picture, report, x + port->x, y + port->y, width, height, port->zoom, rgb,
                          (gsize)width * 3);
  else
    why_picture_draw (picture, x + port->x, y + port->y, width, height, port->zoom, rgb,
                      (gsize)width * 3);
  return surface_from_rgb (rgb, width, height);
}

static cairo_surface_t *
render_network (Preview *preview)
{
  const WhySubject *subject = why_dialog_get_subject (preview->part.state);
  g_autofree guint8 *rgb = why_subject_to_rgb (subject);

  return surface_from_rgb (rgb, subject->view.input_width, subject->view.input_height);
}

/* --- Drawing -------------------------------------------------------------------------------- */

static void
paint_part (cairo_t *cr, cairo_surface_t *surface, gdouble x, gdouble y, gdouble from, gdouble to,
            gint height)
{
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, height);
  cairo_clip (cr);
  cairo_set_source_surface (cr, surface, x, y);
  cairo_paint (cr);
  cairo_restore (cr);
}

static void
paint_handle (cairo_t *cr, gdouble x, gint height)
{
  gdouble middle = height / 2.0;

  cairo_set_line_width (cr, 3.0);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_move_to (cr, x, 0);
  cairo_line_to (cr, x, height);
  cairo_stroke (cr);
  cairo_set_line_width (cr, 1.0);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_move_to (cr, x, 0);
  cairo_line_to (cr, x, height);
  cairo_stroke (cr);
  cairo_arc (cr, x, middle, HANDLE_REACH, 0, 2 * G_PI);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_stroke (cr);
  for (gint side = -1; side <= 1; side += 2)
    {
      cairo_move_to (cr, x + side * 2, middle - 3);
      cairo_line_to (cr, x + side * 5, middle);
      cairo_line_to (cr, x + side * 2, middle + 3);
      cairo_fill (cr);
    }
}

static void
paint_picture (Preview *preview, cairo_t *cr, gint width, gint height)
{
  const WhyReport *report = why_dialog_get_report (preview->part.state);
  gdouble handle = preview->split * width;
  gint x, y, covered_width, covered_height;

  why_view_port_get_covered (&preview->port, &x, &y, &covered_width, &covered_height);
  if (!preview->before)
    preview->before = render (preview, NULL);
  if (report && !preview->after)
    preview->after = render (preview, report);
  paint_part (cr, preview->before, x, y, 0, preview->after ? handle : width, height);
  if (preview->after)
    {
      paint_part (cr, preview->after, x, y, handle, width, height);
      paint_handle (cr, CLAMP (handle, 1.0, width - 1.0), height);
    }
}

static void
paint_network (Preview *preview, cairo_t *cr, gint width, gint height)
{
  gint w, h;
  gdouble scale;

  if (!preview->network)
    preview->network = render_network (preview);
  w = cairo_image_surface_get_width (preview->network);
  h = cairo_image_surface_get_height (preview->network);
  scale = MIN ((gdouble)width / w, (gdouble)height / h);
  cairo_save (cr);
  cairo_translate (cr, floor ((width - w * scale) / 2), floor ((height - h * scale) / 2));
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, preview->network, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_restore (cr);
}

static gboolean
shows_network (const Preview *preview)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (preview->network_button))
         && why_dialog_get_subject (preview->part.state);
}

static void
draw (cairo_t *cr, gint width, gint height, gpointer data)
{
  Preview *preview = data;

  if (preview->port.width != width || preview->port.height != height)
    {
      why_view_port_set_size (&preview->port, width, height);
      drop (&preview->before);
      drop (&preview->after);
    }
  cairo_set_source_rgb (cr, 0.2, 0.2, 0.2);
  cairo_paint (cr);
  if (shows_network (preview))
    paint_network (preview, cr, width, height);
  else if (why_dialog_get_picture (preview->part.state))
    paint_picture (preview, cr, width, height);
  why_trace (preview->after ? "drawn" : "picture-drawn");
}

static void
moved (Preview *preview)
{
  drop (&preview->before);
  drop (&preview->after);
  gtk_widget_queue_draw (preview->canvas);
}

/* --- Reading -------------------------------------------------------------------------------- */

static gdouble
probability_of (const WhySubject *subject, gint index)
{
  for (guint i = 0; i < subject->predictions->len; i++)
    {
      const WhyPrediction *prediction = &g_array_index (subject->predictions, WhyPrediction, i);

      if (prediction->index == index)
        return prediction->probability;
    }
  return 0.0;
}

static void
show_reading (Preview *preview, gdouble canvas_x, gdouble canvas_y)
{
  const WhyReport *report = why_dialog_get_report (preview->part.state);
  g_autofree gchar *text = NULL;
  WhyReading reading;
  gdouble x, y;

  if (!report || preview->port.zoom <= 0.0 || shows_network (preview))
    return;
  why_view_port_to_image (&preview->port, canvas_x, canvas_y, &x, &y);
  why_report_read (report, x, y, &reading);
  if (reading.seen)
    /* Translators: position; the map's value there; its place among all values; the class that is
     * explained and its probability. */
    text = g_strdup_printf (
        _ ("%.0f, %.0f: relevance %.3g, rank %d of %d; %s %.1f %%"), x, y, reading.relevance,
        reading.rank, reading.n,
        why_model_get_label (report->subject->model, report->explanation->target.index),
        100.0 * probability_of (report->subject, report->explanation->target.index));
  else
    text = g_strdup (_ ("The network does not see this part of the picture."));
  gtk_label_set_text (GTK_LABEL (preview->reading), text);
}

/* --- Pointer and keys ----------------------------------------------------------------------- */

static void
set_split (Preview *preview, gdouble split)
{
  preview->split = CLAMP (split, 0.0, 1.0);
  gtk_widget_queue_draw (preview->canvas);
}

static gboolean
pressed (GtkWidget *canvas, GdkEventButton *event, Preview *preview)
{
  gtk_widget_grab_focus (canvas);
  if (event->type != GDK_BUTTON_PRESS || shows_network (preview))
    return FALSE;
  preview->drag
      = event->button == 1 && fabs (event->x - preview->split * preview->port.width) <= HANDLE_REACH
            ? DRAG_HANDLE
            : DRAG_PAN;
  preview->drag_x = event->x;
  preview->drag_y = event->y;
  return TRUE;
}

static gboolean
released (GtkWidget *canvas, GdkEventButton *event, Preview *preview)
{
  preview->drag = DRAG_NONE;
  return FALSE;
}

static gboolean
pointer_moved (GtkWidget *canvas, GdkEventMotion *event, Preview *preview)
{
  if (preview->drag == DRAG_HANDLE)
    set_split (preview, event->x / preview->port.width);
  else if (preview->drag == DRAG_PAN)
    {
      why_view_port_pan (&preview->port, (gint)lround (preview->drag_x - event->x),
                         (gint)lround (preview->drag_y - event->y));
      preview->drag_x = event->x;
      preview->drag_y = event->y;
      moved (preview);
    }
  show_reading (preview, event->x, event->y);
  return FALSE;
}

static void
zoom_by (Preview *preview, gdouble factor, gdouble x, gdouble y)
{
  why_view_port_zoom (&preview->port, preview->port.zoom * factor, x, y);
  moved (preview);
}

static gboolean
scrolled (GtkWidget *canvas, GdkEventScroll *event, Preview *preview)
{
  zoom_by (preview, pow (ZOOM_STEP, why_ui_scroll_steps (event)), event->x, event->y);
  return TRUE;
}

static void
zoom_in (GtkButton *button, Preview *preview)
{
  zoom_by (preview, ZOOM_STEP, preview->port.width / 2.0, preview->port.height / 2.0);
}

static void
zoom_out (GtkButton *button, Preview *preview)
{
  zoom_by (preview, 1.0 / ZOOM_STEP, preview->port.width / 2.0, preview->port.height / 2.0);
}

static void
zoom_fit (GtkButton *button, Preview *preview)
{
  why_view_port_fit (&preview->port);
  moved (preview);
}

static void
zoom_full (GtkButton *button, Preview *preview)
{
  why_view_port_zoom (&preview->port, 1.0, preview->port.width / 2.0, preview->port.height / 2.0);
  moved (preview);
}

static void
pan_by (Preview *preview, gint dx, gint dy)
{
  why_view_port_pan (&preview->port, dx * PAN_STEP, dy * PAN_STEP);
  moved (preview);
}

static gboolean
key_pressed (GtkWidget *canvas, GdkEventKey *event, Preview *preview)
{
  switch (event->keyval)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom_in (NULL, preview);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_out (NULL, preview);
      return TRUE;
    case GDK_KEY_0:
      zoom_fit (NULL, preview);
      return TRUE;
    case GDK_KEY_1:
      zoom_full (NULL, preview);
      return TRUE;
    case GDK_KEY_Left:
      pan_by (preview, -1, 0);
      return TRUE;
    case GDK_KEY_Right:
      pan_by (preview, 1, 0);
      return TRUE;
    case GDK_KEY_Up:
      pan_by (preview, 0, -1);
      return TRUE;
    case GDK_KEY_Down:
      pan_by (preview, 0, 1);
      return TRUE;
    case GDK_KEY_comma:
      set_split (preview, preview->split - 0.05);
      return TRUE;
    case GDK_KEY_period:
      set_split (preview, preview->split + 0.05);
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- Life ----------------------------------------------------------------------------------- */

static void
network_toggled (GtkToggleButton *button, Preview *preview)
{
  gtk_widget_queue_draw (preview->canvas);
}

static void
update (WhyPart *part, WhyDialogChange changes)
{
  Preview *preview = (Preview *)part;

  if (changes & WHY_DIALOG_PICTURE)
    {
      const WhyPicture *picture = why_dialog_get_picture (part->state);

      why_view_port_set_image (&preview->port, why_picture_get_width (picture),
                               why_picture_get_height (picture));
      moved (preview);
    }
  if (changes & WHY_DIALOG_SUBJECT)
    {
      drop (&preview->network);
      gtk_widget_queue_draw (preview->canvas);
    }
  if (changes & WHY_DIALOG_MAP)
    {
      drop (&preview->after);
      gtk_widget_queue_draw (preview->canvas);
    }
}

static void
free_surfaces (GtkWidget *widget, Preview *preview)
{
  drop (&preview->before);
  drop (&preview->after);
  drop (&preview->network);
}

static void
add_button (Preview *preview, GtkWidget *box, const gchar *label, const gchar *tooltip,
            GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  why_describe (button, NULL, tooltip);
  g_signal_connect (button, "clicked", clicked, preview);
  gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
}

static GtkWidget *
new_tools (Preview *preview)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 6);

  add_button (preview, box, _ ("_Fit"), _ ("Show the whole picture (key 0)."),
              G_CALLBACK (zoom_fit));
  add_button (preview, box, _ ("_1:1"), _ ("One image pixel a screen pixel (key 1)."),
              G_CALLBACK (zoom_full));
  add_button (preview, box, "_-", _ ("Zoom out (key −)."), G_CALLBACK (zoom_out));
  add_button (preview, box, "_+", _ ("Zoom in (key +)."), G_CALLBACK (zoom_in));
  preview->network_button = gtk_check_button_new_with_mnemonic (_ ("What the net_work sees"));
  why_describe (preview->network_button, NULL,
                _ ("Shows the part of the picture that the network gets, at its own resolution."));
  g_signal_connect (preview->network_button, "toggled", G_CALLBACK (network_toggled), preview);
  gtk_box_pack_end (GTK_BOX (box), preview->network_button, FALSE, FALSE, 0);
  return box;
}

WhyPart *
why_preview_new (WhyDialog *state)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 6);
  Preview *preview = why_part_new (sizeof (Preview), box, state, update);
  GtkWidget *canvas = preview->canvas = why_ui_canvas (draw, preview);

  preview->port.fit = TRUE;
  gtk_widget_set_size_request (canvas, MIN_WIDTH, MIN_HEIGHT);
  why_describe (canvas, _ ("Preview"),
                _ ("The picture with the map. Drag to move, scroll to zoom, drag the handle to "
                   "compare before and after (keys , and .)."));
  g_signal_connect (canvas, "button-press-event", G_CALLBACK (pressed), preview);
  g_signal_connect (canvas, "button-release-event", G_CALLBACK (released), preview);
  g_signal_connect (canvas, "motion-notify-event", G_CALLBACK (pointer_moved), preview);
  g_signal_connect (canvas, "scroll-event", G_CALLBACK (scrolled), preview);
  g_signal_connect (canvas, "key-press-event", G_CALLBACK (key_pressed), preview);
  g_signal_connect (box, "destroy", G_CALLBACK (free_surfaces), preview);
  gtk_box_pack_start (GTK_BOX (box), canvas, TRUE, TRUE, 0);
  preview->reading = why_ui_label ("", NULL);
  gtk_label_set_use_underline (GTK_LABEL (preview->reading), FALSE);
  gtk_label_set_ellipsize (GTK_LABEL (preview->reading), PANGO_ELLIPSIZE_END);
  gtk_box_pack_start (GTK_BOX (box), preview->reading, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), new_tools (preview), FALSE, FALSE, 0);
  return &preview->part;
}
