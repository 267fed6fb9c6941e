/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialog/view-port.h"

static WhyViewPort
make_port (gint image_width, gint image_height, gint width, gint height)
{
  WhyViewPort port = { .fit = TRUE };

  why_view_port_set_size (&port, width, height);
  why_view_port_set_image (&port, image_width, image_height);
  return port;
}

static void
test_fit_shows_everything_in_the_middle (void)
{
  WhyViewPort port = make_port (4000, 1000, 400, 300);
  gint x, y, width, height;

  why_view_port_get_covered (&port, &x, &y, &width, &height);
  g_assert_cmpfloat (port.zoom, ==, 0.1);
  g_assert_cmpint (x, ==, 0);
  g_assert_cmpint (y, ==, 100);
  g_assert_cmpint (width, ==, 400);
  g_assert_cmpint (height, ==, 100);
}

static void
test_zoom_keeps_the_point_under_the_pointer (void)
{
  WhyViewPort port = make_port (4000, 3000, 400, 300);
  gdouble before_x, before_y, after_x, after_y;

  why_view_port_to_image (&port, 250, 120, &before_x, &before_y);
  why_view_port_zoom (&port, 2.0, 250, 120);
  why_view_port_to_image (&port, 250, 120, &after_x, &after_y);
  g_assert_cmpfloat_with_epsilon (before_x, after_x, 0.5);
  g_assert_cmpfloat_with_epsilon (before_y, after_y, 0.5);
}

static void
test_pan_stops_at_the_edges (void)
{
  WhyViewPort port = make_port (1000, 500, 400, 300);

  why_view_port_zoom (&port, 1.0, 0, 0);
  why_view_port_pan (&port, -10000, -10000);
  g_assert_cmpint (port.x, ==, 0);
  g_assert_cmpint (port.y, ==, 0);
  why_view_port_pan (&port, 10000, 10000);
  g_assert_cmpint (port.x, ==, 600);
  g_assert_cmpint (port.y, ==, 200);
}

static void
test_fit_follows_the_canvas (void)
{
  WhyViewPort port = make_port (1000, 500, 400, 300);

  why_view_port_set_size (&port, 200, 300);
  g_assert_cmpfloat (port.zoom, ==, 0.2);
  why_view_port_zoom (&port, 3.0, 0, 0);
  why_view_port_set_size (&port, 400, 300);
  g_assert_cmpfloat (port.zoom, ==, 3.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view-port/fit-shows-everything-in-the-middle",
                   test_fit_shows_everything_in_the_middle);
  g_test_add_func ("/view-port/zoom-keeps-the-point-under-the-pointer",
                   test_zoom_keeps_the_point_under_the_pointer);
  g_test_add_func ("/view-port/pan-stops-at-the-edges", test_pan_stops_at_the_edges);
  g_test_add_func ("/view-port/fit-follows-the-canvas", test_fit_follows_the_canvas);
  return g_test_run ();
}
