/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "view-port.h"

#include <math.h>

#define MAX_ZOOM 64.0

static gdouble
fitting_zoom (const WhyViewPort *port)
{
  return MIN ((gdouble)port->width / port->image_width, (gdouble)port->height / port->image_height);
}

/* Keeps the image in sight: centred where it is smaller than the canvas, else without gaps. */
static gint
settle (gint origin, gint image, gint canvas)
{
  return image <= canvas ? -(canvas - image) / 2 : CLAMP (origin, 0, image - canvas);
}

static void
normalise (WhyViewPort *port)
{
  if (port->image_width <= 0 || port->width <= 0 || port->height <= 0)
    return;
  if (port->fit)
    port->zoom = fitting_zoom (port);
  port->x = settle (port->x, (gint)ceil (port->image_width * port->zoom), port->width);
  port->y = settle (port->y, (gint)ceil (port->image_height * port->zoom), port->height);
}

void
why_view_port_set_image (WhyViewPort *port, gint width, gint height)
{
  if (port->image_width != width || port->image_height != height)
    port->fit = TRUE;
  port->image_width = width;
  port->image_height = height;
  normalise (port);
}

void
why_view_port_set_size (WhyViewPort *port, gint width, gint height)
{
  port->width = width;
  port->height = height;
  normalise (port);
}

void
why_view_port_fit (WhyViewPort *port)
{
  port->fit = TRUE;
  normalise (port);
}

void
why_view_port_zoom (WhyViewPort *port, gdouble zoom, gdouble at_x, gdouble at_y)
{
  gdouble x, y;

  if (port->image_width <= 0)
    return;
  why_view_port_to_image (port, at_x, at_y, &x, &y);
  port->fit = FALSE;
  port->zoom = CLAMP (zoom, MIN (fitting_zoom (port), 1.0), MAX_ZOOM);
  port->x = (gint)lround (x * port->zoom - at_x);
  port->y = (gint)lround (y * port->zoom - at_y);
  normalise (port);
}

void
why_view_port_pan (WhyViewPort *port, gint dx, gint dy)
{
  port->x += dx;
  port->y += dy;
  normalise (port);
}

void
why_view_port_to_image (const WhyViewPort *port, gdouble canvas_x, gdouble canvas_y, gdouble *x,
                        gdouble *y)
{
  *x = (canvas_x + port->x) / port->zoom;
  *y = (canvas_y + port->y) / port->zoom;
}

void
why_view_port_get_covered (const WhyViewPort *port, gint *x, gint *y, gint *width, gint *height)
{
  gint image_width = (gint)ceil (port->image_width * port->zoom);
  gint image_height = (gint)ceil (port->image_height * port->zoom);

  *x = MAX (0, -port->x);
  *y = MAX (0, -port->y);
  *width = MAX (0, MIN (port->width, image_width - port->x) - *x);
  *height = MAX (0, MIN (port->height, image_height - port->y) - *y);
}
