/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resize and Upsample: linear in the picture for every mode, so the gradient is the transpose.
 * Values are ONNX's own tests (conformance).
 */
#include "op-rig.h"

#include <math.h>

static const gchar *const modes[] = { "nearest", "linear", "cubic" };
static const gchar *const transforms[]
    = { "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric" };

static OpRig *
resize_rig (const gchar *mode, const gchar *transform, gint64 height, gint64 width,
            gboolean antialias, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("Resize", 19);

  op_rig_string (rig, "mode", mode);
  op_rig_string (rig, "coordinate_transformation_mode", transform);
  op_rig_int (rig, "antialias", antialias);
  op_rig_ints (rig, "axes", 2, (const gint64[]){ 2, -1 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 6, 5));
  op_rig_absent (rig);
  op_rig_absent (rig);
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (2),
                                       (const gdouble[]){ (gdouble)height, (gdouble)width }));
  op_rig_plan (rig);
  op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (2, 3, height, width));
  op_rig_randomise (rig, rng, -1, 1);
  return rig;
}

static void
gradients_are_finite_differences (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (guint m = 0; m < G_N_ELEMENTS (modes); m++)
    for (guint t = 0; t < G_N_ELEMENTS (transforms); t++)
      {
        g_autoptr (OpRig) up = resize_rig (modes[m], transforms[t], 9, 11, FALSE, &rng);
        g_autoptr (OpRig) down = resize_rig (modes[m], transforms[t], 4, 2, FALSE, &rng);
        g_autoptr (OpRig) one = resize_rig (modes[m], transforms[t], 1, 5, m > 0, &rng);

        op_rig_check_gradient (up, &rng);
        op_rig_check_gradient (down, &rng);
        op_rig_check_gradient (one, &rng);
      }
}

/* Weights of every output element sum to 1. */
static void
a_flat_picture_stays_flat (void)
{
  WhyRng rng;

  why_rng_init (&rng, 2, 0);
  for (guint m = 0; m < G_N_ELEMENTS (modes); m++)
    for (guint t = 0; t < G_N_ELEMENTS (transforms); t++)
      for (gint antialias = 0; antialias < (m > 0 ? 2 : 1); antialias++)
        {
          g_autoptr (OpRig) rig = resize_rig (modes[m], transforms[t], 4, 13, antialias, &rng);

          for (gint i = 0; i < 180; i++)
            op_rig_in (rig, 0)->real[i] = WHY_REAL (0.75);
          op_rig_run (rig);
          for (gint64 i = 0; i < why_tensor_numel (op_rig_out (rig, 0)); i++)
            g_assert_cmpfloat (fabs ((gdouble)op_rig_out (rig, 0)->real[i] - 0.75), <, 1e-6);
        }
}

static void
relevance_of_a_resize_is_kept (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (guint m = 0; m < 2; m++)
    {
      g_autoptr (OpRig) rig = resize_rig (modes[m], "half_pixel", 9, 7, FALSE, &rng);
      op_rig_randomise (rig, &rng, 0.5, 1.5);
      g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-4);
    }
}

/* Upsample 7 and 9 and Resize 10 are one operator under three spellings. */
static void
old_spellings_agree (void)
{
  static const struct
  {
    const gchar *op;
    gint opset;
  } spellings[] = { { "Upsample", 7 }, { "Upsample", 9 }, { "Resize", 10 } };
  WhyReal first[2 * 12 * 15] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (spellings[i].op, spellings[i].opset);
      static const gdouble scales[] = { 1, 1, 2, 3 };
      WhyRng rng;

      why_rng_init (&rng, 4, 0);
      op_rig_string (rig, "mode", "linear");
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 6, 5));
      if (i == 0)
        op_rig_floats (rig, "scales", 4, scales);
      else
        op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (4), scales));
      op_rig_plan (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (1, 2, 12, 15));
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      for (gint k = 0; k < 2 * 12 * 15; k++)
        if (i == 0)
          first[k] = op_rig_out (rig, 0)->real[k];
        else
          g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[k], ==, (gdouble)first[k]);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
a_scale_of_nothing_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Resize", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 3, 4));
  op_rig_absent (rig);
  op_rig_constant (
      rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (4), (const gdouble[]){ 1, 1, 0, 2 }));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "axis 2");
}

/* A file may give both, and the attribute as another type than it has. */
static void
scales_of_the_wrong_type_do_not_count (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Upsample", 7);

  op_rig_ints (rig, "scales", 4, (const gint64[]){ 1, 1, 5, 7 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 3, 4));
  op_rig_constant (
      rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (4), (const gdouble[]){ 1, 1, 3, 2 }));
  op_rig_plan (rig);
  op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (1, 2, 9, 8));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (OP_RIG_IS_DOUBLE)
    g_test_add_func ("/resize/gradient", gradients_are_finite_differences);
  g_test_add_func ("/resize/flat", a_flat_picture_stays_flat);
  g_test_add_func ("/resize/relevance", relevance_of_a_resize_is_kept);
  g_test_add_func ("/resize/old", old_spellings_agree);
  g_test_add_func ("/resize/refused", a_scale_of_nothing_is_refused);
  g_test_add_func ("/resize/wrong-type", scales_of_the_wrong_type_do_not_count);
  return g_test_run ();
}
