/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zoom and pan: how image coordinates and the canvas's pixels go together. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint image_width, image_height;
  gint width, height; /* of the canvas */
  gboolean fit;       /* zoom follows the canvas */
  gdouble zoom;       /* canvas pixels an image pixel */
  gint x, y;          /* canvas origin in the zoomed image's pixels; negative where the image is
                       * smaller than the canvas */
} WhyViewPort;

void why_view_port_set_image (WhyViewPort *port, gint width, gint height);
void why_view_port_set_size (WhyViewPort *port, gint width, gint height);
void why_view_port_fit (WhyViewPort *port);
/* Zooms about a canvas point, which stays where it is. */
void why_view_port_zoom (WhyViewPort *port, gdouble zoom, gdouble at_x, gdouble at_y);
void why_view_port_pan (WhyViewPort *port, gint dx, gint dy);
void why_view_port_to_image (const WhyViewPort *port, gdouble canvas_x, gdouble canvas_y,
                             gdouble *x, gdouble *y);
/* The part of the canvas that the image covers. */
void why_view_port_get_covered (const WhyViewPort *port, gint *x, gint *y, gint *width,
                                gint *height);

G_END_DECLS
