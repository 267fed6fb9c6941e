/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/style.h"

#include <string.h>

typedef struct
{
  const gchar *mode;
  const guint8 *rgb;
} BlendGolden;

#include "golden/blend.h"

#define SIZE (3 * BLEND_WIDTH * BLEND_HEIGHT)

static WhyParams *
make_style (const gchar *text)
{
  WhyParams *style = why_params_new (why_style_params ());
  g_autoptr (GError) error = NULL;

  why_params_parse (style, text, &error);
  g_assert_no_error (error);
  return style;
}

/* Every mode of the table has a golden, so that a new one cannot go untested. */
static void
test_modes_look_like_gimps (void)
{
  const WhyParam *param = why_param_lookup (why_style_params (), "mode");
  gsize n = 0;

  while (param->choices[n].id != NULL)
    n++;
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (blend_goldens));

  for (gsize k = 0; k < n; k++)
    {
      g_autoptr (WhyParams) style = make_style ("opacity=" BLEND_OPACITY);
      guint8 rgb[SIZE];

      g_assert_true (why_params_set (style, "mode", blend_goldens[k].mode, NULL));
      memcpy (rgb, blend_base, SIZE);
      why_style_composite (style, blend_top, 4 * BLEND_WIDTH, rgb, 3 * BLEND_WIDTH, BLEND_WIDTH,
                           BLEND_HEIGHT);
      for (gint i = 0; i < SIZE; i++)
        g_assert_cmpint (ABS (rgb[i] - blend_goldens[k].rgb[i]), <=, 1);
    }
}

static void
test_nothing_changes_where_nothing_is_drawn (void)
{
  g_autoptr (WhyParams) invisible = make_style ("opacity=0");
  g_autoptr (WhyParams) style = make_style ("opacity=100;mode=multiply");
  const guint8 transparent[4 * BLEND_WIDTH * BLEND_HEIGHT] = { 0 };
  guint8 rgb[SIZE];

  memcpy (rgb, blend_base, SIZE);
  why_style_composite (invisible, blend_top, 4 * BLEND_WIDTH, rgb, 3 * BLEND_WIDTH, BLEND_WIDTH,
                       BLEND_HEIGHT);
  why_style_composite (style, transparent, 4 * BLEND_WIDTH, rgb, 3 * BLEND_WIDTH, BLEND_WIDTH,
                       BLEND_HEIGHT);
  g_assert_cmpmem (rgb, SIZE, blend_base, SIZE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/composite/modes-look-like-gimps", test_modes_look_like_gimps);
  g_test_add_func ("/composite/nothing-changes-where-nothing-is-drawn",
                   test_nothing_changes_where_nothing_is_drawn);
  return g_test_run ();
}
