/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/gemm.h"

#include <math.h>

#include "whylayer/whylayer.h"

typedef struct
{
  gint64 rows, columns, inner;
} Size;

/* One row, small ones, ones that are tiled, ones beyond every strip; none square. */
static const Size sizes[] = { { 1, 37, 12 },  { 3, 5, 7 },      { 40, 9, 13 },
                              { 33, 70, 21 }, { 131, 45, 300 }, { 10, 1, 270 } };

#define GAP 3 /* numbers between stored rows that belong to nobody */

static WhyReal *
random_numbers (WhyRng *rng, gint64 n)
{
  WhyReal *numbers = g_new (WhyReal, n);

  for (gint64 i = 0; i < n; i++)
    numbers[i] = (WhyReal)why_rng_gaussian (rng);
  return numbers;
}

static gint64
stored (gboolean transposed, gint64 rows, gint64 columns)
{
  return transposed ? columns * (rows + GAP) : rows * (columns + GAP);
}

static gdouble
entry (gboolean transposed, const WhyReal *m, gint64 ld, gint64 i, gint64 j)
{
  return (gdouble)m[transposed ? j * ld + i : i * ld + j];
}

static void
check_product (const Size *s, gboolean ta, gboolean tb, WhyReal alpha, WhyReal beta)
{
  gint64 lda = (ta ? s->rows : s->inner) + GAP, ldb = (tb ? s->inner : s->columns) + GAP;
  gint64 ldc = s->columns + GAP;
  WhyRng rng;
  g_autofree WhyReal *a = NULL;
  g_autofree WhyReal *b = NULL;
  g_autofree WhyReal *c = NULL;
  g_autofree WhyReal *before = NULL;

  why_rng_init (&rng, 5, 0);
  a = random_numbers (&rng, stored (ta, s->rows, s->inner));
  b = random_numbers (&rng, stored (tb, s->inner, s->columns));
  c = random_numbers (&rng, s->rows * ldc);
  before = g_memdup2 (c, (gsize)(s->rows * ldc) * sizeof *c);
  why_gemm (ta, tb, s->rows, s->columns, s->inner, alpha, a, lda, b, ldb, beta, c, ldc);
  for (gint64 i = 0; i < s->rows; i++)
    for (gint64 j = 0; j < ldc; j++)
      {
        gdouble sum = 0, expected = (gdouble)before[i * ldc + j];
        for (gint64 k = 0; j < s->columns && k < s->inner; k++)
          sum += entry (ta, a, lda, i, k) * entry (tb, b, ldb, k, j);
        if (j < s->columns)
          expected = (gdouble)alpha * sum + (gdouble)beta * expected;
        g_assert_cmpfloat_with_epsilon ((gdouble)c[i * ldc + j], expected,
                                        1e-5 * (1 + (gdouble)s->inner));
      }
}

static void
test_products_of_all_shapes_and_orders (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gint orders = 0; orders < 4; orders++)
      {
        check_product (&sizes[i], orders & 1, orders & 2, 1, 0);
        check_product (&sizes[i], orders & 1, orders & 2, (WhyReal)-0.5, 1);
        check_product (&sizes[i], orders & 1, orders & 2, 2, (WhyReal)0.25);
      }
}

static void
test_with_beta_zero_c_may_hold_anything (void)
{
  WhyReal a[2 * 3] = { 1, 2, 3, 4, 5, 6 }, b[3 * 2] = { 1, 0, 0, 1, 1, 1 };
  WhyReal c[4] = { NAN, NAN, INFINITY, NAN };

  why_gemm (FALSE, FALSE, 2, 2, 3, 1, a, 3, b, 2, 0, c, 2);
  g_assert_cmpfloat (c[0], ==, 4);
  g_assert_cmpfloat (c[1], ==, 5);
  g_assert_cmpfloat (c[2], ==, 10);
  g_assert_cmpfloat (c[3], ==, 11);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemm/shapes-and-orders", test_products_of_all_shapes_and_orders);
  g_test_add_func ("/gemm/beta-zero", test_with_beta_zero_c_may_hold_anything);
  return g_test_run ();
}
