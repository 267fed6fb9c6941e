/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/view.h"

#include <math.h>
#include <string.h>

typedef struct
{
  gint width, height;
  WhyRect box;
  gint out_width, out_height;
  const guint8 *u8;
  const gint32 *exact; /* 1/65536 of a grey level */
} BoxGolden;

typedef struct
{
  gint width, height, short_side, crop_width, crop_height;
  const guint8 *u8;
} CropGolden;

#include "golden/resize.h"

static const gdouble black[3] = { 0, 0, 0 };

/* The same formula is in golden/resize.py. */
static guint8
picture (gint x, gint y, gint c)
{
  return ((x * 37 + y * 91 + c * 53) ^ (x * y)) & 255;
}

static WhyPixels *
make_picture (gint width, gint height)
{
  guint8 *data = g_malloc (3 * (gsize)width * height);

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gint c = 0; c < 3; c++)
        data[3 * ((gsize)y * width + x) + c] = picture (x, y, c);
  return why_pixels_new_take (width, height, WHY_PIXELS_RGB_U8, data);
}

static gfloat *
sample (const WhyView *view, WhyPixels *pixels, const gdouble background[3])
{
  g_autoptr (GError) error = NULL;
  gfloat *rgb = g_new (gfloat, 3 * view->input_width * view->input_height);

  g_assert_true (why_view_sample (view, pixels, background, rgb, NULL, &error));
  g_assert_no_error (error);
  return rgb;
}

/* Largest difference to interleaved pixels, in grey levels. */
static gdouble
largest_difference (const gfloat *planar, gint n, const guint8 *u8)
{
  gdouble largest = 0;

  for (gint i = 0; i < n; i++)
    for (gint c = 0; c < 3; c++)
      largest = MAX (largest, fabs (planar[c * n + i] * 255 - u8[3 * i + c]));
  return largest;
}

/* A box is asked for as the rect of a view whose region is everything, as a crop's is. */
static WhyView
view_of_box (const BoxGolden *golden)
{
  WhyView view;

  g_assert_true (why_view_init (&view, golden->width, golden->height, NULL, WHY_RESIZE_STRETCH,
                                golden->out_width, golden->out_height, 0, NULL));
  view.rect = golden->box;
  return view;
}

static void
test_boxes_agree_with_pillow (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (box_goldens); k++)
    {
      const BoxGolden *golden = &box_goldens[k];
      WhyView view = view_of_box (golden);
      g_autoptr (WhyPixels) pixels = make_picture (golden->width, golden->height);
      g_autofree gfloat *rgb = sample (&view, pixels, black);
      gint n = golden->out_width * golden->out_height;

      g_assert_cmpfloat (largest_difference (rgb, n, golden->u8), <=, 1.0 + 1e-3);
      for (gint i = 0; i < n; i++)
        for (gint c = 0; c < 3; c++)
          g_assert_cmpfloat_with_epsilon (rgb[c * n + i] * 255, golden->exact[3 * i + c] / 65536.0,
                                          2e-4);
    }
}

static void
test_crops_agree_with_torchvision (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (crop_goldens); k++)
    {
      const CropGolden *golden = &crop_goldens[k];
      g_autoptr (WhyPixels) pixels = make_picture (golden->width, golden->height);
      g_autofree gfloat *rgb = NULL;
      WhyView view;

      g_assert_true (why_view_init (&view, golden->width, golden->height, NULL, WHY_RESIZE_CROP,
                                    golden->crop_width, golden->crop_height, golden->short_side,
                                    NULL));
      rgb = sample (&view, pixels, black);
      g_assert_cmpfloat (
          largest_difference (rgb, golden->crop_width * golden->crop_height, golden->u8), <=,
          1.0 + 1e-3);
    }
}

/* A region gives what the picture cut to it gives. */
static void
test_region_is_a_picture_of_its_own (void)
{
  const gint x = 5, y = 11, width = 31, height = 19;
  guint8 *cut = g_malloc (3 * width * height);
  g_autoptr (WhyPixels) whole = make_picture (60, 40);
  g_autoptr (WhyPixels) part = NULL;

  for (gint j = 0; j < height; j++)
    for (gint i = 0; i < width; i++)
      for (gint c = 0; c < 3; c++)
        cut[3 * (j * width + i) + c] = picture (x + i, y + j, c);
  part = why_pixels_new_take (width, height, WHY_PIXELS_RGB_U8, cut);

  for (WhyResize policy = WHY_RESIZE_STRETCH; policy <= WHY_RESIZE_LETTERBOX; policy++)
    {
      WhyView in_whole, alone;
      g_autofree gfloat *a = NULL;
      g_autofree gfloat *b = NULL;

      g_assert_true (why_view_init (&in_whole, 60, 40, &(WhyRect){ x, y, width, height }, policy,
                                    13, 9, 12, NULL));
      g_assert_true (why_view_init (&alone, width, height, NULL, policy, 13, 9, 12, NULL));
      a = sample (&in_whole, whole, black);
      b = sample (&alone, part, black);
      g_assert_cmpfloat_with_epsilon (in_whole.rect.x, alone.rect.x + x, 1e-9);
      g_assert_cmpfloat_with_epsilon (in_whole.rect.height, alone.rect.height, 1e-9);
      for (gint i = 0; i < 3 * 13 * 9; i++)
        g_assert_cmpfloat_with_epsilon (a[i], b[i], 1e-5);
    }
}

static void
test_to_input_inverts_to_image (void)
{
  for (WhyResize policy = WHY_RESIZE_STRETCH; policy <= WHY_RESIZE_LETTERBOX; policy++)
    for (gint short_side = 0; short_side <= 70; short_side += 35)
      {
        WhyView view;

        g_assert_true (why_view_init (&view, 301, 173, &(WhyRect){ 20, 7, 211, 160 }, policy, 64,
                                      48, short_side, NULL));
        for (gdouble u = -3; u < 70; u += 7.3)
          {
            gdouble x, y, back_x, back_y;

            why_view_to_image (&view, u, u / 2, &x, &y);
            why_view_to_input (&view, x, y, &back_x, &back_y);
            g_assert_cmpfloat_with_epsilon (back_x, u, 1e-10);
            g_assert_cmpfloat_with_epsilon (back_y, u / 2, 1e-10);
          }
      }
}

/* The corners of dest are the corners of rect, and rect lies in the region. */
static void
test_rect_fills_dest (void)
{
  for (WhyResize policy = WHY_RESIZE_STRETCH; policy <= WHY_RESIZE_LETTERBOX; policy++)
    {
      const WhyRect region = { 10.5, 3, 90, 140 };
      WhyView view;
      gdouble x, y;
      gint bx, by, bw, bh;

      g_assert_true (why_view_init (&view, 200, 150, &region, policy, 64, 48, 50, NULL));
      why_view_to_image (&view, view.dest_x + view.dest_width, view.dest_y + view.dest_height, &x,
                         &y);
      g_assert_cmpfloat_with_epsilon (x, view.rect.x + view.rect.width, 1e-9);
      g_assert_cmpfloat_with_epsilon (y, view.rect.y + view.rect.height, 1e-9);
      g_assert_cmpfloat (view.rect.x, >=, region.x - 1e-9);
      g_assert_cmpfloat (x, <=, region.x + region.width + 1e-9);
      why_view_get_bounds (&view, &bx, &by, &bw, &bh);
      g_assert_cmpfloat (bx, <=, view.rect.x + 1e-6);
      g_assert_cmpfloat (bx + bw, >=, x - 1e-6);
      g_assert_cmpfloat (by + bh, >=, y - 1e-6);
      g_assert_cmpfloat (bw, <, view.rect.width + 2);
    }
}

static void
test_letterbox_keeps_proportions_and_pads (void)
{
  const gdouble background[3] = { 0.25, 0.5, 0.75 };
  g_autoptr (WhyPixels) pixels = make_picture (80, 20);
  g_autofree gfloat *rgb = NULL;
  WhyView view;

  g_assert_true (why_view_init (&view, 80, 20, NULL, WHY_RESIZE_LETTERBOX, 40, 30, 0, NULL));
  g_assert_cmpint (view.dest_width, ==, 40);
  g_assert_cmpint (view.dest_height, ==, 10);
  g_assert_cmpint (view.dest_y, ==, 10);
  rgb = sample (&view, pixels, background);
  for (gint c = 0; c < 3; c++)
    {
      g_assert_cmpfloat (rgb[c * 1200 + 9 * 40 + 17], ==, (gfloat)background[c]);
      g_assert_cmpfloat (rgb[c * 1200 + 20 * 40 + 17], ==, (gfloat)background[c]);
      g_assert_cmpfloat (fabs (rgb[c * 1200 + 15 * 40 + 17] - background[c]), >, 1e-3);
    }
}

static void
test_cover_has_the_inputs_proportions (void)
{
  WhyView view;

  g_assert_true (why_view_init (&view, 100, 40, NULL, WHY_RESIZE_CROP, 30, 20, 0, NULL));
  g_assert_cmpfloat_with_epsilon (view.rect.width, 60, 1e-9);
  g_assert_cmpfloat_with_epsilon (view.rect.height, 40, 1e-9);
  g_assert_cmpfloat_with_epsilon (view.rect.x, 20, 1e-9);
}

static void
test_bad_regions_are_refused (void)
{
  const WhyRect bad[] = { { 100, 0, 5, 5 }, { -9, 0, 9, 5 }, { 0, 0, 0, 5 },
                          { NAN, 0, 5, 5 }, { 3, 3, -2, 5 }, { 0, 0, 5, NAN } };
  WhyView view;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (why_view_init (&view, 100, 50, &bad[i], WHY_RESIZE_STRETCH, 8, 8, 0, &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
    }
  /* What sticks out is cut off. */
  g_assert_true (why_view_init (&view, 100, 50, &(WhyRect){ -10, 40, 30, 30 }, WHY_RESIZE_STRETCH,
                                8, 8, 0, NULL));
  g_assert_cmpfloat (view.rect.width, ==, 20);
  g_assert_cmpfloat (view.rect.height, ==, 10);
}

/** A source that counts what is read from it. */
typedef struct
{
  gint width, next, last;
} Stream;

static gboolean
stream_read (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  Stream *stream = user_data;
  guint8 *out = rows;

  if (y >= stream->last)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE, "broken");
      return FALSE;
    }
  g_assert_cmpint (y, >=, stream->next); /* once, in order */
  stream->next = y + n_rows;
  for (gint j = y; j < y + n_rows; j++)
    for (gint x = 0; x < stream->width; x++)
      for (gint c = 0; c < 3; c++)
        *out++ = picture (x, j, c);
  return TRUE;
}

static void
test_streams_are_read_once_and_only_where_needed (void)
{
  Stream stream = { 45, 0, G_MAXINT };
  g_autoptr (WhyPixels) streamed
      = why_pixels_new (45, 400, WHY_PIXELS_RGB_U8, stream_read, &stream, NULL);
  g_autoptr (WhyPixels) stored = make_picture (45, 400);
  g_autofree gfloat *a = NULL;
  g_autofree gfloat *b = NULL;
  WhyView view;

  g_assert_true (why_view_init (&view, 45, 400, NULL, WHY_RESIZE_CROP, 12, 9, 14, NULL));
  a = sample (&view, streamed, black);
  b = sample (&view, stored, black);
  g_assert_cmpmem (a, 3 * 12 * 9 * sizeof *a, b, 3 * 12 * 9 * sizeof *b);
  g_assert_cmpint (stream.next, <, 240);
}

static void
test_read_errors_and_cancel_are_passed_on (void)
{
  Stream stream = { 45, 0, 100 };
  g_autoptr (WhyPixels) streamed
      = why_pixels_new (45, 400, WHY_PIXELS_RGB_U8, stream_read, &stream, NULL);
  g_autoptr (WhyPixels) stored = make_picture (45, 400);
  g_autoptr (WhyProgress) progress = why_progress_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  gfloat rgb[3 * 12 * 9];
  WhyView view;

  g_assert_true (why_view_init (&view, 45, 400, NULL, WHY_RESIZE_STRETCH, 12, 9, 0, NULL));
  g_assert_false (why_view_sample (&view, streamed, black, rgb, NULL, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_IMAGE);
  g_clear_error (&error);
  why_progress_cancel (progress);
  g_assert_false (why_view_sample (&view, stored, black, rgb, progress, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_CANCELLED);
}

/* Every format of the same picture gives the same rows. */
static void
test_formats_agree_and_alpha_shows_the_background (void)
{
  const gdouble background[3] = { 1.0, 0.5, 0.0 };
  const gint n = 21 * 2;
  guint8 *rgba_u8 = g_malloc (4 * n);
  gfloat *rgba_float = g_new (gfloat, 4 * n), *rgb_float = g_new (gfloat, 3 * n);
  WhyPixels *pixels[3];
  gfloat got[3][3 * 21];
  guint8 bytes[3 * 21];

  for (gint i = 0; i < n; i++)
    for (gint c = 0; c < 4; c++)
      {
        rgba_u8[4 * i + c] = c < 3 ? i * 6 + c : i * 5;
        rgba_float[4 * i + c] = rgba_u8[4 * i + c] / 255.0f;
        if (c < 3)
          rgb_float[3 * i + c]
              = rgba_u8[4 * i + c] / 255.0 * (i * 5 / 255.0) + background[c] * (1 - i * 5 / 255.0);
      }
  pixels[0] = why_pixels_new_take (21, 2, WHY_PIXELS_RGBA_U8, rgba_u8);
  pixels[1] = why_pixels_new_take (21, 2, WHY_PIXELS_RGBA_FLOAT, rgba_float);
  pixels[2] = why_pixels_new_take (21, 2, WHY_PIXELS_RGB_FLOAT, rgb_float);
  for (gint k = 0; k < 3; k++)
    g_assert_true (why_pixels_read_rgb (pixels[k], 1, 1, background, got[k], NULL));
  for (gint i = 0; i < 3 * 21; i++)
    {
      g_assert_cmpfloat_with_epsilon (got[0][i], got[2][i], 1e-6);
      g_assert_cmpfloat_with_epsilon (got[1][i], got[2][i], 1e-6);
    }
  g_assert_false (why_pixels_read_rgb (pixels[0], 1, 2, background, got[0], NULL));
  for (gint k = 0; k < 3; k++)
    {
      g_assert_true (why_pixels_read_rgb_u8 (pixels[k], 1, 1, background, bytes, NULL));
      for (gint i = 0; i < 3 * 21; i++)
        g_assert_cmpfloat_with_epsilon (bytes[i], 255 * got[2][i], 1.0);
    }
  g_assert_false (why_pixels_read_rgb_u8 (pixels[0], 1, 2, background, bytes, NULL));
  for (gint k = 0; k < 3; k++)
    why_pixels_unref (pixels[k]);
}

static void
test_float_pixels_are_clipped (void)
{
  gfloat *data = g_new (gfloat, 6);
  g_autoptr (WhyPixels) pixels = why_pixels_new_take (2, 1, WHY_PIXELS_RGB_FLOAT, data);
  gfloat rgb[6];

  memcpy (data, (gfloat[]){ -0.5f, 1.5f, NAN, INFINITY, -INFINITY, 0.25f }, 6 * sizeof (gfloat));
  g_assert_true (why_pixels_read_rgb (pixels, 0, 1, black, rgb, NULL));
  for (gint i = 0; i < 6; i++)
    g_assert_cmpfloat (rgb[i], ==, ((gfloat[]){ 0, 1, 0, 1, 0, 0.25f })[i]);
}

static void
test_preprocessing_orders_scales_and_inverts (void)
{
  const WhyPreprocessing caffe = {
    .channels = WHY_CHANNELS_BGR, .range = { 0, 255 }, .mean = { 104, 117, 123 }, .std = { 1, 2, 4 }
  };
  const gfloat rgb[6] = { 1.0f, 0.2f, 0.5f, 0.4f, 0.0f, 0.6f };
  WhyReal input[6], pixel[3];
  gfloat back[6];

  why_preprocessing_apply (&caffe, 2, 1, rgb, input);
  g_assert_cmpfloat_with_epsilon (input[0], 0 - 104, 1e-4);
  g_assert_cmpfloat_with_epsilon (input[1], 0.6 * 255 - 104, 1e-4);
  g_assert_cmpfloat_with_epsilon (input[3], (0.4 * 255 - 117) / 2, 1e-4);
  g_assert_cmpfloat_with_epsilon (input[4], (255 - 123) / 4.0, 1e-4);
  why_preprocessing_invert (&caffe, 2, 1, input, back);
  for (gint i = 0; i < 6; i++)
    g_assert_cmpfloat_with_epsilon (back[i], rgb[i], 1e-5);
  why_preprocessing_pixel (&caffe, 0.5, pixel);
  g_assert_cmpfloat_with_epsilon (pixel[2], (127.5 - 123) / 4, 1e-4);
}

static void
test_gray_networks_see_luma (void)
{
  const WhyPreprocessing gray
      = { .channels = WHY_CHANNELS_GRAY, .range = { 0, 1 }, .mean = { 0.5 }, .std = { 0.25 } };
  const gfloat rgb[3] = { 1.0f, 0.5f, 0.25f };
  WhyReal input[1];
  gfloat back[3];

  why_preprocessing_apply (&gray, 1, 1, rgb, input);
  g_assert_cmpfloat_with_epsilon (input[0], (0.299 + 0.2935 + 0.0285 - 0.5) / 0.25, 1e-5);
  why_preprocessing_invert (&gray, 1, 1, input, back);
  g_assert_cmpfloat_with_epsilon (back[2], 0.621, 1e-5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/view/boxes-agree-with-pillow", test_boxes_agree_with_pillow);
  g_test_add_func ("/view/crops-agree-with-torchvision", test_crops_agree_with_torchvision);
  g_test_add_func ("/view/region-is-a-picture-of-its-own", test_region_is_a_picture_of_its_own);
  g_test_add_func ("/view/to-input-inverts-to-image", test_to_input_inverts_to_image);
  g_test_add_func ("/view/rect-fills-dest", test_rect_fills_dest);
  g_test_add_func ("/view/letterbox-keeps-proportions-and-pads",
                   test_letterbox_keeps_proportions_and_pads);
  g_test_add_func ("/view/cover-has-the-inputs-proportions", test_cover_has_the_inputs_proportions);
  g_test_add_func ("/view/bad-regions-are-refused", test_bad_regions_are_refused);
  g_test_add_func ("/view/streams-are-read-once-and-only-where-needed",
                   test_streams_are_read_once_and_only_where_needed);
  g_test_add_func ("/view/read-errors-and-cancel-are-passed-on",
                   test_read_errors_and_cancel_are_passed_on);
  g_test_add_func ("/pixels/formats-agree-and-alpha-shows-the-background",
                   test_formats_agree_and_alpha_shows_the_background);
  g_test_add_func ("/pixels/float-pixels-are-clipped", test_float_pixels_are_clipped);
  g_test_add_func ("/preprocessing/orders-scales-and-inverts",
                   test_preprocessing_orders_scales_and_inverts);
  g_test_add_func ("/preprocessing/gray-networks-see-luma", test_gray_networks_see_luma);
  return g_test_run ();
}
