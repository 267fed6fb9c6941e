/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantised operators against integer sums; gradients against those of the numbers they stand for.
 */
#include "op-rig.h"

#include <math.h>
#include <string.h>

static void
set (OpRig *rig, gint i, const gdouble *values)
{
  WhyTensor *tensor = op_rig_in (rig, i);

  for (gint64 k = 0; k < why_tensor_numel (tensor); k++)
    tensor->real[k] = (WhyReal)values[k];
}

static WhyTensor *
scalar (WhyDType dtype, gdouble value)
{
  return op_rig_tensor (dtype, &(WhyShape){ 0 }, &value);
}

/* ---- QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear ------------------------------ */

/* Halves go to the even neighbour; what does not fit saturates and stops the gradient. */
static void
test_quantize (void)
{
  static const gdouble x[] = { 0.5, 1.5, 2.5, -0.5, -1.5, 600, -600, 3 };
  static const gdouble expected[] = { 128, 130, 130, 128, 126, 255, 0, 131 };
  static const gdouble gradient[] = { 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0.5 };
  const WhyReal seed[] = { 1, 1, 1, 1, 1, 1, 1, 1 };
  gdouble doubled[8];
  g_autoptr (OpRig) rig = op_rig_new ("QuantizeLinear", 13);

  for (gint i = 0; i < 8; i++)
    doubled[i] = 2 * x[i];
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 4));
  op_rig_constant (rig, scalar (WHY_DTYPE_FLOAT, 2));
  op_rig_constant (rig, scalar (WHY_DTYPE_UINT8, 128));
  op_rig_plan (rig);
  set (rig, 0, doubled);
  op_rig_run (rig);
  g_assert_cmpint (op_rig_out (rig, 0)->dtype, ==, WHY_DTYPE_UINT8);
  op_rig_assert_near (op_rig_out (rig, 0)->real, expected, 8, 0);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT), gradient, 8, 0);
}

typedef struct
{
  gint opset;
  gint64 axis, block;
  WhyShape scale;
  gint64 index[12]; /* of the scale of every element of [2, 3, 2] */
} AxisCase;

static void
check_axis (const AxisCase *c, const gchar *op, const gdouble *scales, const gdouble *zeros,
            WhyDType dtype, const gdouble *in, const gdouble *out)
{
  g_autoptr (OpRig) rig = op_rig_new (op, c->opset);

  op_rig_int (rig, "axis", c->axis);
  if (c->block > 0)
    op_rig_int (rig, "block_size", c->block);
  op_rig_input (rig, dtype, &WHY_SHAPE (2, 3, 2));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &c->scale, scales));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT8, &c->scale, zeros));
  op_rig_plan (rig);
  set (rig, 0, in);
  op_rig_run (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, out, 12, OP_RIG_TOLERANCE);
}

/* The three ways in which scales are laid out, there and back. */
static void
test_scale_axes (void)
{
  static const AxisCase cases[] = {
    { 13, 1, 0, { 1, { 3 } }, { 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2 } },
    { 13, -1, 0, { 1, { 2 } }, { 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } },
    { 21, 1, 2, { 3, { 2, 2, 2 } }, { 0, 1, 0, 1, 2, 3, 4, 5, 4, 5, 6, 7 } },
  };
  WhyRng rng;

  why_rng_init (&rng, 61, 0);
  for (gsize n = 0; n < G_N_ELEMENTS (cases); n++)
    {
      gdouble scales[8], zeros[8], real[12], quantised[12];

      for (gint i = 0; i < 8; i++)
        {
          scales[i] = 0.25 * (i + 1);
          zeros[i] = i - 2;
        }
      for (gint i = 0; i < 12; i++)
        {
          quantised[i] = (gdouble)why_rng_below (&rng, 200) - 100;
          real[i] = (quantised[i] - zeros[cases[n].index[i]]) * scales[cases[n].index[i]];
        }
      check_axis (&cases[n], "QuantizeLinear", scales, zeros, WHY_DTYPE_FLOAT, real, quantised);
      check_axis (&cases[n], "DequantizeLinear", scales, zeros, WHY_DTYPE_INT8, quantised, real);
    }
}

/* The standard's own example, with numbers in place of its halves, which float rounds either way. */
static void
test_dynamic_quantize (void)
{
  static const gdouble x[] = { 0, 2, -3, -2.4, 1.34, 0.6 };
  static const gdouble expected[] = { 153, 255, 0, 31, 221, 184 };
  const WhyReal seed[] = { 1, 1, 1, 1, 1, 1 };
  gdouble gradient[6];
  g_autoptr (OpRig) rig = op_rig_new ("DynamicQuantizeLinear", 11);

  op_rig_outputs (rig, 3);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_plan (rig);
  set (rig, 0, x);
  op_rig_run (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, expected, 6, 0);
  g_assert_cmpfloat_with_epsilon ((gdouble)op_rig_out (rig, 1)->real[0], 5.0 / 255, 1e-8);
  g_assert_cmpfloat ((gdouble)op_rig_out (rig, 2)->real[0], ==, 153);
  for (gint i = 0; i < 6; i++)
    gradient[i] = 255.0 / 5;
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT), gradient, 6, 1e-6);
}

static void
test_quantize_rescale_and_relevance (void)
{
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 62, 0);
  for (gint dynamic = 0; dynamic < 2; dynamic++)
    {
      g_autoptr (OpRig) rig = op_rig_new (dynamic ? "DynamicQuantizeLinear" : "QuantizeLinear", 13);

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 5));
      if (dynamic)
        op_rig_outputs (rig, 3);
      else
        op_rig_constant (rig, scalar (WHY_DTYPE_FLOAT, 0.3));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, 1, 90); /* the upper ones saturate at 255 */
      op_rig_check_rescale (rig, &rng);
      g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-3);
    }
}

/* ---- convolutions ----------------------------------------------------------------------- */

#define CHANNELS 70 /* · 3 · 3 > 256 products: sums come in several pieces */
#define OUT 4

typedef struct
{
  const gchar *op;
  gint64 groups;
  WhyDType dtype;
  gboolean per_channel, bias, zeros;
} ConvCase;

static const ConvCase conv_cases[] = {
  { "ConvInteger", 1, WHY_DTYPE_UINT8, FALSE, FALSE, TRUE },
  { "ConvInteger", 2, WHY_DTYPE_INT8, TRUE, FALSE, TRUE },
  { "ConvInteger", 1, WHY_DTYPE_INT8, FALSE, FALSE, FALSE },
  { "QLinearConv", 1, WHY_DTYPE_UINT8, FALSE, FALSE, TRUE },
  { "QLinearConv", 2, WHY_DTYPE_INT8, TRUE, TRUE, TRUE },
};

/* Inputs as whole numbers, and what is the same for the operator and for its check. */
typedef struct
{
  gdouble w[OUT * CHANNELS * 9], w_zero[OUT], w_scale[OUT], bias[OUT];
  gdouble x_zero, x_scale, y_scale, y_zero;
} ConvNumbers;

static gdouble
whole (WhyRng *rng, WhyDType dtype)
{
  return (gdouble)why_rng_below (rng, 256) - (dtype == WHY_DTYPE_INT8 ? 128 : 0);
}

static ConvNumbers
conv_numbers (const ConvCase *c, WhyRng *rng)
{
  ConvNumbers n = { .x_scale = 0.02, .y_scale = 9, .y_zero = c->dtype == WHY_DTYPE_INT8 ? 3 : 120 };

  n.x_zero = c->zeros ? whole (rng, c->dtype) : 0;
  for (gsize i = 0; i < G_N_ELEMENTS (n.w); i++)
    n.w[i] = whole (rng, WHY_DTYPE_INT8);
  for (gint i = 0; i < OUT; i++)
    {
      gboolean own = i == 0 || c->per_channel;
      n.w_zero[i] = !c->zeros ? 0 : own ? whole (rng, WHY_DTYPE_INT8) : n.w_zero[0];
      n.w_scale[i] = own ? 0.01 * (i + 1) : n.w_scale[0];
      n.bias[i] = c->bias ? 1000 * i - 2000 : 0;
    }
  return n;
}

static OpRig *
conv_rig (const ConvCase *c, const ConvNumbers *n, WhyRng *rng)
{
  gboolean linear = g_str_equal (c->op, "QLinearConv");
  WhyShape channels = WHY_SHAPE (OUT), none = { 0 };
  const WhyShape *each = c->per_channel ? &channels : &none;
  OpRig *rig = op_rig_new (c->op, 13);

  op_rig_int (rig, "group", c->groups);
  op_rig_ints (rig, "pads", 4, (gint64[]){ 1, 0, 1, 2 });
  op_rig_ints (rig, "strides", 2, (gint64[]){ 2, 1 });
  op_rig_input (rig, c->dtype, &WHY_SHAPE (2, CHANNELS, 4, 5));
  if (linear)
    {
      op_rig_constant (rig, scalar (WHY_DTYPE_FLOAT, n->x_scale));
      op_rig_constant (rig, scalar (c->dtype, n->x_zero));
    }
  op_rig_constant (
      rig, op_rig_tensor (WHY_DTYPE_INT8, &WHY_SHAPE (OUT, CHANNELS / c->groups, 3, 3), n->w));
  if (!linear && c->zeros)
    {
      op_rig_constant (rig, scalar (c->dtype, n->x_zero));
      op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT8, each, n->w_zero));
    }
  if (linear)
    {
      op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, each, n->w_scale));
      op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT8, each, n->w_zero));
      op_rig_constant (rig, scalar (WHY_DTYPE_FLOAT, n->y_scale));
      op_rig_constant (rig, scalar (c->dtype, n->y_zero));
    }
  if (linear && c->bias)
    op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT32, &channels, n->bias));
  op_rig_plan (rig);
  for (gint64 i = 0; i < 2 * CHANNELS * 20; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)whole (rng, c->dtype);
  return rig;
}

/* The sum at output cell i; with gradient: adds seed · derivative to every input it reads. */
static gint64
conv_sum (const ConvCase *c, const ConvNumbers *n, const WhyReal *x, gint64 i, gdouble seed,
          gdouble *gradient)
{
  gint64 column = i % 5, row = i / 5 % 2, out = i / 10 % OUT, picture = i / 10 / OUT;
  gint64 inner = CHANNELS / c->groups, first = out / (OUT / c->groups) * inner, sum = 0;

  for (gint64 k = 0; k < inner * 9; k++)
    {
      gint64 y0 = row * 2 - 1 + k / 3 % 3, x0 = column + k % 3;
      gint64 at = ((picture * CHANNELS + first + k / 9) * 4 + y0) * 5 + x0;
      gdouble weight = n->w[out * inner * 9 + k] - n->w_zero[out];

      if (y0 < 0 || y0 >= 4 || x0 >= 5)
        continue;
      sum += (gint64)(((gdouble)x[at] - n->x_zero) * weight);
      if (gradient != NULL)
        gradient[at] += seed * weight;
    }
  return sum + (gint64)n->bias[out];
}

static void
test_conv (gconstpointer data)
{
  const ConvCase *c = data;
  gboolean linear = g_str_equal (c->op, "QLinearConv");
  gdouble low = c->dtype == WHY_DTYPE_INT8 ? -128 : 0, high = low + 255;
  gdouble expected[2 * OUT * 10], gradient[2 * CHANNELS * 20] = { 0 };
  WhyReal seed[2 * OUT * 10];
  gint inside = 0;
  WhyRng rng;
  ConvNumbers n;
  g_autoptr (OpRig) rig = NULL;

  why_rng_init (&rng, 63, (guint64)(c - conv_cases));
  n = conv_numbers (c, &rng);
  rig = conv_rig (c, &n, &rng);
  op_rig_run (rig);
  op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (2, OUT, 2, 5));
  for (gint64 i = 0; i < 2 * OUT * 10; i++)
    {
      const WhyReal *x = op_rig_in (rig, 0)->real;
      gint64 out = i / 10 % OUT;
      gdouble factor = linear ? n.x_scale * n.w_scale[out] / n.y_scale : 1;
      gdouble value = (gdouble)conv_sum (c, &n, x, i, 0, NULL) * factor;
      gdouble rounded = nearbyint (value) + n.y_zero;

      seed[i] = (WhyReal)(2 * why_rng_uniform (&rng) - 1);
      expected[i] = linear ? CLAMP (rounded, low, high) : value;
      if (linear && (rounded < low || rounded > high))
        continue;
      inside++;
      conv_sum (c, &n, x, i, (gdouble)seed[i] * factor, gradient);
    }
  g_assert_cmpint (inside, >, 10);
  /* A sum halfway between two steps may round either way in float. */
  for (gint i = 0; linear && i < 2 * OUT * 10; i++)
    g_assert_cmpfloat (fabs ((gdouble)op_rig_out (rig, 0)->real[i] - expected[i]), <=,
                       OP_RIG_IS_DOUBLE ? 0 : 1);
  if (!linear)
    op_rig_assert_near (op_rig_out (rig, 0)->real, expected, 2 * OUT * 10, 0);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT), gradient,
                      2 * CHANNELS * 20, 10 * OP_RIG_TOLERANCE);
}

static void
test_conv_rescale_and_relevance (gconstpointer data)
{
  const ConvCase *c = data;
  WhyRng rng;
  ConvNumbers n;
  g_autoptr (OpRig) rig = NULL;

  why_rng_init (&rng, 64, (guint64)(c - conv_cases));
  n = conv_numbers (c, &rng);
  rig = conv_rig (c, &n, &rng);
  op_rig_check_rescale (rig, &rng);
  for (gint rule = WHY_LRP_EPSILON; rule <= WHY_LRP_EXCITATION; rule++)
    {
      WhyLrp lrp
          = { .rule = (WhyLrpRule)rule, .epsilon = 1e-6, .gamma = 0.25, .alpha = 2, .beta = 1 };
      op_rig_check_relevance (rig, &rng, &lrp);
    }
}

/* ---- matrix products -------------------------------------------------------------------- */

#define ROWS 3
#define INNER 300 /* > 256 products: sums come in two pieces */
#define COLUMNS 4

typedef struct
{
  const gchar *op;
  gboolean vectors;  /* zero points and scales for each row and column */
  gboolean constant; /* B is */
} MatMulCase;

static const MatMulCase mat_mul_cases[] = {
  { "MatMulInteger", FALSE, TRUE }, { "MatMulInteger", TRUE, TRUE },
  { "MatMulInteger", TRUE, FALSE }, { "QLinearMatMul", FALSE, TRUE },
  { "QLinearMatMul", TRUE, FALSE },
};

typedef struct
{
  gdouble a_zero[ROWS], b_zero[COLUMNS], a_scale[ROWS], b_scale[COLUMNS];
  gdouble y_scale, y_zero;
} MatMulNumbers;

static MatMulNumbers
mat_mul_numbers (const MatMulCase *c, WhyRng *rng)
{
  MatMulNumbers n = { .y_scale = 5, .y_zero = 100 };

  for (gint i = 0; i < ROWS; i++)
    {
      gboolean own = i == 0 || c->vectors;
      n.a_zero[i] = own ? whole (rng, WHY_DTYPE_UINT8) : n.a_zero[0];
      n.a_scale[i] = own ? 0.01 * (i + 1) : n.a_scale[0];
    }
  for (gint i = 0; i < COLUMNS; i++)
    {
      gboolean own = i == 0 || c->vectors;
      n.b_zero[i] = own ? whole (rng, WHY_DTYPE_INT8) : n.b_zero[0];
      n.b_scale[i] = own ? 0.02 * (i + 1) : n.b_scale[0];
    }
  return n;
}

static WhyTensor *
vector (const MatMulCase *c, WhyDType dtype, gint64 n, const gdouble *values)
{
  return op_rig_tensor (dtype, c->vectors ? &WHY_SHAPE (n) : &(WhyShape){ 0 }, values);
}

static OpRig *
mat_mul_rig (const MatMulCase *c, const MatMulNumbers *n, WhyRng *rng)
{
  gboolean linear = g_str_equal (c->op, "QLinearMatMul");
  WhyShape shape = c->constant ? WHY_SHAPE (INNER, COLUMNS) : WHY_SHAPE (2, INNER, COLUMNS);
  OpRig *rig = op_rig_new (c->op, 13);
  WhyTensor *b = why_tensor_new (WHY_DTYPE_INT8, &shape);

  for (gint64 i = 0; i < why_tensor_numel (b); i++)
    b->real[i] = (WhyReal)whole (rng, WHY_DTYPE_INT8);
  op_rig_input (rig, WHY_DTYPE_UINT8, &WHY_SHAPE (2, ROWS, INNER));
  if (linear)
    {
      op_rig_constant (rig, vector (c, WHY_DTYPE_FLOAT, ROWS, n->a_scale));
      op_rig_constant (rig, vector (c, WHY_DTYPE_UINT8, ROWS, n->a_zero));
    }
  if (c->constant)
    op_rig_constant (rig, why_tensor_ref (b));
  else
    op_rig_input (rig, WHY_DTYPE_INT8, &shape);
  if (linear)
    op_rig_constant (rig, vector (c, WHY_DTYPE_FLOAT, COLUMNS, n->b_scale));
  else
    op_rig_constant (rig, vector (c, WHY_DTYPE_UINT8, ROWS, n->a_zero));
  op_rig_constant (rig, vector (c, WHY_DTYPE_INT8, COLUMNS, n->b_zero));
  if (linear)
    {
      op_rig_constant (rig, scalar (WHY_DTYPE_FLOAT, n->y_scale));
      op_rig_constant (rig, scalar (WHY_DTYPE_UINT8, n->y_zero));
    }
  op_rig_plan (rig);
  for (gint64 i = 0; i < 2 * ROWS * INNER; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)whole (rng, WHY_DTYPE_UINT8);
  if (!c->constant)
    memcpy (op_rig_in (rig, linear ? 3 : 1)->real, b->real,
            (gsize)why_tensor_numel (b) * sizeof (WhyReal));
  why_tensor_unref (b);
  return rig;
}

static void
test_mat_mul (gconstpointer data)
{
  const MatMulCase *c = data;
  gboolean linear = g_str_equal (c->op, "QLinearMatMul");
  gdouble expected[2 * ROWS * COLUMNS], gradient[2 * ROWS * INNER] = { 0 };
  WhyReal seed[2 * ROWS * COLUMNS];
  WhyRng rng;
  MatMulNumbers n;
  g_autoptr (OpRig) rig = NULL;
  const WhyReal *a, *b;

  why_rng_init (&rng, 65, (guint64)(c - mat_mul_cases));
  n = mat_mul_numbers (c, &rng);
  rig = mat_mul_rig (c, &n, &rng);
  op_rig_run (rig);
  a = op_rig_in (rig, 0)->real;
  b = op_rig_in (rig, linear ? 3 : 1)->real;
  for (gint i = 0; i < 2 * ROWS * COLUMNS; i++)
    {
      gint column = i % COLUMNS, row = i / COLUMNS, item = c->constant ? 0 : row / ROWS;
      gdouble factor = linear ? n.a_scale[row % ROWS] * n.b_scale[column] / n.y_scale : 1;
      gint64 sum = 0;
      gdouble rounded;

      for (gint k = 0; k < INNER; k++)
        sum += (gint64)(((gdouble)a[row * INNER + k] - n.a_zero[row % ROWS])
                        * ((gdouble)b[(item * INNER + k) * COLUMNS + column] - n.b_zero[column]));
      rounded = nearbyint ((gdouble)sum * factor) + n.y_zero;
      expected[i] = linear ? CLAMP (rounded, 0, 255) : (gdouble)sum;
      seed[i] = (WhyReal)(2 * why_rng_uniform (&rng) - 1);
      for (gint k = 0; k < INNER && !(linear && (rounded < 0 || rounded > 255)); k++)
        gradient[row * INNER + k]
            += (gdouble)seed[i] * factor
               * ((gdouble)b[(item * INNER + k) * COLUMNS + column] - n.b_zero[column]);
    }
  for (gint i = 0; i < 2 * ROWS * COLUMNS; i++)
    g_assert_cmpfloat (fabs ((gdouble)op_rig_out (rig, 0)->real[i] - expected[i]), <=,
                       linear && !OP_RIG_IS_DOUBLE ? 1 : 0);
  op_rig_assert_near (op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT), gradient,
                      2 * ROWS * INNER, 10 * OP_RIG_TOLERANCE);
}

static void
test_mat_mul_rescale_and_relevance (gconstpointer data)
{
  const MatMulCase *c = data;
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;
  MatMulNumbers n;
  g_autoptr (OpRig) rig = NULL;

  why_rng_init (&rng, 66, (guint64)(c - mat_mul_cases));
  n = mat_mul_numbers (c, &rng);
  rig = mat_mul_rig (c, &n, &rng);
  op_rig_check_rescale (rig, &rng);
  op_rig_check_relevance (rig, &rng, &lrp);
}

static void
test_refusals (void)
{
  g_autoptr (OpRig) type = op_rig_new ("QuantizeLinear", 13);
  g_autoptr (OpRig) axis = op_rig_new ("DequantizeLinear", 13);
  g_autoptr (OpRig) conv = op_rig_new ("ConvInteger", 13);

  op_rig_input (type, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_constant (type, scalar (WHY_DTYPE_FLOAT, 1));
  op_rig_constant (type, scalar (WHY_DTYPE_FLOAT, 0));
  op_rig_assert_refused (type, WHY_ERROR_MODEL_UNSUPPORTED, "quantisation to float");
  op_rig_input (axis, WHY_DTYPE_INT8, &WHY_SHAPE (2, 3));
  op_rig_input (axis, WHY_DTYPE_FLOAT, &WHY_SHAPE (2));
  op_rig_assert_refused (axis, WHY_ERROR_MODEL_INVALID, "axis 1");
  op_rig_input (conv, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 3, 3));
  op_rig_input (conv, WHY_DTYPE_INT8, &WHY_SHAPE (1, 2, 3, 3));
  op_rig_assert_refused (conv, WHY_ERROR_MODEL_UNSUPPORTED, "not a quantised integer");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quant/quantize", test_quantize);
  g_test_add_func ("/quant/scale-axes", test_scale_axes);
  g_test_add_func ("/quant/dynamic-quantize", test_dynamic_quantize);
  g_test_add_func ("/quant/quantize-rescale-and-relevance", test_quantize_rescale_and_relevance);
  for (gsize i = 0; i < G_N_ELEMENTS (conv_cases); i++)
    {
      g_autofree gchar *sum = g_strdup_printf ("/quant/%s/%zu/sums", conv_cases[i].op, i);
      g_autofree gchar *why = g_strdup_printf ("/quant/%s/%zu/attribution", conv_cases[i].op, i);
      g_test_add_data_func (sum, &conv_cases[i], test_conv);
      g_test_add_data_func (why, &conv_cases[i], test_conv_rescale_and_relevance);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (mat_mul_cases); i++)
    {
      g_autofree gchar *sum = g_strdup_printf ("/quant/%s/%zu/sums", mat_mul_cases[i].op, i);
      g_autofree gchar *why = g_strdup_printf ("/quant/%s/%zu/attribution", mat_mul_cases[i].op, i);
      g_test_add_data_func (sum, &mat_mul_cases[i], test_mat_mul);
      g_test_add_data_func (why, &mat_mul_cases[i], test_mat_mul_rescale_and_relevance);
    }
  g_test_add_func ("/quant/refusals", test_refusals);
  return g_test_run ();
}
