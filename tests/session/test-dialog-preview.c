/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "session/dialog-preview.h"

/* Red grows to the right, green downwards. */
static WhyPixels *
make_pixels (gint width, gint height)
{
  guint8 *rgb = g_malloc ((gsize)width * height * 3);

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      {
        rgb[(y * width + x) * 3] = (guint8)(255 * x / (width - 1));
        rgb[(y * width + x) * 3 + 1] = (guint8)(255 * y / (height - 1));
        rgb[(y * width + x) * 3 + 2] = 77;
      }
  return why_pixels_new_take (width, height, WHY_PIXELS_RGB_U8, rgb);
}

static WhyPicture *
make_picture (gint width, gint height)
{
  g_autoptr (WhyPixels) pixels = make_pixels (width, height);

  return why_picture_new (pixels, NULL, NULL);
}

static void
test_full_size_is_the_picture_itself (void)
{
  g_autoptr (WhyPicture) picture = make_picture (37, 21);
  guint8 rgb[37 * 21 * 3];

  why_picture_draw (picture, 0, 0, 37, 21, 1.0, rgb, 37 * 3);
  for (gint y = 0; y < 21; y++)
    for (gint x = 0; x < 37; x++)
      {
        g_assert_cmpint (rgb[(y * 37 + x) * 3], ==, 255 * x / 36);
        g_assert_cmpint (rgb[(y * 37 + x) * 3 + 1], ==, 255 * y / 20);
        g_assert_cmpint (rgb[(y * 37 + x) * 3 + 2], ==, 77);
      }
}

/* At any zoom a place keeps its colour. */
static void
test_zoom_keeps_places (void)
{
  static const gdouble zooms[] = { 0.03, 0.1, 0.25, 0.4, 0.7, 1.0, 2.5, 8.0 };
  const gint width = 1301, height = 640;
  g_autoptr (WhyPicture) picture = make_picture (width, height);

  for (gsize i = 0; i < G_N_ELEMENTS (zooms); i++)
    {
      gint x = (gint)(0.6 * width * zooms[i]), y = (gint)(0.3 * height * zooms[i]);
      gdouble at_x = (x + 0.5) / zooms[i], at_y = (y + 0.5) / zooms[i];
      guint8 rgb[3];

      why_picture_draw (picture, x, y, 1, 1, zooms[i], rgb, 3);
      g_assert_cmpfloat_with_epsilon (rgb[0], 255.0 * (at_x - 0.5) / (width - 1), 2.0);
      g_assert_cmpfloat_with_epsilon (rgb[1], 255.0 * (at_y - 0.5) / (height - 1), 2.0);
    }
}

static void
test_outside_is_left_alone (void)
{
  g_autoptr (WhyPicture) picture = make_picture (10, 6);
  guint8 rgb[14 * 8 * 3];

  memset (rgb, 9, sizeof rgb);
  why_picture_draw (picture, -2, -1, 14, 8, 1.0, rgb, 14 * 3);
  g_assert_cmpint (rgb[0], ==, 9);
  g_assert_cmpint (rgb[(1 * 14 + 2) * 3 + 2], ==, 77);
  g_assert_cmpint (rgb[(6 * 14 + 11) * 3 + 2], ==, 77);
  g_assert_cmpint (rgb[(6 * 14 + 12) * 3 + 2], ==, 9);
  g_assert_cmpint (rgb[(7 * 14 + 5) * 3 + 2], ==, 9);
}

static void
test_reading_can_be_cancelled (void)
{
  g_autoptr (WhyPixels) pixels = make_pixels (200, 300);
  g_autoptr (WhyProgress) progress = why_progress_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  why_progress_cancel (progress);
  g_assert_null (why_picture_new (pixels, progress, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preview/full-size-is-the-picture-itself",
                   test_full_size_is_the_picture_itself);
  g_test_add_func ("/preview/zoom-keeps-places", test_zoom_keeps_places);
  g_test_add_func ("/preview/outside-is-left-alone", test_outside_is_left_alone);
  g_test_add_func ("/preview/reading-can-be-cancelled", test_reading_can_be_cancelled);
  return g_test_run ();
}
