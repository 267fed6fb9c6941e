/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialog.h"

#include <glib/gi18n-lib.h>

#include "host/answers.h"
#include "host/gimp.h"
#include "part.h"
#include "settings-row.h"
#include "trace.h"

typedef struct
{
  WhyHost *host;
  WhyDialog *state;
  GtkWidget *window;
  GPtrArray *parts;   /* WhyPart* */
  WhyPixels *visible; /* the picture, fetched before the window opens */
  gchar *region;      /* what is asked about now */
  WhySnapshot *layer; /* the active layer on its way from GIMP, or NULL */
  WhyRect layer_rect;
  guint layer_source;   /* the idle source that fetches it */
  gboolean wants_to_go; /* OK was pressed before the map was there */
} Window;

static GtkWidget *
add_part (Window *window, WhyPart *part)
{
  g_ptr_array_add (window->parts, part);
  return part->widget;
}

static void
add_page (Window *window, GtkWidget *notebook, WhyPart *part, const gchar *title)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (title);
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL);

  gtk_viewport_set_shadow_type (GTK_VIEWPORT (viewport), GTK_SHADOW_NONE);
  gtk_container_add (GTK_CONTAINER (viewport), add_part (window, part));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_container_add (GTK_CONTAINER (scrolled), viewport);
  gtk_notebook_append_page (GTK_NOTEBOOK (notebook), scrolled, label);
}

static GtkWidget *
new_side (Window *window)
{
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *notebook = gtk_notebook_new ();

  add_page (window, notebook, why_method_page_new (window->state), _ ("Me_thod"));
  add_page (window, notebook, why_style_page_new (window->state), _ ("Loo_k"));
  add_page (window, notebook,
            why_result_page_new (window->state, why_gimp_image_is_rgb (window->host->image)),
            _ ("Res_ult"));
  gtk_widget_set_size_request (notebook, -1, 290);
  gtk_box_pack_start (GTK_BOX (box), add_part (window, why_model_row_new (window->state)), FALSE,
                      FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), add_part (window, why_classes_new (window->state)), TRUE, TRUE,
                      0);
  gtk_box_pack_start (GTK_BOX (box), notebook, TRUE, TRUE, 0);
  return box;
}

static const gchar *
describe_response (gint response)
{
  switch (response)
    {
    case GTK_RESPONSE_OK:
      return _ ("Writes the map as it is shown.");
    case GTK_RESPONSE_CANCEL:
      return _ ("Leaves the image as it is.");
    default: /* GIMP's own Help has none in GTK 2 */
      return _ ("Opens the manual.");
    }
}

/* The only box of buttons is the dialog's foot. */
static void
describe_foot (GtkWidget *widget, gpointer data)
{
  GtkDialog *dialog = data;

  if (GTK_IS_BUTTON (widget) && GTK_IS_BUTTON_BOX (gtk_widget_get_parent (widget)))
    why_describe (widget, NULL,
                  describe_response (gtk_dialog_get_response_for_widget (dialog, widget)));
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), describe_foot, dialog);
}

static void
fill_window (Window *window)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (window->window));
  GtkWidget *box = why_ui_box (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *sides = why_ui_box (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (sides), add_part (window, why_preview_new (window->state)), TRUE,
                      TRUE, 0);
  gtk_box_pack_start (GTK_BOX (sides), new_side (window), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), sides, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), add_part (window, why_status_new (window->state)), FALSE,
                      FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box),
                      add_part (window, why_settings_row_new (window->state, window->host)), FALSE,
                      FALSE, 0);
  gtk_box_pack_start (GTK_BOX (content), box, TRUE, TRUE, 0);
  gtk_window_set_default_size (GTK_WINDOW (window->window), 1060, 720);
  describe_foot (content, window->window);
  gtk_widget_show_all (box);
}

/* --- The picture ---------------------------------------------------------------------------- */

static void
drop_layer (Window *window)
{
  if (!window->layer)
    return;
  g_source_remove (window->layer_source);
  g_clear_pointer (&window->layer, why_snapshot_free);
}

/* OK may have been pressed meanwhile. */
static gboolean
fetch_strip (gpointer data)
{
  Window *window = data;
  g_autoptr (WhyPixels) pixels = NULL;

  if (why_snapshot_go_on (window->layer))
    return G_SOURCE_CONTINUE;
  pixels = why_snapshot_end (g_steal_pointer (&window->layer));
  why_dialog_set_pixels (window->state, pixels, &window->layer_rect);
  if (window->wants_to_go)
    why_dialog_complete (window->state);
  return G_SOURCE_REMOVE;
}

static gboolean
begin_layer (Window *window, GError **error)
{
  window->layer = why_host_begin_layer (window->host, &window->layer_rect, error);
  if (!window->layer)
    return FALSE;
  window->layer_source = g_idle_add (fetch_strip, window);
  return TRUE;
}

/* Gives the state the part of the picture that the settings ask about, at once or soon. */
static gboolean
fetch_region (Window *window, GError **error)
{
  const gchar *region = why_request_get (why_dialog_get_request (window->state), "region");
  WhyRect rect;

  g_free (window->region);
  window->region = g_strdup (region);
  drop_layer (window);
  if (g_str_equal (region, "layer"))
    return begin_layer (window, error);
  if (!why_host_get_part (window->host, region, &rect, error))
    return FALSE;
  why_dialog_set_pixels (window->state, window->visible, &rect);
  return TRUE;
}

static void
follow_region (Window *window)
{
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (window->region, why_request_get (why_dialog_get_request (window->state), "region"))
      == 0)
    return;
  if (fetch_region (window, &error))
    return;
  why_dialog_fail (window->state, error->message);
}

/* --- Running -------------------------------------------------------------------------------- */

static void
changed (WhyDialog *state, WhyDialogChange changes, gpointer data)
{
  Window *window = data;

  if (changes & WHY_DIALOG_MAP)
    why_trace ("map");
  if ((changes & WHY_DIALOG_BUSY) && !why_dialog_is_busy (state))
    why_trace ("idle");
  for (guint i = 0; i < window->parts->len; i++)
    {
      WhyPart *part = window->parts->pdata[i];

      part->update (part, changes);
    }
  if (changes & (WHY_DIALOG_SETTINGS | WHY_DIALOG_BUSY))
    why_keys_settle (GTK_DIALOG (window->window));
  if (changes & WHY_DIALOG_SETTINGS)
    follow_region (window);
  if (window->wants_to_go && !why_dialog_is_busy (state) && !window->layer)
    {
      window->wants_to_go = FALSE;
      if (why_dialog_is_complete (state))
        gtk_dialog_response (GTK_DIALOG (window->window), GTK_RESPONSE_OK);
    }
}

/* OK waits for all that the settings ask for. */
static void
responded (GtkDialog *dialog, gint response, Window *window)
{
  if (response != GTK_RESPONSE_OK || (why_dialog_is_complete (window->state) && !window->layer))
    return;
  g_signal_stop_emission_by_name (dialog, "response");
  window->wants_to_go = TRUE;
  if (!window->layer)
    why_dialog_complete (window->state);
}

/* The last settings, of another picture perhaps, without a part of it that this one does not have.
 * (transfer full) */
static WhyRequest *
fit_request (WhyHost *host, const WhyRequest *request)
{
  WhyRequest *fitting = why_request_copy (request);
  const gchar *region = why_request_get (request, "region");
  WhyRect rect;

  if (g_str_equal (region, "selection") && !why_host_get_part (host, region, &rect, NULL))
    why_request_set (fitting, "region", NULL);
  return fitting;
}

/* The settings to begin with: those that the layer remembers, if it is one of Whylayer's. */
static WhyDialog *
new_state (WhyHost *host, const WhyRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyStored) stored = why_host_get_stored (host, &error);
  g_autoptr (WhyRequest) fitting = fit_request (host, request);
  WhyDialog *state = why_dialog_new (host->session, stored ? stored->request : fitting);

  if (stored)
    {
      g_autofree gchar *name = why_gimp_item_get_name (host->drawable);

      why_dialog_set_edited (state, name);
    }
  else if (error)
    why_dialog_fail (state, error->message);
  return state;
}

static gboolean
mapped (GtkWidget *widget, GdkEvent *event, gpointer data)
{
  why_trace ("mapped");
  why_trace_loop (widget);
  return FALSE;
}

static WhyReport *
run_window (Window *window, WhyDialogRun run)
{
  g_signal_connect (window->window, "map-event", G_CALLBACK (mapped), NULL);
  g_signal_connect (window->window, "response", G_CALLBACK (responded), window);
  if (run (window->window) != GTK_RESPONSE_OK)
    return NULL;
  return why_dialog_take_report (window->state);
}

WhyReport *
why_dialog_run (WhyHost *host, GtkWidget *dialog, WhyDialogRun run, const WhyRequest *request,
                gboolean *update, GError **error)
{
  Window window = { .host = host, .window = dialog };
  WhyReport *report = NULL;
  WhyRect whole;

  window.visible = why_host_fetch (host, "visible", &whole, error);
  if (!window.visible)
    return NULL;
  window.state = new_state (host, request);
  window.parts = g_ptr_array_new ();
  fill_window (&window);
  why_dialog_set_listener (window.state, changed, &window);
  changed (window.state, WHY_DIALOG_SETTINGS, &window);
  report = run_window (&window, run);
  if (report)
    {
      why_host_name_report (host, report);
      *update = why_dialog_get_updates (window.state);
      why_answers_keep_last (report->request);
    }

  drop_layer (&window);
  why_dialog_set_listener (window.state, NULL, NULL);
  gtk_widget_destroy (dialog);
  g_ptr_array_unref (window.parts);
  why_dialog_free (window.state);
  why_pixels_unref (window.visible);
  g_free (window.region);
  return report;
}
