/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators that compute every element on its own, with broadcasting: gradients, DeepLIFT's
 * multipliers, relevance, rectifier rules and integers. Values are ONNX's own tests (conformance).
 */
#include "op-rig.h"

#include <math.h>

typedef struct
{
  const gchar *op;
  gint opset;
  gdouble low, high; /* where it is tested */
} Unary;

static const Unary unary[] = {
  { "Abs", 13, -2, 2 },
  { "Celu", 12, -3, 3 },
  { "Clip", 6, -2, 2 },
  { "Cos", 7, -3, 3 },
  { "Elu", 6, -3, 3 },
  { "Exp", 13, -2, 2 },
  { "HardSigmoid", 6, -4, 4 },
  { "HardSwish", 14, -5, 5 },
  { "Identity", 13, -1, 1 },
  { "LeakyRelu", 16, -2, 2 },
  { "Log", 13, 0.2, 3 },
  { "Mish", 18, -4, 4 },
  { "Neg", 13, -2, 2 },
  { "Reciprocal", 13, 0.3, 2 },
  { "Relu", 14, -2, 2 },
  { "Selu", 6, -3, 3 },
  { "Sigmoid", 13, -4, 4 },
  { "Sin", 7, -3, 3 },
  { "Softplus", 1, -4, 4 },
  { "Softsign", 1, -3, 3 },
  { "Sqrt", 13, 0.2, 3 },
  { "Tanh", 13, -3, 3 },
  { "ThresholdedRelu", 10, -2, 3 },
};

static OpRig *
unary_rig (const Unary *u, WhyRng *rng)
{
  OpRig *rig = op_rig_new (u->op, u->opset);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 5, 2));
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, u->low, u->high);
  return rig;
}

static void
unary_gradients_are_finite_differences (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (unary); i++)
    {
      g_autoptr (OpRig) rig = unary_rig (&unary[i], &rng);
      op_rig_check_gradient (rig, &rng);
    }
}

static void
unary_multipliers_sum_to_the_difference (void)
{
  WhyRng rng;

  why_rng_init (&rng, 2, 0);
  for (guint i = 0; i < G_N_ELEMENTS (unary); i++)
    {
      g_autoptr (OpRig) rig = unary_rig (&unary[i], &rng);
      op_rig_check_rescale (rig, &rng);
    }
}

static void
unary_operators_pass_relevance_on (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (guint i = 0; i < G_N_ELEMENTS (unary); i++)
    {
      g_autoptr (OpRig) rig = unary_rig (&unary[i], &rng);
      g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-6);
    }
}

/* x and dY of a rectifier and what each rule makes of them. */
static void
assert_rectifier (OpRig *rig)
{
  static const gdouble x[] = { -1, -1, 0, 0, 2, 2, 9, 9 };
  static const gdouble dy[] = { -3, 3, -3, 3, -3, 3, -3, 3 };
  const gboolean has_top = rig->inputs->len > 1; /* Clip (0, 6) */
  const gdouble gradient[] = { 0, 0, 0, 0, -3, 3, has_top ? 0 : -3, has_top ? 0 : 3 };
  const gdouble guided[] = { 0, 0, 0, 0, 0, 3, 0, has_top ? 0 : 3 };
  const gdouble deconv[] = { 0, 3, 0, 3, 0, 3, 0, 3 };
  WhyReal seed[8];

  for (gint i = 0; i < 8; i++)
    {
      op_rig_in (rig, 0)->real[i] = (WhyReal)x[i];
      seed[i] = (WhyReal)dy[i];
    }
  op_rig_run (rig);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT), gradient, 8, 0);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GUIDED), guided, 8, 0);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_DECONV), deconv, 8, 0);
}

static void
relu_follows_the_backward_rule (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Relu", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 8));
  op_rig_plan (rig);
  assert_rectifier (rig);
}

static void
clip_from_zero_follows_the_backward_rule (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Clip", 13);
  const WhyShape scalar = { 0 };

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 8));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &scalar, (const gdouble[]){ 0 }));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &scalar, (const gdouble[]){ 6 }));
  op_rig_plan (rig);
  assert_rectifier (rig);
}

static void
smooth_and_leaky_units_keep_their_gradient (void)
{
  static const gchar *const ops[] = { "LeakyRelu", "Elu", "Tanh" };
  const WhyReal seed[] = { -3, 3, -2, 2 };
  WhyRng rng;

  why_rng_init (&rng, 4, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (ops[i], 16);
      gdouble gradient[4];

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 4));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -2, 2);
      op_rig_run (rig);
      for (gint k = 0; k < 4; k++)
        gradient[k] = (gdouble)op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT)[k];
      op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GUIDED), gradient, 4, 0);
      op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_DECONV), gradient, 4, 0);
    }
}

static void
deeplift_uses_the_derivative_where_nothing_changes (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Sigmoid", 13);
  const WhyReal seed[] = { 1, 0 };
  gdouble y;

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 1));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[0] = op_rig_in (rig, 0)->real[1] = WHY_REAL (0.7);
  op_rig_run (rig);
  y = (gdouble)op_rig_out (rig, 0)->real[0];
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_RESCALE),
                      (const gdouble[]){ y * (1 - y) }, 1, 1e-6);
}

/* Broadcasting: what the second input looks like beside [4,3,2,5]. */
static const WhyShape partners[] = {
  { 4, { 4, 3, 2, 5 } }, { 0 },           { 1, { 1 } },          { 3, { 3, 1, 1 } }, { 1, { 5 } },
  { 4, { 4, 3, 1, 1 } }, { 2, { 2, 1 } }, { 4, { 4, 1, 2, 1 } },
};

typedef struct
{
  const gchar *op;
  gdouble low, high;
  gboolean sum; /* relevance is shared out, not given to one signal */
} Binary;

static const Binary binary[] = {
  { "Add", -2, 2, TRUE },   { "Sub", -2, 2, TRUE },   { "Mul", -2, 2, FALSE },
  { "Div", 0.5, 2, FALSE }, { "Pow", 0.3, 2, FALSE }, { "PRelu", -2, 2, FALSE },
  { "Max", -2, 2, FALSE },  { "Min", -2, 2, FALSE },  { "Sum", -2, 2, TRUE },
  { "Mean", -2, 2, TRUE },
};

/* swapped: the small input first. constant: the small input is one. */
static OpRig *
binary_rig (const Binary *b, const WhyShape *partner, gboolean swapped, gboolean constant,
            WhyRng *rng)
{
  OpRig *rig = op_rig_new (b->op, 15);
  WhyShape full = WHY_SHAPE (4, 3, 2, 5);

  for (gint i = 0; i < 2; i++)
    if ((i == 1) == swapped)
      op_rig_input (rig, WHY_DTYPE_FLOAT, &full);
    else if (constant)
      op_rig_constant (rig, op_rig_random_tensor (partner, rng, b->low, b->high));
    else
      op_rig_input (rig, WHY_DTYPE_FLOAT, partner);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, b->low, b->high);
  return rig;
}

static void
binary_gradients_are_finite_differences (void)
{
  WhyRng rng;

  why_rng_init (&rng, 5, 0);
  for (guint i = 0; i < G_N_ELEMENTS (binary); i++)
    for (guint k = 0; k < G_N_ELEMENTS (partners); k++)
      for (gint swapped = 0; swapped < 2; swapped++)
        {
          g_autoptr (OpRig) rig = binary_rig (&binary[i], &partners[k], swapped, FALSE, &rng);
          op_rig_check_gradient (rig, &rng);
        }
}

static void
binary_gradients_broadcast_both_ways (void)
{
  WhyRng rng;

  why_rng_init (&rng, 6, 0);
  for (guint i = 0; i < G_N_ELEMENTS (binary); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (binary[i].op, 15);

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 1, 4, 1));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 1, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, binary[i].low, binary[i].high);
      op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (2, 3, 4, 5));
      op_rig_check_gradient (rig, &rng);
    }
}

static void
binary_multipliers_sum_to_the_difference (void)
{
  WhyRng rng;

  why_rng_init (&rng, 7, 0);
  for (guint i = 0; i < G_N_ELEMENTS (binary); i++)
    for (guint k = 0; k < G_N_ELEMENTS (partners); k++)
      for (gint swapped = 0; swapped < 2; swapped++)
        {
          gboolean batched = partners[k].rank == 4;
          g_autoptr (OpRig) rig = binary_rig (&binary[i], &partners[k], swapped, !batched, &rng);
          op_rig_check_rescale (rig, &rng);
        }
}

/* Exported attention scales [tokens, batch, …]: the batch is not the leading axis there. */
static void
a_constant_factor_needs_no_batch_to_be_exact (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Mul", 13);
  WhyRng rng;
  WhyReal seed[5 * 2 * 3];
  const WhyReal *m;

  why_rng_init (&rng, 12, 0);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (5, 2, 3));
  op_rig_constant (rig, op_rig_random_tensor (&WHY_SHAPE (3), &rng, -1, 1));
  op_rig_plan (rig);
  op_rig_randomise (rig, &rng, -1, 1);
  op_rig_run (rig);
  for (gint i = 0; i < 30; i++)
    seed[i] = (WhyReal)i;
  m = op_rig_backward (rig, 0, seed, WHY_BACKWARD_RESCALE);
  for (gint i = 0; i < 30; i++)
    g_assert_cmpfloat (fabs ((gdouble)(m[i] - seed[i] * op_rig_in (rig, 1)->real[i % 3])), <, 1e-6);
}

static void
sums_share_relevance_and_constants_absorb_theirs (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 8, 0);
  for (guint i = 0; i < G_N_ELEMENTS (binary); i++)
    for (guint k = 0; k < G_N_ELEMENTS (partners) && binary[i].sum; k++)
      {
        g_autoptr (OpRig) both = binary_rig (&binary[i], &partners[k], FALSE, FALSE, &rng);
        g_autoptr (OpRig) one = binary_rig (&binary[i], &partners[k], FALSE, TRUE, &rng);

        op_rig_check_relevance (both, &rng, &lrp);
        g_assert_cmpfloat (fabs (op_rig_check_relevance (one, &rng, &lrp)), >, 1e-4);
      }
}

static void
residual_relevance_is_proportional (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EPSILON };
  g_autoptr (OpRig) rig = op_rig_new ("Add", 13);
  const WhyReal seed[] = { 8, 8 };
  gdouble leak;

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[0] = 3;
  op_rig_in (rig, 1)->real[0] = 1;
  op_rig_in (rig, 0)->real[1] = 3;
  op_rig_in (rig, 1)->real[1] = -1;
  op_rig_run (rig);
  op_rig_assert_near (op_rig_relevance (rig, 0, seed, &lrp, &leak), (const gdouble[]){ 6, 12 }, 2,
                      1e-6);
  op_rig_assert_near (op_rig_relevance (rig, 1, seed, &lrp, &leak), (const gdouble[]){ 2, -4 }, 2,
                      1e-6);
}

static void
excitation_follows_positive_terms_only (void)
{
  const WhyLrp lrp = { .rule = WHY_LRP_EXCITATION };
  g_autoptr (OpRig) rig = op_rig_new ("Add", 13);
  const WhyReal seed[] = { 8, 8 };
  gdouble leak;

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[0] = 3;
  op_rig_in (rig, 1)->real[0] = 1;
  op_rig_in (rig, 0)->real[1] = 3;
  op_rig_in (rig, 1)->real[1] = -1;
  op_rig_run (rig);
  op_rig_assert_near (op_rig_relevance (rig, 0, seed, &lrp, &leak), (const gdouble[]){ 6, 8 }, 2,
                      1e-6);
  g_assert_cmpfloat (fabs (leak), <, 1e-9);
}

static void
variadic_gradients_are_finite_differences (void)
{
  static const gchar *const ops[] = { "Sum", "Mean", "Max", "Min" };
  WhyRng rng;

  why_rng_init (&rng, 9, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (ops[i], 13);

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 1));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 1, 5));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
      op_rig_check_rescale (rig, &rng);
    }
}

static void
the_first_of_equal_maxima_takes_the_gradient (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Max", 13);
  const WhyReal seed[] = { 1, 1, 1 };

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
  op_rig_plan (rig);
  for (gint i = 0; i < 3; i++)
    {
      op_rig_in (rig, 0)->real[i] = 1;
      op_rig_in (rig, 1)->real[i] = (WhyReal)i;
    }
  op_rig_run (rig);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT),
                      (const gdouble[]){ 1, 1, 0 }, 3, 0);
  op_rig_assert_near (op_rig_backward (rig, 1, seed, WHY_BACKWARD_GRADIENT),
                      (const gdouble[]){ 0, 0, 1 }, 3, 0);
}

static void
where_sends_the_gradient_to_the_chosen_side (void)
{
  WhyRng rng;

  why_rng_init (&rng, 10, 0);
  for (gint k = 0; k < 2; k++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Where", 16);

      op_rig_input (rig, WHY_DTYPE_BOOL, k ? &WHY_SHAPE (3, 1) : &WHY_SHAPE (2, 3, 5));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 1, 5));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, 0, 2);
      op_rig_check_gradient (rig, &rng);
    }
}

/* A constant node is computed when the graph is planned. */
static void
assert_folds (const gchar *op, gint opset, const gint64 *a, const gint64 *b, const gint64 *expected)
{
  g_autoptr (OpRig) rig = op_rig_new (op, opset);
  WhyTensor *out;

  for (gint i = 0; i < 2; i++)
    {
      WhyTensor *tensor = why_tensor_new (WHY_DTYPE_INT64, &WHY_SHAPE (3));
      for (gint k = 0; k < 3; k++)
        tensor->i64[k] = i ? b[k] : a[k];
      op_rig_constant (rig, tensor);
    }
  op_rig_plan (rig);
  g_assert_null (rig->node);
  out = op_rig_out (rig, 0);
  g_assert_cmpint (out->dtype, ==, WHY_DTYPE_INT64);
  for (gint k = 0; k < 3; k++)
    g_assert_cmpint (out->i64[k], ==, expected[k]);
}

static void
int64_arithmetic_is_exact_and_folded (void)
{
  const gint64 big = G_GINT64_CONSTANT (9007199254740993); /* 2⁵³ + 1: not a double */
  const gint64 a[] = { big, -7, 7 }, b[] = { 1, 2, -2 };

  assert_folds ("Add", 14, a, b, (const gint64[]){ big + 1, -5, 5 });
  assert_folds ("Sub", 14, a, b, (const gint64[]){ big - 1, -9, 9 });
  assert_folds ("Mul", 14, a, b, (const gint64[]){ big, -14, -14 });
  assert_folds ("Div", 14, a, b, (const gint64[]){ big, -3, -3 });
  assert_folds ("Mod", 13, a, b, (const gint64[]){ 0, 1, -1 });
  assert_folds ("Max", 13, a, b, (const gint64[]){ big, 2, 7 });
  assert_folds ("Min", 13, a, b, (const gint64[]){ 1, -7, -2 });
  assert_folds ("Sum", 13, a, b, (const gint64[]){ big + 1, -5, 5 });
}

static void
hostile_integers_do_not_trap (void)
{
  const gint64 a[] = { G_MININT64, 5, G_MAXINT64 }, b[] = { -1, 0, 2 };

  assert_folds ("Div", 14, a, b, (const gint64[]){ G_MININT64, 0, G_MAXINT64 / 2 });
  assert_folds ("Mod", 13, a, b, (const gint64[]){ 0, 0, 1 });
  assert_folds ("Mul", 14, a, b, (const gint64[]){ G_MININT64, 0, -2 });
}

static void
small_integers_wrap (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Sub", 14);

  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_UINT8, &WHY_SHAPE (2), (const gdouble[]){ 3, 9 }));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_UINT8, &WHY_SHAPE (2), (const gdouble[]){ 5, 9 }));
  op_rig_plan (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, (const gdouble[]){ 254, 0 }, 2, 0);
}

static void
casts_round_wrap_and_pass_the_gradient (void)
{
  static const struct
  {
    WhyDType to;
    gdouble x, expected;
  } cases[] = {
    { WHY_DTYPE_FLOAT16, 2049, 2048 }, /* a tie goes to the even neighbour */
    { WHY_DTYPE_FLOAT16, 70000, HUGE_VAL },
    { WHY_DTYPE_FLOAT16, 5.0e-8, 5.9604644775390625e-08 }, /* the smallest subnormal */
    { WHY_DTYPE_BFLOAT16, 257, 256 },
    { WHY_DTYPE_UINT8, 258.75, 2 },
    { WHY_DTYPE_INT8, -1.75, -1 },
    { WHY_DTYPE_INT8, 200, -56 },
    { WHY_DTYPE_INT32, -3.5, -3 },
    { WHY_DTYPE_BOOL, -0.25, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Cast", 13);
      const WhyReal seed[] = { 3 };

      op_rig_int (rig, "to", cases[i].to);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1));
      op_rig_plan (rig);
      op_rig_in (rig, 0)->real[0] = (WhyReal)cases[i].x;
      op_rig_run (rig);
      g_assert_cmpint (op_rig_out (rig, 0)->dtype, ==, cases[i].to);
      g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[0], ==, cases[i].expected);
      g_assert_cmpfloat ((gdouble)op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT)[0], ==,
                         cases[i].to == WHY_DTYPE_BOOL ? 0.0 : 3.0);
    }
}

static void
old_broadcasting_aligns_at_its_axis (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Add", 6);
  WhyRng rng;

  why_rng_init (&rng, 11, 0);
  op_rig_int (rig, "broadcast", 1);
  op_rig_int (rig, "axis", 1);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 4, 5));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 4));
  op_rig_plan (rig);
  op_rig_randomise (rig, &rng, -1, 1);
  op_rig_run (rig);
  for (gint i = 0; i < 120; i++)
    g_assert_cmpfloat (fabs ((gdouble)(op_rig_out (rig, 0)->real[i] - op_rig_in (rig, 0)->real[i]
                                       - op_rig_in (rig, 1)->real[i / 5 % 12])),
                       <, 1e-6);
  if (OP_RIG_IS_DOUBLE)
    op_rig_check_gradient (rig, &rng);
}

static void
shapes_that_do_not_broadcast_are_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Mul", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 4));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "[2, 4]");
}

static void
mixed_types_are_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Add", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (rig, WHY_DTYPE_INT64, &WHY_SHAPE (2, 3));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "int64");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (OP_RIG_IS_DOUBLE)
    {
      g_test_add_func ("/elementwise/unary/gradient", unary_gradients_are_finite_differences);
      g_test_add_func ("/elementwise/binary/gradient", binary_gradients_are_finite_differences);
      g_test_add_func ("/elementwise/binary/gradient-both-ways",
                       binary_gradients_broadcast_both_ways);
      g_test_add_func ("/elementwise/where/gradient", where_sends_the_gradient_to_the_chosen_side);
    }
  g_test_add_func ("/elementwise/unary/rescale", unary_multipliers_sum_to_the_difference);
  g_test_add_func ("/elementwise/unary/relevance", unary_operators_pass_relevance_on);
  g_test_add_func ("/elementwise/unary/rescale-tiny",
                   deeplift_uses_the_derivative_where_nothing_changes);
  g_test_add_func ("/elementwise/rectifier/relu", relu_follows_the_backward_rule);
  g_test_add_func ("/elementwise/rectifier/clip", clip_from_zero_follows_the_backward_rule);
  g_test_add_func ("/elementwise/rectifier/others", smooth_and_leaky_units_keep_their_gradient);
  g_test_add_func ("/elementwise/binary/rescale", binary_multipliers_sum_to_the_difference);
  g_test_add_func ("/elementwise/binary/rescale-constant",
                   a_constant_factor_needs_no_batch_to_be_exact);
  g_test_add_func ("/elementwise/sum/relevance", sums_share_relevance_and_constants_absorb_theirs);
  g_test_add_func ("/elementwise/add/residual", residual_relevance_is_proportional);
  g_test_add_func ("/elementwise/add/excitation", excitation_follows_positive_terms_only);
  g_test_add_func ("/elementwise/variadic/gradient", variadic_gradients_are_finite_differences);
  g_test_add_func ("/elementwise/max/ties", the_first_of_equal_maxima_takes_the_gradient);
  g_test_add_func ("/elementwise/integers/folded", int64_arithmetic_is_exact_and_folded);
  g_test_add_func ("/elementwise/integers/hostile", hostile_integers_do_not_trap);
  g_test_add_func ("/elementwise/integers/wrap", small_integers_wrap);
  g_test_add_func ("/elementwise/cast", casts_round_wrap_and_pass_the_gradient);
  g_test_add_func ("/elementwise/broadcast/old", old_broadcasting_aligns_at_its_axis);
  g_test_add_func ("/elementwise/broadcast/refused", shapes_that_do_not_broadcast_are_refused);
  g_test_add_func ("/elementwise/types/refused", mixed_types_are_refused);
  return g_test_run ();
}
