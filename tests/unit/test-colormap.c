/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/style.h"

#include <math.h>
#include <string.h>

static void
to_linear (const guint8 rgb[3], gdouble out[3])
{
  for (gint c = 0; c < 3; c++)
    {
      gdouble v = rgb[c] / 255.0;

      out[c] = v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
    }
}

static void
multiply (const gdouble m[3][3], const gdouble in[3], gdouble out[3])
{
  for (gint i = 0; i < 3; i++)
    out[i] = m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2];
}

/* CIELAB (D65) of linear RGB. */
static void
to_lab (const gdouble linear[3], gdouble lab[3])
{
  static const gdouble to_xyz[3][3] = { { 0.4124564, 0.3575761, 0.1804375 },
                                        { 0.2126729, 0.7151522, 0.0721750 },
                                        { 0.0193339, 0.1191920, 0.9503041 } };
  static const gdouble white[3] = { 0.95047, 1, 1.08883 };
  gdouble xyz[3], f[3];

  multiply (to_xyz, linear, xyz);
  for (gint i = 0; i < 3; i++)
    {
      gdouble t = xyz[i] / white[i];

      f[i] = t > 216.0 / 24389 ? cbrt (t) : (24389.0 / 27 * t + 16) / 116;
    }
  lab[0] = 116 * f[1] - 16;
  lab[1] = 500 * (f[0] - f[1]);
  lab[2] = 200 * (f[1] - f[2]);
}

static gdouble
distance (const gdouble a[3], const gdouble b[3])
{
  return sqrt (pow (a[0] - b[0], 2) + pow (a[1] - b[1], 2) + pow (a[2] - b[2], 2));
}

/* Complete loss of one kind of cone: Machado, Oliveira, Fernandes 2009, severity 1. */
static const gdouble normal_vision[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
static const gdouble protanopia[3][3] = { { 0.152286, 1.052583, -0.204868 },
                                          { 0.114503, 0.786281, 0.099216 },
                                          { -0.003882, -0.048116, 1.051998 } };
static const gdouble deuteranopia[3][3] = { { 0.367322, 0.860646, -0.227968 },
                                            { 0.280085, 0.672501, 0.047413 },
                                            { -0.011820, 0.042940, 0.968881 } };
static const gdouble tritanopia[3][3] = { { 1.255528, -0.076749, -0.178779 },
                                          { -0.078411, 0.930809, 0.147602 },
                                          { 0.004733, 0.691367, 0.303900 } };

typedef const gdouble (*Vision)[3];
static const Vision visions[] = { normal_vision, protanopia, deuteranopia, tritanopia };

static void
seen (const WhyColormap *map, gint entry, Vision vision, gdouble lab[3])
{
  gdouble linear[3], simulated[3];

  to_linear (map->rgb[entry], linear);
  multiply (vision, linear, simulated);
  for (gint c = 0; c < 3; c++)
    simulated[c] = CLAMP (simulated[c], 0, 1);
  to_lab (simulated, lab);
}

static void
test_lightness_orders_sequential_maps (void)
{
  gsize n;
  const WhyColormap *maps = why_colormaps (&n);

  for (gsize k = 0; k < n; k++)
    for (gsize v = 0; v < G_N_ELEMENTS (visions) && !maps[k].diverging; v++)
      {
        gdouble before[3], after[3], first[3];

        seen (&maps[k], 0, visions[v], first);
        memcpy (before, first, sizeof before);
        for (gint i = 4; i < 256; i += 4)
          {
            seen (&maps[k], i, visions[v], after);
            g_assert_cmpfloat (after[0], >, before[0]);
            memcpy (before, after, sizeof before);
          }
        g_assert_cmpfloat (after[0] - first[0], >, 50);
      }
}

static void
test_diverging_maps_are_symmetric_about_a_light_middle (void)
{
  gsize n, n_diverging = 0;
  const WhyColormap *maps = why_colormaps (&n);

  for (gsize k = 0; k < n; k++)
    if (maps[k].diverging)
      {
        gdouble last = 101;

        n_diverging++;
        for (gint i = 0; i < 128; i++)
          {
            gdouble negative[3], positive[3];

            seen (&maps[k], 127 - i, normal_vision, negative);
            seen (&maps[k], 128 + i, normal_vision, positive);
            /* Hues of one OKLab lightness differ a little in CIELAB's. */
            g_assert_cmpfloat (fabs (negative[0] - positive[0]), <, 8);
            g_assert_cmpfloat (negative[0], <, last + 0.5);
            last = negative[0];
            if (i == 0)
              g_assert_cmpfloat (hypot (negative[1], negative[2]), <, 3);
          }
      }
  g_assert_cmpuint (n_diverging, >=, 3);
}

/* For, against and nothing can be told apart with every kind of vision. */
static void
test_ends_and_middle_differ_for_colour_blind_readers (void)
{
  gsize n;
  const WhyColormap *maps = why_colormaps (&n);

  for (gsize k = 0; k < n; k++)
    for (gsize v = 0; v < G_N_ELEMENTS (visions); v++)
      {
        gdouble low[3], middle[3], high[3];

        seen (&maps[k], 0, visions[v], low);
        seen (&maps[k], 127, visions[v], middle);
        seen (&maps[k], 255, visions[v], high);
        g_assert_cmpfloat (distance (low, high), >, 30);
        g_assert_cmpfloat (distance (low, middle), >, 20);
        g_assert_cmpfloat (distance (middle, high), >, 20);
      }
}

/* Equal shares of the scale look equally different; jet's largest step is five times its mean. */
static void
test_steps_look_equal (void)
{
  gsize n;
  const WhyColormap *maps = why_colormaps (&n);

  for (gsize k = 0; k < n; k++)
    {
      gdouble total = 0, largest = 0;

      for (gint i = 0; i < 240; i += 16)
        {
          gdouble a[3], b[3], step;

          seen (&maps[k], i, normal_vision, a);
          seen (&maps[k], i + 16, normal_vision, b);
          step = distance (a, b);
          total += step;
          largest = MAX (largest, step);
        }
      g_assert_cmpfloat (largest, <, 2.2 * total / 15);
    }
}

static void
test_table_and_choices_agree (void)
{
  const WhyParam *param = why_param_lookup (why_style_params (), "colormap");
  gsize n;
  const WhyColormap *maps = why_colormaps (&n);

  g_assert_cmpstr (param->choices[0].id, ==, "auto");
  for (gsize k = 0; k < n; k++)
    {
      g_assert_cmpstr (param->choices[k + 1].id, ==, maps[k].id);
      g_assert_true (why_colormap_lookup (maps[k].id) == &maps[k]);
    }
  g_assert_null (param->choices[n + 1].id);
  g_assert_null (why_colormap_lookup ("jet"));
  g_assert_null (why_colormap_lookup (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/colormap/lightness-orders-sequential-maps",
                   test_lightness_orders_sequential_maps);
  g_test_add_func ("/colormap/diverging-maps-are-symmetric-about-a-light-middle",
                   test_diverging_maps_are_symmetric_about_a_light_middle);
  g_test_add_func ("/colormap/ends-and-middle-differ-for-colour-blind-readers",
                   test_ends_and_middle_differ_for_colour_blind_readers);
  g_test_add_func ("/colormap/steps-look-equal", test_steps_look_equal);
  g_test_add_func ("/colormap/table-and-choices-agree", test_table_and_choices_agree);
  return g_test_run ();
}
