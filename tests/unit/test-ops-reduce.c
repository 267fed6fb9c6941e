/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reductions over every set of axes, and ArgMax. */
#include "op-rig.h"

#include <math.h>

typedef struct
{
  const gchar *op;
  gdouble low, high;
  gboolean exact_rescale; /* DeepLIFT's multipliers sum to the difference */
} Reduction;

static const Reduction reductions[] = {
  { "ReduceSum", -2, 2, TRUE },       { "ReduceMean", -2, 2, TRUE },
  { "ReduceMax", -2, 2, TRUE },       { "ReduceMin", -2, 2, TRUE },
  { "ReduceL1", -2, 2, TRUE },        { "ReduceL2", -2, 2, TRUE },
  { "ReduceSumSquare", -2, 2, TRUE }, { "ReduceLogSum", 0.2, 2, TRUE },
  { "ReduceLogSumExp", -3, 3, TRUE }, { "ReduceProd", 0.5, 1.5, FALSE },
};

typedef struct
{
  gint n;
  gint64 axes[4];
  gboolean keep;
  WhyShape out; /* of [4,3,2,5] */
} Axes;

static const Axes axes[] = {
  { 2, { 2, 3 }, TRUE, { 4, { 4, 3, 1, 1 } } }, { 2, { -1, -2 }, FALSE, { 2, { 4, 3 } } },
  { 1, { 1 }, TRUE, { 4, { 4, 1, 2, 5 } } },    { 1, { -1 }, FALSE, { 3, { 4, 3, 2 } } },
  { 2, { 3, 1 }, FALSE, { 2, { 4, 2 } } },      { 3, { 1, 2, 3 }, FALSE, { 1, { 4 } } },
};

static OpRig *
reduce_rig (const Reduction *r, const Axes *a, gboolean input, WhyRng *rng)
{
  OpRig *rig = op_rig_new (r->op, input ? 18 : 11);

  op_rig_int (rig, "keepdims", a->keep);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 2, 5));
  if (!input)
    op_rig_ints (rig, "axes", a->n, a->axes);
  else
    {
      WhyTensor *tensor = why_tensor_new (WHY_DTYPE_INT64, &WHY_SHAPE (a->n));
      for (gint i = 0; i < a->n; i++)
        tensor->i64[i] = a->axes[i];
      op_rig_constant (rig, tensor);
    }
  op_rig_plan (rig);
  op_rig_assert_shape (op_rig_out (rig, 0), &a->out);
  op_rig_randomise (rig, rng, r->low, r->high);
  return rig;
}

static void
gradients_are_finite_differences (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reductions); i++)
    for (guint k = 0; k < G_N_ELEMENTS (axes); k++)
      for (gint input = 0; input < 2; input++)
        {
          g_autoptr (OpRig) rig = reduce_rig (&reductions[i], &axes[k], input, &rng);
          op_rig_check_gradient (rig, &rng);
        }
}

static void
multipliers_sum_to_the_difference (void)
{
  WhyRng rng;

  why_rng_init (&rng, 2, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reductions); i++)
    for (guint k = 0; k < G_N_ELEMENTS (axes) && reductions[i].exact_rescale; k++)
      {
        g_autoptr (OpRig) rig = reduce_rig (&reductions[i], &axes[k], FALSE, &rng);
        op_rig_check_rescale (rig, &rng);
      }
}

static void
relevance_is_shared_out_in_full (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reductions); i++)
    for (guint k = 0; k < G_N_ELEMENTS (axes) && reductions[i].exact_rescale; k++)
      {
        Reduction positive = reductions[i]; /* no sums near 0 */
        g_autoptr (OpRig) rig = NULL;

        positive.low = 0.2;
        positive.high = 2;
        rig = reduce_rig (&positive, &axes[k], FALSE, &rng);
        g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-4);
      }
}

static void
no_axes_means_all_or_nothing (void)
{
  for (gint noop = 0; noop < 2; noop++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("ReduceSum", 13);

      op_rig_int (rig, "noop_with_empty_axes", noop);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
      op_rig_plan (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), noop ? &WHY_SHAPE (2, 3) : &WHY_SHAPE (1, 1));
    }
}

static void
the_product_of_zeros_has_a_gradient (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ReduceProd", 13);
  const WhyReal seed[] = { 1, 1, 1 };
  static const gdouble x[] = { 2, 3, 5, 0, 3, 5, 0, 0, 5 };

  op_rig_ints (rig, "axes", 1, (const gint64[]){ 1 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 3));
  op_rig_plan (rig);
  for (gint i = 0; i < 9; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)x[i];
  op_rig_run (rig);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT),
                      (const gdouble[]){ 15, 10, 6, 15, 0, 0, 0, 0, 0 }, 9, 1e-6);
}

static void
the_first_maximum_takes_the_gradient (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ReduceMax", 13);
  const WhyReal seed[] = { 1 };
  static const gdouble x[] = { 1, 4, 4, 2 };

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 4));
  op_rig_plan (rig);
  for (gint i = 0; i < 4; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)x[i];
  op_rig_run (rig);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT),
                      (const gdouble[]){ 0, 1, 0, 0 }, 4, 0);
}

/* As through a pooling window: the published example of four values. */
static void
deeplift_of_a_maximum_is_that_of_a_pooling_window (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ReduceMax", 13);
  const WhyReal seed[] = { 1, 0 };
  static const gdouble x[] = { 1, 1, 1, 1, 1, 2, 3, 9 };
  const WhyReal *m;

  op_rig_ints (rig, "axes", 1, (const gint64[]){ 1 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 4));
  op_rig_plan (rig);
  for (gint i = 0; i < 8; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)x[i];
  op_rig_run (rig);
  m = op_rig_backward (rig, 0, seed, WHY_BACKWARD_RESCALE);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpfloat (fabs ((gdouble)m[i] * (x[i] - x[4 + i]) - (i == 3 ? -8.0 : 0.0)), <, 1e-6);
}

static void
log_sum_exp_does_not_overflow (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ReduceLogSumExp", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[0] = 1000;
  op_rig_in (rig, 0)->real[1] = 1000;
  op_rig_run (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, (const gdouble[]){ 1000.6931471805599 }, 1, 1e-7);
}

static void
shape_arithmetic_is_exact_and_folded (void)
{
  static const struct
  {
    const gchar *op;
    gint64 expected;
  } cases[] = {
    { "ReduceProd", G_GINT64_CONSTANT (27021597764222979) }, /* 3·(2⁵³ + 1) */
    { "ReduceSum", G_GINT64_CONSTANT (9007199254740996) },
    { "ReduceMax", G_GINT64_CONSTANT (9007199254740993) },
    { "ReduceMin", 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (cases[i].op, 13);
      WhyTensor *tensor = why_tensor_new (WHY_DTYPE_INT64, &WHY_SHAPE (2));

      tensor->i64[0] = 3;
      tensor->i64[1] = G_GINT64_CONSTANT (9007199254740993);
      op_rig_constant (rig, tensor);
      op_rig_plan (rig);
      g_assert_null (rig->node);
      g_assert_cmpint (op_rig_out (rig, 0)->i64[0], ==, cases[i].expected);
    }
}

static void
arg_max_finds_the_first_along_its_axis (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ArgMax", 13);
  static const gdouble x[] = { 1, 5, 3, 5, 2, 3 }; /* [2,3] */
  static const gint64 expected[] = { 1, 0, 0 };

  op_rig_int (rig, "axis", -2);
  op_rig_int (rig, "keepdims", 0);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_plan (rig);
  for (gint i = 0; i < 6; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)x[i];
  op_rig_run (rig);
  for (gint i = 0; i < 3; i++)
    g_assert_cmpint (op_rig_out (rig, 0)->i64[i], ==, expected[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (OP_RIG_IS_DOUBLE)
    g_test_add_func ("/reduce/gradient", gradients_are_finite_differences);
  g_test_add_func ("/reduce/rescale", multipliers_sum_to_the_difference);
  g_test_add_func ("/reduce/relevance", relevance_is_shared_out_in_full);
  g_test_add_func ("/reduce/no-axes", no_axes_means_all_or_nothing);
  g_test_add_func ("/reduce/product-of-zeros", the_product_of_zeros_has_a_gradient);
  g_test_add_func ("/reduce/first-maximum", the_first_maximum_takes_the_gradient);
  g_test_add_func ("/reduce/deeplift-maximum", deeplift_of_a_maximum_is_that_of_a_pooling_window);
  g_test_add_func ("/reduce/log-sum-exp", log_sum_exp_does_not_overflow);
  g_test_add_func ("/reduce/integers", shape_arithmetic_is_exact_and_folded);
  g_test_add_func ("/reduce/arg-max", arg_max_finds_the_first_along_its_axis);
  return g_test_run ();
}
