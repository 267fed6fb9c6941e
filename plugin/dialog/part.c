/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "part.h"

#include <glib/gi18n-lib.h>

#include "mnemonic.h"

gpointer
why_part_new (gsize size, GtkWidget *widget, WhyDialog *state,
              void (*update) (WhyPart *part, WhyDialogChange changes))
{
  WhyPart *part = g_malloc0 (size);

  part->widget = widget;
  part->state = state;
  part->update = update;
  g_object_set_data_full (G_OBJECT (widget), "why-part", part, g_free);
  return part;
}

void
why_describe (GtkWidget *widget, const gchar *name, const gchar *text)
{
  AtkObject *accessible = gtk_widget_get_accessible (widget);

  if (name)
    {
      g_autofree gchar *plain = why_mnemonic_strip (name);
      atk_object_set_name (accessible, plain);
    }
  if (text)
    {
      gtk_widget_set_tooltip_text (widget, text);
      atk_object_set_description (accessible, text);
    }
}

gchar *
why_format_duration (gdouble seconds)
{
  if (seconds < 0.95)
    return g_strdup (_ ("under a second"));
  if (seconds < 90.0)
    return g_strdup_printf (_ ("about %.0f s"), seconds);
  return g_strdup_printf (_ ("about %.0f min"), seconds / 60.0);
}
