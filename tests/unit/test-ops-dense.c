/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemm and MatMul against sums written out. */
#include "op-rig.h"

#include <math.h>

typedef struct
{
  gint64 rows, inner, columns;
  gint trans_a, trans_b;
  gdouble alpha, beta;
  gint c_rank; /* -1: absent */
  gint64 c_dims[2];
} GemmCase;

static const GemmCase gemm_cases[] = {
  { 3, 5, 4, 0, 0, 1, 1, -1, { 0 } },    { 3, 5, 4, 1, 0, 0.5, 1, 0, { 0 } },
  { 3, 5, 4, 0, 1, -2, 0.25, 1, { 4 } }, { 3, 5, 4, 1, 1, 1.5, -1, 2, { 3, 1 } },
  { 3, 5, 4, 0, 1, 1, 2, 2, { 1, 4 } },  { 3, 5, 4, 0, 0, 1, 2, 2, { 3, 4 } },
  { 1, 70, 90, 0, 1, 1, 1, 1, { 90 } },  { 1, 7, 9, 1, 0, 1, 1, 2, { 1, 1 } },
  { 80, 70, 90, 1, 1, 1, 1, 1, { 1 } },  { 90, 3, 70, 0, 0, 1, 1, 1, { 70 } },
};

static OpRig *
gemm_rig (const GemmCase *c, gboolean constant, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("Gemm", 13);
  WhyShape a = WHY_SHAPE (c->rows, c->inner), b = WHY_SHAPE (c->inner, c->columns);
  WhyShape shape = { c->c_rank, { c->c_dims[0], c->c_dims[1] } };

  if (c->trans_a)
    a = WHY_SHAPE (c->inner, c->rows);
  if (c->trans_b)
    b = WHY_SHAPE (c->columns, c->inner);
  op_rig_int (rig, "transA", c->trans_a);
  op_rig_int (rig, "transB", c->trans_b);
  op_rig_float (rig, "alpha", c->alpha);
  op_rig_float (rig, "beta", c->beta);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &a);
  if (constant)
    op_rig_constant (rig, op_rig_random_tensor (&b, rng, -1, 1));
  else
    op_rig_input (rig, WHY_DTYPE_FLOAT, &b);
  if (c->c_rank >= 0 && constant)
    op_rig_constant (rig, op_rig_random_tensor (&shape, rng, -1, 1));
  else if (c->c_rank >= 0)
    op_rig_input (rig, WHY_DTYPE_FLOAT, &shape);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -1, 1);
  return rig;
}

static gdouble
gemm_element (const GemmCase *c, OpRig *rig, gint64 i, gint64 j)
{
  const WhyReal *a = op_rig_in (rig, 0)->real, *b = op_rig_in (rig, 1)->real;
  gdouble sum = 0, bias = 0;

  for (gint64 k = 0; k < c->inner; k++)
    sum += (gdouble)a[c->trans_a ? k * c->rows + i : i * c->inner + k]
           * (gdouble)b[c->trans_b ? j * c->inner + k : k * c->columns + j];
  if (c->c_rank >= 0)
    {
      gint64 width = c->c_rank >= 1 ? c->c_dims[c->c_rank - 1] : 1;
      gint64 height = c->c_rank == 2 ? c->c_dims[0] : 1;
      bias = (gdouble)op_rig_in (rig, 2)->real[i % height * width + j % width];
    }
  return c->alpha * sum + c->beta * bias;
}

static void
test_gemm (void)
{
  WhyRng rng;

  why_rng_init (&rng, 21, 0);
  for (gsize n = 0; n < G_N_ELEMENTS (gemm_cases); n++)
    {
      const GemmCase *c = &gemm_cases[n];
      g_autoptr (OpRig) rig = gemm_rig (c, FALSE, &rng);
      g_autofree gdouble *expected = g_new (gdouble, c->rows * c->columns);

      op_rig_run (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (c->rows, c->columns));
      for (gint64 i = 0; i < c->rows; i++)
        for (gint64 j = 0; j < c->columns; j++)
          expected[i * c->columns + j] = gemm_element (c, rig, i, j);
      op_rig_assert_near (op_rig_out (rig, 0)->real, expected, c->rows * c->columns,
                          OP_RIG_TOLERANCE);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
test_gemm_relevance (void)
{
  WhyRng rng;

  why_rng_init (&rng, 22, 0);
  for (gsize n = 0; n < 6; n++)
    for (gint rule = WHY_LRP_EPSILON; rule <= WHY_LRP_EXCITATION; rule++)
      {
        WhyLrp lrp
            = { .rule = (WhyLrpRule)rule, .epsilon = 1e-9, .gamma = 0.25, .alpha = 2, .beta = 1 };
        g_autoptr (OpRig) rig = gemm_rig (&gemm_cases[n], TRUE, &rng);
        op_rig_check_relevance (rig, &rng, &lrp);
      }
}

/* Published: 3→3 (all 2, W₀₀ = -2), γ = 1, relevance (…) through x = (1, 2, 3): see goldens 14. */
static void
test_gemm_golden (void)
{
  static const struct
  {
    gdouble w00;
    WhyLrp first, second;
    gdouble expected[3];
  } cases[] = {
    { 2, { .rule = WHY_LRP_EPSILON }, { .rule = WHY_LRP_EPSILON }, { 18, 36, 54 } },
    { -2,
      { .rule = WHY_LRP_GAMMA, .gamma = 1 },
      { .rule = WHY_LRP_GAMMA, .gamma = 0.25 },
      { 28.0 / 3, 104.0 / 3, 52 } },
    { -2, { .rule = WHY_LRP_Z_PLUS }, { .rule = WHY_LRP_Z_PLUS }, { 12, 33.6, 50.4 } },
  };

  for (gsize n = 0; n < G_N_ELEMENTS (cases); n++)
    {
      gdouble w[] = { cases[n].w00, 2, 2, 2, 2, 2, 2, 2, 2 }, v[] = { 3, 3, 3 };
      const WhyReal seed[] = { (WhyReal)(cases[n].w00 > 0 ? 108 : 96) };
      gdouble leak;
      g_autoptr (OpRig) first = op_rig_new ("Gemm", 13), second = op_rig_new ("Gemm", 13);

      op_rig_input (first, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
      op_rig_constant (first, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 3), w));
      op_rig_plan (first);
      op_rig_input (second, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
      op_rig_constant (second, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 1), v));
      op_rig_plan (second);
      for (gint i = 0; i < 3; i++)
        op_rig_in (first, 0)->real[i] = (WhyReal)(i + 1);
      op_rig_run (first);
      for (gint i = 0; i < 3; i++)
        op_rig_in (second, 0)->real[i] = op_rig_out (first, 0)->real[i];
      op_rig_run (second);
      g_assert_cmpfloat ((gdouble)op_rig_out (second, 0)->real[0], ==, (gdouble)seed[0]);
      op_rig_assert_near (
          op_rig_relevance (first, 0, op_rig_relevance (second, 0, seed, &cases[n].second, &leak),
                            &cases[n].first, &leak),
          cases[n].expected, 3, OP_RIG_TOLERANCE);
    }
}

typedef struct
{
  WhyShape a, b, y;
} MatMulCase;

static const MatMulCase matmul_cases[] = {
  { { 2, { 3, 4 } }, { 2, { 4, 5 } }, { 2, { 3, 5 } } },
  { { 1, { 4 } }, { 2, { 4, 5 } }, { 1, { 5 } } },
  { { 2, { 3, 4 } }, { 1, { 4 } }, { 1, { 3 } } },
  { { 1, { 4 } }, { 1, { 4 } }, { 0, { 0 } } },
  { { 3, { 2, 3, 4 } }, { 2, { 4, 5 } }, { 3, { 2, 3, 5 } } },
  { { 2, { 3, 4 } }, { 3, { 2, 4, 5 } }, { 3, { 2, 3, 5 } } },
  { { 4, { 2, 1, 3, 4 } }, { 3, { 6, 4, 5 } }, { 4, { 2, 6, 3, 5 } } },
  { { 4, { 2, 6, 3, 4 } }, { 4, { 1, 6, 4, 5 } }, { 4, { 2, 6, 3, 5 } } },
  { { 1, { 4 } }, { 4, { 2, 3, 4, 5 } }, { 3, { 2, 3, 5 } } },
  { { 3, { 2, 3, 4 } }, { 1, { 4 } }, { 2, { 2, 3 } } },
  { { 3, { 3, 41, 37 } }, { 3, { 3, 37, 21 } }, { 3, { 3, 41, 21 } } },
  { { 3, { 1, 70, 66 } }, { 3, { 2, 66, 80 } }, { 3, { 2, 70, 80 } } },
};

/* Offset of item `index` of a broadcast batch; axes are aligned at their ends. */
static gint64
batch_offset (const WhyShape *operand, gint axes, const gint64 *index, gint rank)
{
  gint64 at = 0;

  for (gint i = 0; i < operand->rank - axes; i++)
    {
      gint64 k = index[rank - (operand->rank - axes) + i];
      at = at * operand->dims[i] + (operand->dims[i] == 1 ? 0 : k);
    }
  return at;
}

static void
matmul_expected (const MatMulCase *c, OpRig *rig, gdouble *expected)
{
  const WhyReal *a = op_rig_in (rig, 0)->real, *b = op_rig_in (rig, 1)->real;
  gint a_axes = MIN (c->a.rank, 2), b_axes = MIN (c->b.rank, 2);
  gint64 rows = c->a.rank > 1 ? c->a.dims[c->a.rank - 2] : 1;
  gint64 inner = c->a.dims[c->a.rank - 1], columns = c->b.rank > 1 ? c->b.dims[c->b.rank - 1] : 1;
  gint rank = c->y.rank - (c->a.rank > 1) - (c->b.rank > 1);
  gint64 items = why_shape_span (&c->y, 0, rank);

  for (gint64 item = 0; item < items; item++)
    {
      gint64 index[WHY_MAX_RANK], rest = item, at_a, at_b;
      for (gint i = rank - 1; i >= 0; i--)
        {
          index[i] = rest % c->y.dims[i];
          rest /= c->y.dims[i];
        }
      at_a = batch_offset (&c->a, a_axes, index, rank) * rows * inner;
      at_b = batch_offset (&c->b, b_axes, index, rank) * inner * columns;
      for (gint64 i = 0; i < rows; i++)
        for (gint64 j = 0; j < columns; j++)
          {
            gdouble sum = 0;
            for (gint64 k = 0; k < inner; k++)
              sum += (gdouble)a[at_a + i * inner + k] * (gdouble)b[at_b + k * columns + j];
            expected[(item * rows + i) * columns + j] = sum;
          }
    }
}

static void
test_matmul (void)
{
  WhyRng rng;

  why_rng_init (&rng, 23, 0);
  for (gsize n = 0; n < G_N_ELEMENTS (matmul_cases); n++)
    {
      const MatMulCase *c = &matmul_cases[n];
      g_autoptr (OpRig) rig = op_rig_new ("MatMul", 13);
      g_autofree gdouble *expected = g_new (gdouble, why_shape_numel (&c->y));

      op_rig_input (rig, WHY_DTYPE_FLOAT, &c->a);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &c->b);
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), &c->y);
      matmul_expected (c, rig, expected);
      op_rig_assert_near (op_rig_out (rig, 0)->real, expected, why_shape_numel (&c->y),
                          OP_RIG_TOLERANCE);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
test_matmul_rescale (void)
{
  WhyRng rng;

  why_rng_init (&rng, 24, 0);
  for (gint constant = 0; constant < 2; constant++)
    {
      WhyShape a = WHY_SHAPE (4, 2, 3, 6), b = WHY_SHAPE (4, 2, 6, 5), w = WHY_SHAPE (6, 5);
      g_autoptr (OpRig) rig = op_rig_new ("MatMul", 13);

      op_rig_input (rig, WHY_DTYPE_FLOAT, &a);
      if (constant)
        op_rig_constant (rig, op_rig_random_tensor (&w, &rng, -1, 1));
      else
        op_rig_input (rig, WHY_DTYPE_FLOAT, &b);
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_check_rescale (rig, &rng);
    }
}

/* Constant on either side, and none: AttnLRP's halves lose nothing but epsilon. */
static void
test_matmul_relevance (void)
{
  WhyShape a = WHY_SHAPE (2, 3, 6), b = WHY_SHAPE (2, 6, 5);
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-12 };
  WhyRng rng;

  why_rng_init (&rng, 25, 0);
  for (gint constant = 0; constant < 3; constant++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("MatMul", 13);

      if (constant == 1)
        op_rig_constant (rig, op_rig_random_tensor (&a, &rng, -1, 1));
      else
        op_rig_input (rig, WHY_DTYPE_FLOAT, &a);
      if (constant == 2)
        op_rig_constant (rig, op_rig_random_tensor (&b, &rng, -1, 1));
      else
        op_rig_input (rig, WHY_DTYPE_FLOAT, &b);
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-3);
    }
}

static void
test_refusals (void)
{
  g_autoptr (OpRig) matmul = op_rig_new ("MatMul", 13), gemm = op_rig_new ("Gemm", 13);
  g_autoptr (OpRig) integer = op_rig_new ("MatMul", 13), bias = op_rig_new ("Gemm", 13);

  op_rig_input (matmul, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (matmul, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_assert_refused (matmul, WHY_ERROR_MODEL_INVALID, "do not multiply");
  op_rig_input (gemm, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (gemm, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_assert_refused (gemm, WHY_ERROR_MODEL_INVALID, "rows");
  op_rig_input (integer, WHY_DTYPE_INT64, &WHY_SHAPE (2, 3));
  op_rig_input (integer, WHY_DTYPE_INT64, &WHY_SHAPE (3, 2));
  op_rig_assert_refused (integer, WHY_ERROR_MODEL_UNSUPPORTED, "int64");
  op_rig_input (bias, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (bias, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 4));
  op_rig_input (bias, WHY_DTYPE_FLOAT, &WHY_SHAPE (3));
  op_rig_assert_refused (bias, WHY_ERROR_MODEL_INVALID, "broadcast");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dense/gemm", test_gemm);
  g_test_add_func ("/dense/gemm/relevance", test_gemm_relevance);
  g_test_add_func ("/dense/gemm/golden", test_gemm_golden);
  g_test_add_func ("/dense/matmul", test_matmul);
  g_test_add_func ("/dense/matmul/rescale", test_matmul_rescale);
  g_test_add_func ("/dense/matmul/relevance", test_matmul_relevance);
  g_test_add_func ("/dense/refusals", test_refusals);
  return g_test_run ();
}
