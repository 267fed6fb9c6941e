/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/style.h"

#include <math.h>
#include <string.h>

#define ALPHA(rgba, width, x, y) ((rgba)[4 * ((y) * (width) + (x)) + 3])

static WhyParams *
make_style (const gchar *text)
{
  WhyParams *style = why_params_new (why_style_params ());
  g_autoptr (GError) error = NULL;

  why_params_parse (style, text, &error);
  g_assert_no_error (error);
  return style;
}

static WhyTensor *
make_cells (gint height, gint width, const WhyReal *values)
{
  WhyTensor *cells = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (height, width));

  if (values != NULL)
    memcpy (cells->real, values, (gsize)height * width * sizeof (WhyReal));
  return cells;
}

/* A hilly map with both signs. */
static WhyTensor *
make_hills (gint height, gint width)
{
  WhyTensor *cells = make_cells (height, width, NULL);

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      cells->real[y * width + x] = sin (x * 0.9) * cos (y * 0.7) + 0.1 * x - 0.05 * y;
  return cells;
}

static WhyView
make_view (gint width, gint height, WhyResize policy)
{
  WhyView view;

  g_assert_true (why_view_init (&view, width, height, NULL, policy, 56, 40, 0, NULL));
  return view;
}

/* The whole image. (transfer full) */
static guint8 *
draw (const WhyParams *style, const WhyTensor *cells, const WhyView *view)
{
  gsize stride = 4 * (gsize)view->image_width;
  guint8 *rgba = g_malloc (stride * view->image_height);
  WhyScale scale;

  why_style_get_scale (style, cells, &scale);
  why_style_draw (style, &scale, cells, view, 0, 0, view->image_width, view->image_height, 1, rgba,
                  stride);
  return rgba;
}

static void
test_scale_is_the_percentile_of_the_sign (void)
{
  const WhyReal values[] = { 1, 2, 3, 4, 5, -10, -20, 0, 0, 0, NAN, INFINITY };
  static const struct
  {
    const gchar *style;
    gdouble low, high;
  } cases[] = {
    { "clip=100", 0, 5 },
    { "clip=50", 0, 3 },
    { "clip=90", 0, 4.6 },
    { "clip=100;sign=negative", 0, 20 },
    { "clip=75;sign=negative", 0, 17.5 },
    { "clip=50;sign=both", -4, 4 },
    { "clip=100;sign=both", -20, 20 },
    { "scale=7", 0, 7 },
    { "scale=7;sign=both", -7, 7 },
  };
  g_autoptr (WhyTensor) cells = make_cells (3, 4, values);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WhyParams) style = make_style (cases[i].style);
      WhyScale scale;

      why_style_get_scale (style, cells, &scale);
      g_assert_false (scale.empty);
      g_assert_cmpfloat_with_epsilon (scale.low, cases[i].low, 1e-6);
      g_assert_cmpfloat_with_epsilon (scale.high, cases[i].high, 1e-6);
    }
}

/* Against sorting, on sizes and values that make selection go wrong: ties, order, single cells. */
static gint
compare (gconstpointer a, gconstpointer b)
{
  WhyReal x = *(const WhyReal *)a, y = *(const WhyReal *)b;

  return (x > y) - (x < y);
}

static void
test_percentile_equals_sorting (void)
{
  for (gint n = 1; n < 60; n++)
    for (gint kind = 0; kind < 3; kind++)
      {
        g_autoptr (WhyTensor) cells = make_cells (1, n, NULL);
        g_autoptr (WhyParams) style = make_style ("clip=83");
        gdouble rank = (n - 1) * 0.83, expected;
        WhyScale scale;

        for (gint i = 0; i < n; i++)
          cells->real[i] = 1 + (kind == 0 ? i * 37 % 11 : kind == 1 ? n - i : i);
        why_style_get_scale (style, cells, &scale);
        qsort (cells->real, n, sizeof (WhyReal), compare);
        expected = cells->real[(gint)rank];
        if ((gint)rank + 1 < n)
          expected += (rank - (gint)rank) * (cells->real[(gint)rank + 1] - expected);
        g_assert_cmpfloat_with_epsilon (scale.high, expected, 1e-6);
      }
}

/* Nothing of the wanted sign: transparent, and the scale says so. */
static void
test_empty_maps_are_transparent (void)
{
  static const gchar *styles[] = { "", "contours=3;labels=yes", "scale=2", "cells=native" };
  const WhyReal negative[] = { -1, -2, NAN, 0, -INFINITY, -4 };
  g_autoptr (WhyTensor) cells = make_cells (2, 3, negative);
  WhyView view = make_view (30, 20, WHY_RESIZE_STRETCH);

  for (gsize i = 0; i < G_N_ELEMENTS (styles); i++)
    {
      g_autoptr (WhyParams) style = make_style (styles[i]);
      g_autofree guint8 *rgba = draw (style, cells, &view);
      WhyScale scale;

      why_style_get_scale (style, cells, &scale);
      g_assert_true (scale.empty);
      for (gint k = 0; k < 4 * 30 * 20; k++)
        g_assert_cmpint (rgba[k], ==, 0);
    }
}

static void
test_tiny_and_huge_values_draw_alike (void)
{
  const WhyReal factors[] = { 1e-36, 1, 1e34 };
  g_autoptr (WhyParams) style = make_style ("");
  WhyView view = make_view (33, 21, WHY_RESIZE_STRETCH);
  g_autofree guint8 *first = NULL;

  for (gsize k = 0; k < G_N_ELEMENTS (factors); k++)
    {
      g_autoptr (WhyTensor) cells = make_hills (5, 7);
      g_autofree guint8 *rgba = NULL;

      for (gint i = 0; i < 35; i++)
        cells->real[i] *= factors[k];
      rgba = draw (style, cells, &view);
      if (first == NULL)
        {
          first = g_steal_pointer (&rgba);
          continue;
        }
      for (gint i = 0; i < 33 * 21; i++)
        g_assert_cmpint (ABS (rgba[4 * i + 3] - first[4 * i + 3]), <=, 1);
    }
}

/* One hot cell covers exactly its rectangle of the image, under every policy. */
static void
test_hot_cell_lands_where_it_belongs (void)
{
  const gint w = 7, h = 5, hot_x = 4, hot_y = 1;

  for (WhyResize policy = WHY_RESIZE_STRETCH; policy <= WHY_RESIZE_LETTERBOX; policy++)
    for (gint tall = 0; tall < 2; tall++)
      {
        g_autoptr (WhyParams) style = make_style ("cells=native");
        g_autoptr (WhyTensor) cells = make_cells (h, w, NULL);
        WhyView view = make_view (tall ? 61 : 173, tall ? 149 : 64, policy);
        g_autofree guint8 *rgba = NULL;
        gdouble x0, y0, x1, y1;
        gint inside_count = 0;

        cells->real[hot_y * w + hot_x] = 1;
        rgba = draw (style, cells, &view);
        why_view_to_image (&view, hot_x * 56.0 / w, hot_y * 40.0 / h, &x0, &y0);
        why_view_to_image (&view, (hot_x + 1) * 56.0 / w, (hot_y + 1) * 40.0 / h, &x1, &y1);
        /* In a letterbox the part in the padding has no image. */
        x0 = MAX (x0, view.rect.x);
        y0 = MAX (y0, view.rect.y);
        x1 = MIN (x1, view.rect.x + view.rect.width);
        y1 = MIN (y1, view.rect.y + view.rect.height);
        for (gint y = 0; y < view.image_height; y++)
          for (gint x = 0; x < view.image_width; x++)
            {
              gboolean inside = x + 0.5 > x0 && x + 0.5 < x1 && y + 0.5 > y0 && y + 0.5 < y1;

              inside_count += inside;
              g_assert_cmpint (ALPHA (rgba, view.image_width, x, y), ==, inside ? 255 : 0);
            }
        g_assert_cmpint (inside_count, >, 20);
      }
}

static void
test_unseen_borders_are_transparent (void)
{
  g_autoptr (WhyParams) style = make_style ("sign=both;contours=4;labels=yes");
  g_autoptr (WhyTensor) cells = make_cells (5, 7, NULL);
  WhyView view = make_view (200, 40, WHY_RESIZE_CROP);
  g_autofree guint8 *rgba = NULL;

  for (gint i = 0; i < 35; i++)
    cells->real[i] = i % 2 ? 5 : -4;
  rgba = draw (style, cells, &view);
  for (gint y = 0; y < 40; y++)
    for (gint x = 0; x < 200; x++)
      if (x + 0.5 < view.rect.x || x + 0.5 > view.rect.x + view.rect.width)
        g_assert_cmpint (ALPHA (rgba, 200, x, y), ==, 0);
}

/* At cell centres the smooth map has the cells' values, between them the line's. */
static void
test_smooth_is_bilinear_between_centres (void)
{
  const WhyReal values[] = { 0.2, 1.0, 0.6, 0.4, 0.8, 0.0 };
  g_autoptr (WhyParams) style = make_style ("scale=1");
  g_autoptr (WhyTensor) cells = make_cells (2, 3, values);
  WhyView view;
  g_autofree guint8 *rgba = NULL;

  /* 10×10 pixels a cell plus one: centres of cells are centres of pixels */
  g_assert_true (why_view_init (&view, 33, 22, NULL, WHY_RESIZE_STRETCH, 33, 22, 0, NULL));
  rgba = draw (style, cells, &view);
  for (gint y = 0; y < 2; y++)
    for (gint x = 0; x < 3; x++)
      g_assert_cmpint (ABS (ALPHA (rgba, 33, 5 + 11 * x, 5 + 11 * y) - values[3 * y + x] * 255), <=,
                       1);
  g_assert_cmpint (ABS (ALPHA (rgba, 33, 5 + 3, 5) - (0.2 + 0.8 * 3 / 11) * 255), <=, 1);
  g_assert_cmpint (ABS (ALPHA (rgba, 33, 5, 5 + 4) - (0.2 + 0.2 * 4 / 11) * 255), <=, 1);
  g_assert_cmpint (ABS (ALPHA (rgba, 33, 0, 0) - 0.2 * 255), <=, 1);
}

static void
test_strips_equal_the_whole (void)
{
  static const gchar *styles[]
      = { "", "sign=both;contours=5;labels=yes", "cells=native;sign=negative;contours=2" };

  for (gsize k = 0; k < G_N_ELEMENTS (styles); k++)
    for (gint half = 0; half < 2; half++)
      {
        const gdouble zoom = half ? 0.5 : 1;
        const gint width = half ? 150 : 300, height = half ? 110 : 220;
        g_autoptr (WhyParams) style = make_style (styles[k]);
        g_autoptr (WhyTensor) cells = make_hills (5, 7);
        WhyView view = make_view (300, 220, WHY_RESIZE_CROP);
        g_autofree guint8 *whole = g_malloc (4 * width * height);
        g_autofree guint8 *strip = g_malloc (4 * width * height);
        WhyScale scale;

        why_style_get_scale (style, cells, &scale);
        why_style_draw (style, &scale, cells, &view, 0, 0, width, height, zoom, whole, 4 * width);
        for (gint y = 0; y < height; y += 13)
          why_style_draw (style, &scale, cells, &view, 40, y, width - 40, MIN (13, height - y),
                          zoom, strip + 4 * (y * width + 40), 4 * width);
        for (gint y = 0; y < height; y++)
          g_assert_cmpmem (strip + 4 * (y * width + 40), 4 * (width - 40),
                           whole + 4 * (y * width + 40), 4 * (width - 40));
      }
}

/* A ramp in ten native cells: what is drawn at share 0.05, 0.15 … */
static guint8 *
draw_ramp (const gchar *text, guint8 alphas[10])
{
  g_autoptr (WhyParams) style = make_style (text);
  g_autoptr (WhyTensor) cells = make_cells (1, 10, NULL);
  WhyView view;
  guint8 *rgba;

  for (gint i = 0; i < 10; i++)
    cells->real[i] = 0.05 + 0.1 * i;
  g_assert_true (why_view_init (&view, 10, 1, NULL, WHY_RESIZE_STRETCH, 10, 1, 0, NULL));
  rgba = draw (style, cells, &view);
  for (gint i = 0; i < 10; i++)
    alphas[i] = rgba[4 * i + 3];
  return rgba;
}

static void
test_alpha_grows_with_evidence (void)
{
  guint8 alphas[10];
  g_autofree guint8 *rgba = draw_ramp ("scale=1;cells=native", alphas);

  for (gint i = 0; i < 10; i++)
    g_assert_cmpint (ABS (alphas[i] - 255 * (0.05 + 0.1 * i)), <=, 1);
}

static void
test_threshold_hides_what_is_below (void)
{
  guint8 above[10], below[10], without[10];
  g_autofree guint8 *a = draw_ramp ("scale=1;cells=native;threshold=0.44", above);
  g_autofree guint8 *b = draw_ramp ("scale=1;cells=native;threshold=0.46", below);
  g_autofree guint8 *c = draw_ramp ("scale=1;cells=native", without);

  for (gint i = 0; i < 10; i++)
    {
      g_assert_cmpint (above[i], ==, i < 4 ? 0 : without[i]);
      g_assert_cmpint (below[i], ==, i < 5 ? 0 : without[i]);
    }
}

/* A mask has the strength of the drawing without its lines, at any offset. */
static void
test_evidence_is_strength_without_lines (void)
{
  g_autoptr (WhyParams) style = make_style ("scale=1;sign=both;threshold=0.3;gamma=2");
  g_autoptr (WhyParams) lined = make_style ("scale=1;sign=both;threshold=0.3;gamma=2;contours=5");
  g_autoptr (WhyTensor) cells = make_cells (3, 5, NULL);
  g_autofree guint8 *rgba = NULL;
  guint8 gray[7 * 11];
  WhyScale scale;
  WhyView view;
  gint n_strong = 0;

  for (gint i = 0; i < 15; i++)
    cells->real[i] = (i - 7) / 7.0;
  g_assert_true (why_view_init (&view, 23, 17, NULL, WHY_RESIZE_STRETCH, 10, 6, 0, NULL));
  why_style_get_scale (style, cells, &scale);
  rgba = draw (style, cells, &view);
  why_style_draw_evidence (lined, &scale, cells, &view, 4, 2, 11, 7, 1, gray, 11);
  for (gint y = 0; y < 7; y++)
    for (gint x = 0; x < 11; x++)
      {
        g_assert_cmpint (gray[y * 11 + x], ==, rgba[4 * ((y + 2) * 23 + x + 4) + 3]);
        n_strong += gray[y * 11 + x] > 50;
      }
  g_assert_cmpint (n_strong, >, 0);
}

static void
test_gamma_is_an_exponent (void)
{
  guint8 alphas[10];
  g_autofree guint8 *rgba = draw_ramp ("scale=1;cells=native;gamma=2", alphas);

  for (gint i = 0; i < 10; i++)
    g_assert_cmpint (ABS (alphas[i] - 255 * pow (0.05 + 0.1 * i, 2)), <=, 1);
}

static void
test_what_lies_above_the_scale_is_clipped (void)
{
  guint8 alphas[10];
  g_autofree guint8 *rgba = draw_ramp ("scale=0.5;cells=native", alphas);

  for (gint i = 5; i < 10; i++)
    g_assert_cmpint (alphas[i], ==, 255);
}

static void
test_signs_choose_sides_and_colours (void)
{
  const WhyReal values[] = { -1, 1 };
  static const struct
  {
    const gchar *style;
    guint8 negative, positive; /* alpha */
    gint negative_entry, positive_entry;
    const gchar *colormap;
  } cases[] = {
    { "", 0, 255, -1, 255, "inferno" },
    { "sign=negative", 255, 0, 255, -1, "inferno" },
    { "sign=both", 255, 255, 0, 255, "blue-orange" },
    { "sign=both;colormap=viridis", 255, 255, 255, 255, "viridis" },
    { "sign=negative;colormap=blue-red", 255, 0, 0, -1, "blue-red" },
    { "colormap=blue-red", 0, 255, -1, 255, "blue-red" },
  };
  g_autoptr (WhyTensor) cells = make_cells (1, 2, values);
  WhyView view;

  g_assert_true (why_view_init (&view, 2, 1, NULL, WHY_RESIZE_STRETCH, 2, 1, 0, NULL));
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (WhyParams) style = make_style (cases[k].style);
      const WhyColormap *colormap = why_colormap_lookup (cases[k].colormap);
      g_autofree guint8 *rgba = NULL;

      g_assert_true (why_params_set (style, "cells", "native", NULL));
      rgba = draw (style, cells, &view);
      g_assert_cmpint (rgba[3], ==, cases[k].negative);
      g_assert_cmpint (rgba[7], ==, cases[k].positive);
      if (cases[k].negative_entry >= 0)
        g_assert_cmpmem (rgba, 3, colormap->rgb[cases[k].negative_entry], 3);
      if (cases[k].positive_entry >= 0)
        g_assert_cmpmem (rgba + 4, 3, colormap->rgb[cases[k].positive_entry], 3);
    }
}

/* On a ramp from 0 to 1 the lines stand at 1/4, 2/4 and 3/4 and nowhere else. */
static void
test_contours_lie_at_their_levels (void)
{
  enum
  {
    WIDTH = 410,
    CENTRE = 15
  }; /* levels lie at quarter pixels */
  const WhyReal values[] = { 0, 1 };
  g_autoptr (WhyParams) plain = make_style ("scale=1");
  g_autoptr (WhyParams) style = make_style ("scale=1;contours=3");
  g_autoptr (WhyTensor) cells = make_cells (1, 2, values);
  WhyView view;
  g_autofree guint8 *without = NULL;
  g_autofree guint8 *with = NULL;

  g_assert_true (why_view_init (&view, WIDTH, 30, NULL, WHY_RESIZE_STRETCH, 40, 3, 0, NULL));
  without = draw (plain, cells, &view);
  with = draw (style, cells, &view);
  for (gint x = 0; x < WIDTH; x++)
    {
      gdouble share = (x + 0.5 - WIDTH / 4.0) / (WIDTH / 2.0);
      gdouble off = fabs (share - rint (share * 4) / 4) * WIDTH / 2; /* pixels to the next level */
      gboolean level = share > 0.2 && share < 0.8;
      gsize at = 4 * (CENTRE * WIDTH + x);
      gboolean drawn = memcmp (with + at, without + at, 4) != 0;

      if (level && off < 0.9)
        g_assert_true (drawn);
      if (!level || off > 1.02)
        g_assert_false (drawn);
    }
}

static void
test_labels_change_pixels_only_near_lines (void)
{
  g_autoptr (WhyParams) lines = make_style ("contours=2");
  g_autoptr (WhyParams) labels = make_style ("contours=2;labels=yes");
  g_autoptr (WhyTensor) cells = make_hills (5, 7);
  WhyView view = make_view (400, 300, WHY_RESIZE_STRETCH);
  g_autofree guint8 *without = draw (lines, cells, &view);
  g_autofree guint8 *with = draw (labels, cells, &view);
  gint changed = 0;

  for (gint i = 0; i < 400 * 300; i++)
    changed += memcmp (with + 4 * i, without + 4 * i, 4) != 0;
  g_assert_cmpint (changed, >, 100);
  g_assert_cmpint (changed, <, 400 * 300 / 50);
}

/* The bar runs through the colormap from left to right, or from the bottom to the top. */
static void
test_legend_shows_the_colormap (void)
{
  const WhyColormap *colormap = why_colormap_lookup ("blue-orange");
  g_autoptr (WhyParams) style = make_style ("sign=both");
  const WhyScale scale = { -2, 2, FALSE };
  g_autofree guint8 *wide = why_style_draw_legend (style, &scale, 300, 40);
  g_autofree guint8 *tall = why_style_draw_legend (style, &scale, 60, 300);

  for (gint k = 0; k < 2; k++)
    {
      const guint8 *low = k ? tall + 4 * (60 * 288 + 12) : wide + 4 * (300 * 10 + 10);
      const guint8 *high = k ? tall + 4 * (60 * 12 + 12) : wide + 4 * (300 * 10 + 290);

      for (gint c = 0; c < 3; c++)
        {
          g_assert_cmpint (ABS (low[c] - colormap->rgb[0][c]), <, 12);
          g_assert_cmpint (ABS (high[c] - colormap->rgb[255][c]), <, 12);
        }
    }
}

static void
test_legends_of_any_size_and_scale_can_be_drawn (void)
{
  static const gint sizes[][2] = { { 1, 1 }, { 3, 200 }, { 200, 3 }, { 17, 17 } };
  static const WhyScale scales[] = { { 0, 0, TRUE }, { 0, 1.5e-30, FALSE }, { 0, 1e12, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (scales); k++)
      {
        g_autoptr (WhyParams) style = make_style ("sign=negative;threshold=0.5");
        g_autofree guint8 *rgba
            = why_style_draw_legend (style, &scales[k], sizes[i][0], sizes[i][1]);

        g_assert_nonnull (rgba);
      }
}

static void
test_hosts_read_opacity_and_mode (void)
{
  g_autoptr (WhyParams) defaults = make_style ("");
  g_autoptr (WhyParams) style = make_style ("opacity=37.5;mode=overlay");

  g_assert_cmpfloat (why_style_get_opacity (defaults), ==, 60);
  g_assert_cmpstr (why_style_get_mode (defaults), ==, "normal");
  g_assert_cmpfloat (why_style_get_opacity (style), ==, 37.5);
  g_assert_cmpstr (why_style_get_mode (style), ==, "overlay");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scale/is-the-percentile-of-the-sign",
                   test_scale_is_the_percentile_of_the_sign);
  g_test_add_func ("/scale/percentile-equals-sorting", test_percentile_equals_sorting);
  g_test_add_func ("/draw/empty-maps-are-transparent", test_empty_maps_are_transparent);
  g_test_add_func ("/draw/tiny-and-huge-values-draw-alike", test_tiny_and_huge_values_draw_alike);
  g_test_add_func ("/draw/hot-cell-lands-where-it-belongs", test_hot_cell_lands_where_it_belongs);
  g_test_add_func ("/draw/unseen-borders-are-transparent", test_unseen_borders_are_transparent);
  g_test_add_func ("/draw/smooth-is-bilinear-between-centres",
                   test_smooth_is_bilinear_between_centres);
  g_test_add_func ("/draw/strips-equal-the-whole", test_strips_equal_the_whole);
  g_test_add_func ("/draw/alpha-grows-with-evidence", test_alpha_grows_with_evidence);
  g_test_add_func ("/draw/threshold-hides-what-is-below", test_threshold_hides_what_is_below);
  g_test_add_func ("/draw/evidence-is-strength-without-lines",
                   test_evidence_is_strength_without_lines);
  g_test_add_func ("/draw/gamma-is-an-exponent", test_gamma_is_an_exponent);
  g_test_add_func ("/draw/what-lies-above-the-scale-is-clipped",
                   test_what_lies_above_the_scale_is_clipped);
  g_test_add_func ("/draw/signs-choose-sides-and-colours", test_signs_choose_sides_and_colours);
  g_test_add_func ("/contours/lie-at-their-levels", test_contours_lie_at_their_levels);
  g_test_add_func ("/contours/labels-change-pixels-only-near-lines",
                   test_labels_change_pixels_only_near_lines);
  g_test_add_func ("/legend/shows-the-colormap", test_legend_shows_the_colormap);
  g_test_add_func ("/legend/any-size-and-scale-can-be-drawn",
                   test_legends_of_any_size_and_scale_can_be_drawn);
  g_test_add_func ("/style/hosts-read-opacity-and-mode", test_hosts_read_opacity_and_mode);
  return g_test_run ();
}
